"""What the deeds of editors and admins are done to, and the forms they are done by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.invitations import invitation_create
from apps.accounts.models import User
from apps.api.models import Token
from apps.api.tokens import token_create, token_revoke
from apps.core import work
from apps.core.models import Job
from apps.evidence.blind_tests import blind_test_start
from apps.evidence.counting import count_evidence
from apps.evidence.models import Search
from apps.exports.choice.filters import Filters
from apps.exports.models import Export, Push
from apps.exports.services import export_start
from apps.exports.verifications import verification_start
from apps.fewshot.forms import example_initial
from apps.fewshot.models import Example, Version
from apps.fewshot.queries import example_value, fingerprint
from apps.generation.controls import run_pause
from apps.generation.importing import import_start
from apps.generation.models import Completion, Import, Response, Run
from apps.judge.models import Judging
from apps.review.bulk import BatchLabel, batch_start
from apps.review.filters import PairFilter
from apps.review.flagging import flag_raise
from apps.review.models import Queue
from apps.seeds.models import Gathering, Source
from apps.validation.revalidating import Filter, validation_start
from apps.webhooks.models import Endpoint, Message
from apps.webhooks.services import endpoint_create
from tests.builders import make_recipe, make_response, make_run, make_seed, make_version
from tests.evidence.building import make_evidence
from tests.evidence.test_blind_tests import two_runs
from tests.exports.building import accept, place, with_prompt
from tests.judge.building import make_judging, make_pairs
from tests.review.building import make_verdict
from tests.studio.building import make_draft, make_trial

# What is sent to which address: the numbers in the address, and the form.
Asked = tuple[list[int | str], dict[str, Any]]
SQL = SimpleUploadedFile("a.sql", b"SELECT 1;")
QUEUE = {"name": "Mine", "order": "newest", "reviewers": 1, "gold_share": 0, "leave_out": ""} | {
    "bound_pairs": 30,
    "bound_share": 80,
}
HOOK = {"name": "Ours", "url": "https://example.org/hook", "events": ["run.ended"]}


def me() -> User:
    return User.objects.get(username="admin")


def stopped(row: Any) -> Any:
    """As it is after somebody stopped it."""
    assert row.job and work.stop_job(job=row.job)
    return row


def a_group() -> Group:
    return Group.objects.create(name="Night shift")


def an_export() -> Export:
    """As it is when it is written, but for its files."""
    export = export_start(filters=Filters())
    unit = export.job.units.get()
    assert work.claim(unit_id=unit.pk, owner="test")
    work.finish(unit=unit, owner="test", result={})
    Export.objects.filter(pk=export.pk).update(sha256="0" * 64, rows=1)
    export.refresh_from_db()
    place(export).mkdir(parents=True)
    return export


def a_push() -> Push:
    job = Job.objects.create(kind="push")
    return Push.objects.create(export=an_export(), repository="a/b", job=job)


def an_import() -> Import:
    path = settings.VAR_DIR / "a.jsonl"
    path.write_bytes(b"{}")
    return import_start(path=path, file_name="a.jsonl")[0]


def a_gathering() -> Gathering:
    source = Source.objects.create(spec="/x", kind="folder")
    return Gathering.objects.create(source=source, job=Job.objects.create(kind="gather"))


def an_example() -> Example:
    return make_draft().examples.get(number=2)


def an_endpoint() -> Endpoint:
    return endpoint_create(**HOOK)


def a_message(status: str = "waiting") -> Message:
    data: dict[str, Any] = {"run": 7}
    return Message.objects.create(
        endpoint=an_endpoint(), event="run.ended", data=data, status=status
    )


def a_queue() -> Queue:
    return Queue.objects.create(name="Ours", created_by=me())


def a_judging() -> Judging:
    return make_judging(make_pairs(2), sample=2)


def a_pair(*, good: bool | None = None) -> Response:
    pair = make_response()
    if good is not None:
        accept(pair, good=good)
    return pair


def a_search() -> Search:
    run = make_evidence(seeds=16, passes=lambda shown, _: 3 in shown["i_r"])
    count_evidence()
    return Search.objects.create(version=run.recipe.fewshot, size=4, run=run)


def an_unwritten_export() -> Export:
    return export_start(filters=Filters())


def a_queue_of_two() -> list[int]:
    """Two recipes with pairs on the same seeds."""
    _, left, right = two_runs(12)
    return [side[0].completion.recipe_id for side in (left, right) if side[0].completion]


def searched() -> dict[str, Any]:
    recipe = make_recipe(make_version(8))
    make_run(recipe, [make_seed() for _ in range(20)])
    return {"like": recipe.pk, "size": 3, "arrangements": 8, "seeds": 5, "tokens": 9000}


def a_rejected_run() -> int:
    pair = make_response()
    Completion.objects.filter(pk=pair.completion_id).update(reason="no_sql")
    assert pair.run
    return pair.run.pk


def a_sent_trial() -> tuple[int, int]:
    """A try, and a pair of it that is held back."""
    trial = make_trial([make_seed()])
    run = trial.draft_run
    pair = make_response(run=run, seed=run.chosen.get(position=0).seed)
    Response.objects.filter(pk=pair.pk).update(is_held_back=True)
    pair.entries.all().delete()
    return trial.pk, pair.pk


def entered(example: Example, **changes: str) -> dict[str, str]:
    value = example_value(example)
    return {**example_initial(value), "seen": fingerprint(value), **changes}


def of_form(name: str, *numbers: int, **changes: Any) -> dict[str, Any]:
    """What a page's form is first filled with."""
    client = Client()
    client.force_login(me())
    form = client.get(reverse(name, args=numbers)).context["form"]
    first = {name: form[name].value() for name in form.fields}
    return {
        name: value for name, value in first.items() if value is not None and value is not False
    } | changes


def a_judges_form() -> dict[str, Any]:
    return {"run": make_pairs(2).pk, "engine": "url", "model": "judge", "threshold": 4, "sample": 1}


def again_of_run() -> Asked:
    pair = make_response()
    make_verdict(pair, "timeout")
    assert pair.run
    return [pair.run.pk], {"outcome": "timeout"}


def a_draft() -> Version:
    return make_draft()


def order_turned() -> Asked:
    draft = make_draft()
    ids = list(draft.examples.order_by("-number").values_list("pk", flat=True))
    return [draft.pk], {"example": ids}


def new_example() -> Asked:
    draft = make_draft()
    form = entered(draft.examples.get(number=2), code="SELECT 42;", instruction="Give 42.")
    return [draft.pk], form


def corrected() -> Asked:
    pair = make_response()
    text = "```sql\nSELECT 2;\n```"
    return [pair.pk], {"instruction": pair.instruction.text, "text": text, "seen": 0}


def ruled_of_export() -> Asked:
    given = {"response": a_pair(good=True).pk, "benchmark": "0" * 64, "number": 1, "keeps": "no"}
    return [an_export().pk], given


def a_verification() -> int:
    return verification_start(export=an_export(), share=0.0, created_by=me()).pk


def a_batch() -> int:
    label = BatchLabel(value="good", reasons=(), note="")
    return batch_start(chosen=PairFilter(), label=label, created_by=me()).pk


def flagged() -> int:
    pair = make_response()
    flag_raise(response=pair, reviewer=me())
    return pair.pk


def a_test() -> int:
    _, left, right = two_runs(12)
    assert left[0].run and right[0].run
    return blind_test_start(left=left[0].run.recipe, right=right[0].run.recipe).pk


def validated_again() -> int:
    make_response()
    return validation_start(chosen=Filter(), created_by=me()).pk


def two_sides() -> Asked:
    left, right = a_queue_of_two()
    return [], {"left": left, "right": right, "seeds": 12}


def promoted() -> Asked:
    return [accept(with_prompt(make_response())).pk], {}


def sent_of_trial() -> Asked:
    trial, pair = a_sent_trial()
    return [trial], {"response": [pair]}


def tried() -> Asked:
    make_run(make_recipe(), seeds=[make_seed(), make_seed()])
    return [make_draft().pk], {"how": "random", "count": "2", "responses": "1", "like": ""}


def a_token() -> int:
    made = token_create(user=me(), name="x", scopes=["read"], days=1, per_minute=10)
    return made.token.pk


def a_sample() -> Asked:
    path = settings.VAR_DIR / "sample.jsonl"
    path.write_bytes(b"{}")
    import_start(path=path, file_name="sample.jsonl", is_sample=True)
    return [], {}


def an_invitation() -> int:
    return invitation_create(role="reviewer", created_by=me()).invitation.pk


def new_run() -> Asked:
    make_seed()
    version = make_version()
    return [], of_form("generation:new", fewshot=version.pk, engine="url", model="m", count=1)


def with_row(row: Callable[[], Any], **sent: Any) -> Callable[[], Asked]:
    """An address with the number of one row, and what is sent to it."""

    def asked() -> Asked:
        made = row()
        return [getattr(made, "pk", made)], sent

    return asked


def sending(**sent: Any) -> Callable[[], Asked]:
    return lambda: ([], sent)


def paused(run: Run) -> Run:
    run_pause(run=run, by="admin")
    return run


def revoked(number: int) -> int:
    token_revoke(token=Token.objects.get(pk=number))
    return number
