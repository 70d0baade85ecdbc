"""Seeds, a run, pairs, verdicts and labels in the database of an installation, by the builders:
`python -m tests.filled NUMBER`, with another number each time. It prints the id of each new row as
JSON, and that of a seed that is deleted again: its number is not to come a second time.
"""

from __future__ import annotations

import json
import sys
from itertools import count


def main(number: int) -> None:
    from tests import builders
    from tests.review.building import make_queued

    builders._numbers = count(number)
    reviewer = builders.make_user(username=f"reviewer-{number}")
    pairs = [make_queued(), make_queued("wrong_result")]
    label = _labelled(reviewer)
    seed = builders.make_seed()
    deleted = seed.pk
    seed.delete()
    run = pairs[-1].run
    assert run and deleted
    told = {"seed": deleted, "run": run.pk, "pair": pairs[-1].pk, "label": label}
    print(json.dumps(told | {"reviewer": reviewer.pk}))


def _labelled(reviewer: object) -> int:
    from apps.accounts.models import User
    from apps.review.queue import claim_next
    from apps.review.services import label_add

    assert isinstance(reviewer, User)
    pair = claim_next(reviewer=reviewer)
    assert pair
    return int(label_add(response=pair, reviewer=reviewer, value="good").pk)


if __name__ == "__main__":
    import django

    django.setup()
    main(int(sys.argv[1]))
