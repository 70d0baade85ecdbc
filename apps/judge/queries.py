"""What pages show of judges: their shares, their calibration, and who may see a pair's scores."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import User
from apps.core.evidence import Rate
from apps.generation.models import Response
from apps.generation.tally import rows
from apps.judge.calibration import Confusion, Corrected, corrected
from apps.judge.models import Judgement, Judging
from apps.review.hiding import has_decided, hidden_from

SHARE = """
    SELECT count(*) FILTER (WHERE said.good), count(said.good), count(*)
    FROM judge_judgement said JOIN generation_response response ON response.id = said.response_id
    WHERE said.judge_id = %(judge)s AND response.run_id = %(run)s
"""
CONFUSION = """
    SELECT count(*) FILTER (WHERE said.good AND decision.good),
        count(*) FILTER (WHERE said.good AND NOT decision.good),
        count(*) FILTER (WHERE NOT said.good AND decision.good),
        count(*) FILTER (WHERE NOT said.good AND NOT decision.good)
    FROM judge_samplepair pair
    JOIN judge_judgement said ON said.response_id = pair.response_id
        AND said.judge_id = %(judge)s AND said.good IS NOT NULL
    JOIN review_decision decision ON decision.response_id = pair.response_id
    WHERE pair.judging_id = %(judging)s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a judge said of a run. apparent: the share it calls good of those it could score;
    judged: all it was asked; sample: pairs drawn for calibration; confusion: of those labelled.
    """

    apparent: Rate
    judged: int
    sample: int
    confusion: Confusion

    @property
    def unread(self) -> int:
        """Answers without scores."""
        return self.judged - self.apparent.whole

    @property
    def corrected(self) -> Corrected | None:
        return corrected(self.apparent, self.confusion)


def standing_of(judging: Judging) -> Standing:
    """Three queries, over the rows of the run and of the sample only."""
    names = {"judge": judging.judge_id, "run": judging.run_id, "judging": judging.pk}
    good, scored, judged = rows(SHARE, names)[0]
    return Standing(
        apparent=Rate(good, scored),
        judged=judged,
        sample=judging.sample.count(),
        confusion=Confusion(*rows(CONFUSION, names)[0]),
    )


def judgements_seen_by(user: User, response: Response) -> list[Judgement]:
    """A pair's scores as far as this user may see them: an admin all, everybody else those of
    judges that are shown, and once they have decided themselves, the others as well. A queue that
    hides evidence, or is blind, hides the shown ones too until then.
    """
    said = Judgement.objects.filter(response=response).select_related("judge").order_by("pk")
    if user.is_admin or has_decided(user, response):
        return list(said)
    hidden = hidden_from(user, response)
    return [] if hidden.maker or hidden.evidence else list(said.filter(judge__is_shown=True))


def progress_of(judging: Judging) -> dict[str, int]:
    """How many of its work units have ended, of how many."""
    units = judging.job.units
    total = units.count()
    return {"total": total, "ended": total - units.unfinished().count()}
