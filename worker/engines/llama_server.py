"""Serve a GGUF file over the OpenAI-compatible HTTP interface, with llama.cpp.

Run with the Python of `.venv-llama`, where xllamacpp lives. The API key comes through the
environment, since a command line can be read by everybody on the machine.
"""

import argparse
import os
import signal
import threading
from pathlib import Path

import xllamacpp


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--parallel", type=int, required=True)
    parser.add_argument("--context-length", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--slots-folder", type=Path, required=True)
    options = parser.parse_args()

    params = xllamacpp.CommonParams()
    params.model.path = options.model
    params.model_alias = {options.served_model_name}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.n_parallel = options.parallel
    # Each request has a context of its own: a shared one would fail requests when it is full.
    params.kv_unified = False
    params.n_ctx = options.context_length * options.parallel
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    # With a sliding window kept short, a few-shot prefix is read anew each time.
    params.swa_full = True
    params.endpoint_metrics = True
    params.ui = False
    # What one slot has read, others take over (worker.dispatching.slots).
    options.slots_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    params.slot_save_path = f"{options.slots_folder}/"
    if key := os.environ.get("WINNOW_ENGINE_KEY"):
        params.api_keys = [key]

    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    server = xllamacpp.Server(params)
    print(f"llama.cpp serves {options.served_model_name} at {server.listening_address}", flush=True)
    ended.wait()


if __name__ == "__main__":
    main()
