"""Promotions: a good pair becomes a few-shot example in the draft of a set.

Its sections are what validation understood of it; what a model wrote in another form than ours
stands where it belongs, and the editor completes the rest in the draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.fewshot import services, values
from apps.fewshot.models import Example, FewShotSet, Version
from apps.fewshot.reading import answer_sections
from apps.fewshot.validation import MAX_CONCEPTS, MAX_LINE
from apps.generation.models import Response
from apps.review.errors import ReviewError
from apps.review.models import Correction, Decision
from apps.review.models_beside import Promotion
from apps.validation.models import OVERALL

_ANNOUNCED = "expected output:"


def promotion_context(response: Response) -> dict[str, Any]:
    """What the pair's page shows of it: the example that it became, or the sets it may go to."""
    made = Promotion.objects.filter(response=response.pk)
    promotion = made.select_related("example__version__fewshot_set", "editor").first()
    if promotion:
        return {"promotion": promotion}
    if not Decision.objects.filter(response=response.pk, good=True).exists():
        return {}
    whole = Response.objects.select_related("completion__recipe__fewshot").get(pk=response.pk)
    return {"promotion_sets": sets_for(whole)}


def sets_for(response: Response) -> list[FewShotSet]:
    """The sets that a pair may go to; first the one that its model was shown."""
    sets = list(FewShotSet.objects.order_by("name"))
    shown = response.completion.recipe.fewshot.fewshot_set_id if response.completion else None
    return sorted(sets, key=lambda each: each.pk != shown)


def response_promote(
    *, response: Response, editor: User, fewshot_set: FewShotSet | None = None
) -> Example:
    """Make an example of a good pair, in the set's draft; one that was made is found again.

    fewshot_set: the first of `sets_for` when it is not given. The pair is marked: no export takes
    it unless asked to. Raises ReviewError when the pair is not accepted, was corrected since, or
    there is no set.
    """
    with transaction.atomic():
        locked = Response.objects.select_for_update(of=("self",), no_key=True)
        response = locked.select_related(
            "completion__recipe__fewshot", "instruction__seed__file", "instruction__concepts"
        ).get(pk=response.pk)
        made = Promotion.objects.filter(response=response).select_related("example").first()
        if made:
            return made.example
        _must_be_good(response)
        target = fewshot_set or next(iter(sets_for(response)), None)
        if target is None:
            raise ReviewError("There is no few-shot set yet: manage.py fewshot import makes one.")
        draft: Version = services.draft_open(fewshot_set=target, created_by=editor)
        example = services.example_add(
            version=draft,
            content=content_of(response),
            lineage=lineage_of(response, editor),
            added_by=editor,
        )
        Promotion.objects.create(response=response, example=example, editor=editor)
    return example


def _must_be_good(response: Response) -> None:
    decision = Decision.objects.filter(response=response).select_related("label").first()
    if decision is None or not decision.good:
        raise ReviewError("Only a pair that is accepted can become an example: label it first.")
    if Correction.objects.filter(
        response=response, created_at__gt=decision.label.created_at
    ).exists():
        raise ReviewError("It was corrected since it was accepted: label it again first.")


def content_of(response: Response) -> values.Example:
    """A pair as an example; what it does not have is empty, for the editor to write."""
    instruction = response.instruction
    record = instruction.record if isinstance(instruction.record, dict) else {}
    reading = _reading(response)
    parts = answer_sections(response.text)
    stored: dict[str, str] = reading.get("sections") or {}
    listed = instruction.concepts.items if instruction.concepts else record.get("concepts")
    return values.Example(
        number=1,
        code=instruction.seed.text if instruction.seed else str(record.get("seed") or ""),
        category=instruction.category[:MAX_LINE],
        language=values.LANGUAGE,
        concepts=_concepts(listed if isinstance(listed, list) else []),
        difficulty=instruction.difficulty,
        instruction=instruction.text,
        solution="",
        reasoning=parts.get("Reasoning") or stored.get("reasoning", ""),
        implementation=reading.get("sql") or parts.get("Implementation", ""),
        explanation=parts.get("Explanation") or stored.get("explanation", ""),
        tests=_tests(parts.get("Tests", ""), reading.get("cases") or []),
    )


def _reading(response: Response) -> dict[str, Any]:
    reading = getattr(response, "reading", None)
    data: dict[str, Any] = reading.data if reading else {}
    return data


def _concepts(listed: Iterable[object]) -> tuple[str, ...]:
    """At most twelve, none twice, none of two parts: a comma divides them in the file."""
    concepts = {
        text.casefold(): text for one in listed if (text := str(one).replace(",", " ").strip())
    }
    return tuple(text[:MAX_LINE] for text in concepts.values())[:MAX_CONCEPTS]


def _tests(written: str, cases: Sequence[dict[str, Any]]) -> str:
    """The tests as they were written where that is in our form, else as they were understood."""
    if _ANNOUNCED in written.lower() or not any(case.get("expected") for case in cases):
        return written
    case = next(case for case in cases if case.get("expected"))
    parts = [_given(fixture) for fixture in case.get("fixtures") or []]
    parts += [f"```sql\n{sql}\n```" for sql in case.get("use") or []]
    return "\n\n".join([*parts, f"Expected Output:\n{_table(case['expected'])}"])


def _given(fixture: dict[str, Any]) -> str:
    table = fixture.get("table")
    if table:
        return f"Input Table: {table['name']}\n{_table(table)}"
    return f"```sql\n{fixture['sql']}\n```"


def _table(table: dict[str, Any]) -> str:
    rows = "\n".join(" | ".join(map(_cell, row)) for row in table["rows"])
    return f"```text\n{' | '.join(table['columns'])}\n\n{rows}\n```"


def _cell(value: object) -> str:
    """A text that could be read as something else stands in quotes, with its own doubled."""
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return str(value)
    try:
        float(value)
    except ValueError:
        is_plain = value.isprintable() and value.strip() == value and value.lower() != "null"
        if is_plain and value and not set(value) & set("|'\"`"):
            return value
    return "'" + value.replace("'", "''") + "'"


def lineage_of(response: Response, editor: User) -> dict[str, Any]:
    """Where an example came from, as JSON: what a reader of the set asks years later."""
    instruction, completion = response.instruction, response.completion
    file = instruction.seed.file if instruction.seed else None
    verdicts = {one.database: one for one in response.verdicts.all()}
    decided = verdicts.get(OVERALL)
    return {
        "pair": response.pk,
        "run": response.run_id,
        "seed": instruction.seed_id,
        "file": file.path if file else "",
        "repository": file.repository if file else "",
        "licences": list(file.licences) if file else [],
        "model": completion.recipe.model if completion else "",
        "revision": completion.recipe.revision if completion else "",
        "verdicts": {name: one.outcome for name, one in sorted(verdicts.items())},
        "strength": decided.strength if decided else None,
        "by": editor.pk,
        "at": timezone.now().isoformat(timespec="seconds"),
    }
