"""The environment that a model server gets: what it needs of ours, and none of our secrets."""

import os
import re
from collections.abc import Mapping
from typing import Final

_KEPT: Final = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TEMP|TMP|TZ|LANG|LC_.*|LD_LIBRARY_PATH|XDG_.*"
    r"|CUDA_.*|NVIDIA_.*|NCCL_.*|ROCR_.*|HIP_.*|VLLM_.*|HF_.*|HUGGING_FACE_HUB_TOKEN|TORCH.*"
    r"|TRITON_.*|OMP_.*|MKL_.*|OPENBLAS_.*|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY"
    r"|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
)


def server_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """Our environment without database passwords and the like, with `additions` on top."""
    kept = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
    return kept | dict(additions)
