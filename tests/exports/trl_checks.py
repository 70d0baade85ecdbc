"""What trl's own checks say of exported folders, as JSON. Run with trl on the path: no test itself.

python tests/exports/trl_checks.py CACHE FORMAT=FOLDER …
"""

import json
import sys
from copy import deepcopy
from typing import Any

from datasets import load_dataset
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast
from trl.data_utils import (
    is_conversational,
    is_conversational_from_value,
    maybe_apply_chat_template,
    maybe_convert_to_chatml,
    maybe_extract_prompt,
    maybe_unpair_preference_dataset,
)

TEMPLATE = "{% for one in messages %}<{{ one.role }}>{{ one.content }}{% endfor %}"
TOKENIZER = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
TOKENIZER.chat_template = TEMPLATE


def told(folder: str, cache: str) -> dict[str, Any]:
    """The first row as trl's trainers take it, and what trl says of its format."""
    rows = load_dataset(folder, split="train", cache_dir=cache)
    row = rows[0]
    turns = maybe_convert_to_chatml(deepcopy(row))  # it changes what it is given
    return {
        "conversational": is_conversational(row),
        "from_value": is_conversational_from_value(row),
        "chatml": turns,
        "templated": maybe_apply_chat_template(dict(turns), TOKENIZER),
        "extracted": maybe_extract_prompt(dict(row)),
        "unpaired": maybe_unpair_preference_dataset(rows).to_list(),
    }


if __name__ == "__main__":
    folders = (given.split("=", 1) for given in sys.argv[2:])
    print(json.dumps({name: told(folder, sys.argv[1]) for name, folder in folders}))
