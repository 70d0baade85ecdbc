"""Serve a model over the OpenAI-compatible HTTP interface, with vLLM's CPU build.

Run with the Python of `.venv-vllm`. vLLM is two processes. Its CPU build has the second import all
of it once more, and at the first start of a model's class a third that looks at the class and ends:
seconds of a processor each, which on a GPU spare the driver. Here the second is a fork of the
first, as vLLM's own default is, and the look is the first's own. What is imported stays to the
end: to look for garbage in it meanwhile is a seventh of the time that the imports take.
"""

import gc
import multiprocessing
import runpy

gc.disable()

from vllm.model_executor.models import registry  # noqa: E402
from vllm.v1.engine import utils  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    utils.get_mp_context = lambda: multiprocessing.get_context("fork")
    registry._run_in_subprocess = lambda look: look()
    runpy.run_module("vllm.entrypoints.openai.api_server", run_name="__main__", alter_sys=True)
