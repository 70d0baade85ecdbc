"""compose.yaml against the Compose Specification, also where no docker is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from compose_spec import PyOptions

FILE = Path(__file__).resolve().parents[2] / "compose.yaml"
VARIABLE = re.compile(r"\$\{\w+(?::-([^}]*)|:\?)\}")


def checked(text: str) -> list[str]:
    """Names of the services, of a file whose variables stand for their defaults, else for a word.
    Raises ValueError for what the specification does not know, and for volumes that nobody defines.
    """
    options = PyOptions()
    options.apply_merge = True
    composed = options.from_yaml(VARIABLE.sub(lambda found: found[1] or "word", text))
    composed.validate()
    return composed.service_names()


def test_the_compose_file_is_one_by_the_specification() -> None:
    text = FILE.read_text()
    assert "$" not in VARIABLE.sub("", text)
    assert {"postgres", "valkey", "web", "scheduler", "cpu", "gpu"} <= set(checked(text))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("restart: unless-stopped", "restrat: unless-stopped", "restrat"),
        ("restart: unless-stopped", "restart: sometimes", "sometimes"),
        ("interval: 5s", "interval: often", "often"),
        (":-winnow}:/var/winnow", ":-gone}:/var/winnow", "gone"),
    ],
)
def test_a_slip_in_it_is_noticed(right: str, wrong: str, said: str) -> None:
    text = FILE.read_text()
    assert right in text
    with pytest.raises(ValueError, match=said):
        checked(text.replace(right, wrong))
