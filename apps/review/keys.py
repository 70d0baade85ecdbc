"""The keys of the desk: what each does, and what a person made of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from apps.review.models import Reason
from apps.review.models_beside import KeyMap


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a key does. usual: the key where nobody chose another."""

    name: str
    usual: str
    says: str


ACTIONS = (
    Action("good", "g", "good: SQL answers the instruction, the text explains it, the test holds"),
    Action("bad", "b", "bad: opens the reasons; a reason's key chooses it, Enter labels"),
    Action("skip", "s", "skip: you do not see the pair again, others do"),
    Action("undo", "u", "undo: takes your latest label back; again goes one further"),
    Action("correct", "e", "correct the pair, where the queue allows it"),
    Action("flag", "f", "flag the pair for an editor, or take your flag down"),
    Action("search", "/", "search among all pairs"),
    Action("previous", "arrowleft", "back through the pairs that you labelled"),
    Action("next", "arrowright", "forth again, to the pair that waits"),
    Action("siblings", "r", "the other responses to this instruction"),
    Action("alike", "d", "your label for the duplicates of the pair before; again takes it back"),
    Action("guideline", "i", "the guideline of the queue"),
    Action("whence", "w", "where the pair comes from: models, prompts, the examples they showed"),
)
# While the reasons are open: the key of a reason comes first.
REASONS = (Action("note", "n", "while the reasons are open: write a note"),)
# Beside other responses, where those for back, forth and the responses mean what they say.
SIBLINGS = (
    Action("difference", "d", "beside other responses: the smallest data on which two differ"),
)
# The same keys may do other things where two responses stand side by side.
PAIRWISE = (
    Action("left", "a", "pairwise: A is better"),
    Action("right", "b", "pairwise: B is better"),
    Action("both_good", "g", "pairwise: both are good"),
    Action("both_bad", "x", "pairwise: both are bad"),
    Action("take_back", "u", "pairwise: takes your last preference back"),
)
# Of each group a key does one thing; what the desk's do on the page of other responses is there.
GROUPS = (
    ACTIONS,
    REASONS,
    (*SIBLINGS, *(one for one in ACTIONS if one.name in ("previous", "next", "siblings"))),
    PAIRWISE,
)
EVERY = (*ACTIONS, *REASONS, *SIBLINGS, *PAIRWISE)
# Keys that mean the same everywhere: the help, and what works while the reasons are open.
FIXED = frozenset({"?", "escape", "enter", "tab", " "})
ENTER, ESCAPE, HELP = "Enter", "Esc", "?"
NAMED = {"arrowleft": "←", "arrowright": "→", "arrowup": "↑", "arrowdown": "↓"}
# Where two responses stand side by side.
ARROWS = {"left": "arrowleft", "right": "arrowright"}
# Where an editor has the last word.
RULING = ("good", "bad", "undo", "previous", "next")
RULING_SAYS = {
    "good": "rules that the pair is good; first say why",
    "bad": "rules that it is bad; first say why",
    "undo": "takes a ruling back: the labels decide again",
    "previous": "the conflict before, of this page",
    "next": "the conflict after",
    "note": "into the field that says why",
}
# A key as it is printed, and what it does.
Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Keys:
    """Which key does what for one person."""

    by_action: Mapping[str, str]

    def shown(self) -> dict[str, str]:
        """The keys as they are printed, by action."""
        return {name: NAMED.get(key, key.upper()) for name, key in self.by_action.items()}

    def lines(self, *, without: Collection[str] = (), looks: bool = False) -> list[Line]:
        """(key, what it does) of all that works on a desk, those included that nobody chooses.

        without: actions that its queue has not. looks: it shows its evidence after the label.
        """
        shown = self.shown()
        there = [action for action in (*ACTIONS, *REASONS) if action.name not in without]
        beside = f"; there {shown['difference']} finds the smallest data on which two differ"
        keep = "; once you see the evidence: keep your label" if looks else ""
        return [
            *(
                (shown[action.name], action.says + (beside if action.name == "siblings" else ""))
                for action in there
            ),
            (ENTER, f"while the reasons are open: label bad{keep}"),
            (ESCAPE, "while the reasons are open: not bad after all; closes this help"),
            (HELP, "this help"),
        ]

    def lines_beside(self) -> list[Line]:
        """The same of the page of other responses."""
        shown = self.shown()
        return [
            (shown["previous"], "the other response before"),
            (shown["next"], "the other response after"),
            (shown["difference"], "finds the smallest data on which the two differ"),
            (shown["siblings"], "back to the desk"),
            (ESCAPE, "back to the desk; closes this help first"),
            (HELP, "this help"),
        ]

    def lines_pairwise(self) -> list[Line]:
        """The same of the page that asks which of two is better."""
        told = [
            (" or ".join(NAMED.get(key, key.upper()) for key in self.meant(action.name)),
             action.says.removeprefix("pairwise: "))
            for action in PAIRWISE
        ]  # fmt: skip
        return [*told, (ESCAPE, "closes this help"), (HELP, "this help")]

    def ruling(self) -> dict[str, str]:
        """By action the keys of the page on which conflicts are ruled on: what they do on the desk.
        That of the note only where it does nothing of it.
        """
        keys = {name: self.by_action[name] for name in RULING}
        note = self.by_action["note"]
        return keys if note in keys.values() else {**keys, "note": note}

    def lines_ruling(self) -> list[Line]:
        """(key, what it does) of that page."""
        shown = self.shown()
        return [
            *((shown[name], RULING_SAYS[name]) for name in self.ruling()),
            (ESCAPE, "out of the field; closes this help"),
            (HELP, "this help"),
        ]

    def meant(self, name: str) -> list[str]:
        """The keys of an action where two responses stand side by side: an arrow as well, where
        it has no other meaning.
        """
        own, arrow = self.by_action[name], ARROWS.get(name)
        taken = {self.by_action[action.name] for action in PAIRWISE}
        return [own, arrow] if arrow and arrow not in taken else [own]

    def of_desk(self) -> list[tuple[str, str]]:
        """(key, action) of what the desk's keys do while no reason is open."""
        return [(self.by_action[action.name], action.name) for action in ACTIONS]


def keys_of(chosen: Mapping[str, str], actions: Sequence[Action] = EVERY) -> Keys:
    """The usual keys with those that a person chose in their place."""
    return Keys({action.name: chosen.get(action.name) or action.usual for action in actions})


def problem_of_keys(chosen: Mapping[str, str]) -> str:
    """Why these keys will not do, as a sentence; "" when they will."""
    return next(filter(None, (_problem(chosen, group) for group in GROUPS)), "") or _of_reason(
        keys_of(chosen, REASONS).by_action["note"]
    )


def _of_reason(key: str) -> str:
    """What is said where a reason has this key: it would come first."""
    reason = Reason.objects.filter(key=key, is_used=True).first()
    return f"“{reason.label}” and “note” would have the same key: {key.upper()}." if reason else ""


def _problem(chosen: Mapping[str, str], actions: Sequence[Action]) -> str:
    seen: dict[str, str] = {}
    for name, key in keys_of(chosen, actions).by_action.items():
        if key in FIXED or not (len(key) == 1 and key.isprintable() or key in NAMED):
            return f"{key!r} cannot be the key of “{name}”: use one character or an arrow."
        if key in seen:
            return f"“{seen[key]}” and “{name}” would have the same key: {key.upper()}."
        seen[key] = name
    return ""


def keys_save(*, user_id: int, chosen: Mapping[str, str]) -> None:
    """Keep what differs from the usual keys."""
    usual = {action.name: action.usual for action in EVERY}
    different = {name: key for name, key in chosen.items() if key and key != usual.get(name)}
    KeyMap.objects.update_or_create(user_id=user_id, defaults={"keys": different})


def keys_kept(user_id: int) -> dict[str, str]:
    """What a person chose, by action."""
    kept = KeyMap.objects.filter(user=user_id).values_list("keys", flat=True).first()
    return kept or {}
