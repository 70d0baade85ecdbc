"""The environment that a model server gets: what it needs of ours, and none of our secrets."""

import re
from collections.abc import Mapping
from typing import Final

from apps.core.environment import PLAIN, kept_environment

_KEPT: Final = re.compile(
    PLAIN.pattern + r"|HOME|USER|LOGNAME|SHELL|TEMP|TMP|XDG_.*"
    r"|CUDA_.*|NVIDIA_.*|NCCL_.*|ROCR_.*|HIP_.*|VLLM_.*|HF_.*|HUGGING_FACE_HUB_TOKEN|TORCH.*"
    r"|TRITON_.*|OMP_.*|MKL_.*|OPENBLAS_.*|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY"
    r"|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
)


def server_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """Our environment without database passwords and the like, with `additions` on top."""
    return kept_environment(_KEPT, additions)
