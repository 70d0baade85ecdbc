"""Make StarCoder2s with random weights: `python tiny_starcoder2.py FOLDER`.

Run with the Python of `.venv-vllm`. Two layers, hidden size 64, a byte-level tokenizer of its own
with 512 words: 0.4 MB, made in a second. They write nonsense, but they are real StarCoder2s to vLLM.
FOLDER/endless never ends a text, so that a test knows how long it is; those of FOLDER/plain and
FOLDER/chat have some 30 tokens, and the latter has a chat template.
"""

# mypy: ignore-errors

import sys
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2TokenizerFast, Starcoder2Config, Starcoder2ForCausalLM

_CORPUS = [
    "-- List the users\nSELECT id, name FROM users WHERE age > 21 ORDER BY name;",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, total NUMERIC NOT NULL);",
    "INSERT INTO orders (id, total) VALUES (1, 9.99);\nUPDATE orders SET total = 1;",
    "### Instruction\n### Response\n### Concepts\n[Reasoning] [Implementation] [Tests]",
]
_CHAT_TEMPLATE = (
    "{% for message in messages %}### {{ message.role }}\n{{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}### assistant\n{% endif %}"
)


def make(folder: Path, end_logit: float, *, chat: bool = False) -> None:
    """Write model and tokenizer into `folder`."""
    folder.mkdir(parents=True)
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(_CORPUS, vocab_size=512, special_tokens=["<|endoftext|>"])
    end = "<|endoftext|>"
    tokenizer = GPT2TokenizerFast(
        tokenizer_object=bpe._tokenizer, bos_token=end, eos_token=end, unk_token=end
    )
    if chat:
        tokenizer.chat_template = _CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = Starcoder2Config(
        vocab_size=512,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=8192,
        bos_token_id=0,
        eos_token_id=0,
        use_bias=True,
    )
    model = Starcoder2ForCausalLM(config)
    _let_texts_end(model, end_logit)
    model.to(torch.bfloat16).save_pretrained(folder)


def _let_texts_end(model: Starcoder2ForCausalLM, logit: float) -> None:
    """Lift the end token's logit: by 1.45, and a text has some 30 tokens; by -5, and it never ends."""
    with torch.no_grad():
        model.model.norm.bias[0] = 1.0
        if logit < 0:  # for every text, whatever its state
            model.model.norm.weight[0] = 0.0
        model.get_input_embeddings().weight[0, 0] = logit


if __name__ == "__main__":
    everything = Path(sys.argv[1])
    make(everything / "endless", -5)
    make(everything / "plain", 1.45)
    make(everything / "chat", 1.45, chat=True)
