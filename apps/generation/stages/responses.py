"""What stands before and behind a whole response: talk that says nothing of the task. Prose that
explains the query belongs to the response, with or without sections.
"""

from __future__ import annotations

import re

from apps.generation.stages.talk import (
    AGREES,
    MOST_ANNOUNCED,
    without_consent,
    without_last_words,
    without_rules,
)

_SECTION = r"(?:reasoning|implementation|explanation|tests?|response|solution)"
_BEGINS_SECTION = re.compile(
    rf"\[{_SECTION}\]|#{{1,6}}[ \t]+(?:\*\*)?{_SECTION}\b|\*\*{_SECTION}:?\*\*", re.IGNORECASE
)
# With which a model goes on to a task of its own: the few-shot file and Alpaca head it so, and no
# response names a part of its own so.
_NEXT_TASK = re.compile(
    r"(?:#{1,4}[ \t]+(?:instruction|snippet|property)"
    r"|\[(?:instruction|snippet|property)\])[ \t]*:?",
    re.IGNORECASE,
)
_HERE = r"(?:here(?:'s|’s| is| are)|below is|this is|the following is)"
# Before the first section, which begins the response itself.
_LEADS = re.compile(
    rf"(?:{AGREES}|{_HERE}|here (?:you|we) go|as requested|let(?:'s|’s)|let me|i'll|i will"
    r"|happy to|glad to)\b",
    re.IGNORECASE,
)
# Before anything else only with consent: "Here is the query that counts them:" belongs to it.
_CONSENTS = re.compile(
    rf"{AGREES}(?:[!.]*|[!.,][ \t]*{_HERE}\b[^\n]{{0,200}}[:!.])(?:\*\*)?", re.IGNORECASE
)


def begins_next_task(line: str) -> bool:
    """Whether a line heads a further task, where one is answered already."""
    return _NEXT_TASK.fullmatch(line.strip()) is not None


def without_talk_around(response: str) -> str:
    """The response without a first line that only announces it, and without a farewell."""
    text = without_last_words(without_rules(response))
    first, _, rest = text.partition("\n")
    rest = without_rules(rest)
    if rest and len(first) <= MOST_ANNOUNCED:
        before_section = _BEGINS_SECTION.match(rest) and _LEADS.match(first.strip())
        if before_section or _CONSENTS.fullmatch(first.strip()):
            return rest
    return without_consent(text)
