"""Turn a GGUF file into a transformers folder that vLLM can load.

Run with the Python of `.venv-vllm`: transformers and torch live there, not in Winnow's environment:
`python convert_gguf.py MODEL.gguf FOLDER`.
"""

# mypy: ignore-errors
# transformers and torch are not installed where mypy runs.

import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def convert(gguf: Path, folder: Path) -> None:
    """Write the weights and tokenizer of `gguf` into `folder`; whole or not at all.

    The weights become bfloat16: half the disk of float32, and finer than the GGUF's four bits.
    """
    building = folder.with_name(folder.name + ".part")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
    )
    # The weights are dense now; a config that still says GGUF would make vLLM look for blocks.
    for holder in (model.config, getattr(model.config, "text_config", None)):
        if getattr(holder, "quantization_config", None) is not None:
            del holder.quantization_config
    model.hf_quantizer = None
    model.is_quantized = False
    model.save_pretrained(building)
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    # Reading a GGUF loses the leading BOS token, without which Gemma writes nonsense.
    tokenizer.add_bos_token = True
    tokenizer.update_post_processor()
    tokenizer.save_pretrained(building)
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
