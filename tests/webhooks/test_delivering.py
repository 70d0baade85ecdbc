"""Messages reach a real receiver, signed, in order, and none is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.core.models import WorkUnit
from apps.webhooks import delivering, posting
from apps.webhooks.models import Attempt, Endpoint, Message
from apps.webhooks.services import (
    endpoint_switch,
    example_send,
    message_replay,
    message_skip,
    messages_clean,
    secret_rotate,
)
from tests.builders import make_user
from tests.ports import free_port
from tests.webhooks.conftest import Rounds, Time
from tests.webhooks.receiver import (
    Answer,
    Receiver,
    endless_status,
    nonsense,
    plain,
    receiving,
    slowly,
)

pytestmark = pytest.mark.django_db


def tell(endpoint: Endpoint, *numbers: int) -> list[Message]:
    return [
        Message.objects.create(endpoint=endpoint, event="run.ended", data={"run": number})
        for number in numbers
    ]


def runs(receiver: Receiver) -> list[int]:
    return [told["data"]["run"] for told in receiver.got]


def last_problem() -> str:
    return Attempt.objects.latest("pk").problem


def test_messages_are_signed_and_delivered_in_order(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds
) -> None:
    messages = tell(endpoint, 1, 2, 3)
    assert round_of() == 1
    assert runs(receiver) == [1, 2, 3]
    assert receiver.got[0]["type"] == "run.ended"
    assert receiver.got[0]["timestamp"] == messages[0].happened_at.isoformat()
    assert receiver.keys == [message.key for message in messages]
    assert set(Message.objects.values_list("status", "attempts_made")) == {("delivered", 1)}
    assert round_of() == 0


def test_a_receiver_that_is_down_for_ten_minutes_loses_nothing(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, clock: Time
) -> None:
    Endpoint.objects.update(url=f"http://127.0.0.1:{free_port()}/hook")
    for minute in range(10):
        tell(endpoint, minute)
        round_of()
        clock.move(minutes=1)
    failed = Attempt.objects.count()
    assert 3 <= failed <= 6 and "ConnectError" in last_problem()
    assert not Attempt.objects.exclude(message=endpoint.messages.earliest("pk")).exists()
    Endpoint.objects.update(url=receiver.url)
    clock.move(minutes=12)
    assert round_of() == 1
    assert runs(receiver) == list(range(10))
    endpoint.refresh_from_db()
    assert endpoint.is_on


def test_a_500_is_tried_again_after_pauses_that_grow_then_the_endpoint_is_off_and_keeps_all(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, clock: Time
) -> None:
    tell(endpoint, 1, 2)
    receiver.answer = plain(500)
    for pause in delivering.PAUSES:
        assert round_of() == 1
        (waiting,) = endpoint.messages.filter(attempts_made__gt=0)
        assert timedelta(0) < waiting.next_at - timezone.now()
        assert round_of() == 0
        clock.move(seconds=pause - 3)
        assert round_of() == 0, pause
        clock.move(seconds=3 + pause * delivering.JITTER)
    assert round_of() == 1
    endpoint.refresh_from_db()
    assert endpoint.status == Endpoint.Status.FAILED
    assert set(runs(receiver)) == {1} and len(receiver.got) == len(delivering.PAUSES) + 1
    assert len(set(receiver.keys)) == 1
    clock.move(days=1)
    assert round_of() == 0
    receiver.answer = plain(200)
    endpoint_switch(endpoint=endpoint, on=True)
    assert round_of() == 1
    assert runs(receiver)[-2:] == [1, 2]


def test_a_receiver_that_is_gone_is_asked_once(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, clock: Time
) -> None:
    tell(endpoint, 1)
    receiver.answer = plain(410)
    round_of()
    clock.move(days=1)
    assert round_of() == 0 and receiver.seen == 1
    endpoint.refresh_from_db()
    assert endpoint.status == Endpoint.Status.GONE and endpoint.messages.waiting().count() == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_wherever_it_leads(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, status: int
) -> None:
    with receiving() as inside:
        for location in (
            f"http://127.0.0.1:{inside.port}/", f"http://[::ffff:127.0.0.1]:{inside.port}/",
            "//169.254.169.254/latest/", f"{receiver.url}/other", "file:///etc/passwd",
        ):  # fmt: skip
            (message,) = tell(endpoint, 1)
            receiver.answer = plain(status, Location=location)
            round_of()
            attempt = message.attempts.get()
            assert attempt.status == status and location in attempt.problem
            assert "redirects are not followed" in attempt.problem
            message_skip(message=message)
    assert (receiver.seen, inside.seen) == (5, 0)


@pytest.mark.parametrize("answer", [
    plain(200, X_Long="x" * 200_000), endless_status(100), endless_status(103), nonsense,
    slowly(200, head=True),
], ids=["a header without end", "100 without end", "103 without end", "no HTTP", "slow headers"])  # fmt: skip
def test_an_answer_that_is_no_answer_is_a_failure_in_bounded_time_and_memory(
    endpoint: Endpoint,
    receiver: Receiver,
    round_of: Rounds,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 1.0)
    tell(endpoint, 1, 2)
    receiver.answer = answer
    round_of()
    attempt = Attempt.objects.get()
    assert attempt.status is None and attempt.problem and len(attempt.problem) <= 500
    assert [m.attempts_made for m in endpoint.messages.waiting().order_by("pk")] == [1, 0]


def test_a_slow_body_is_not_waited_for_and_a_slow_header_is_a_failure(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "BODY_SECONDS", 0.2)
    tell(endpoint, 1)
    receiver.answer = slowly(200)
    round_of()
    assert endpoint.messages.get().status == "delivered"
    assert len(Attempt.objects.get().answer) <= posting.BODY_BYTES
    monkeypatch.setattr(posting, "SECONDS", 0.3)
    tell(endpoint, 2)
    receiver.answer = slowly(200, head=True)
    round_of()
    assert "No answer within" in last_problem()
    assert endpoint.messages.waiting().get().attempts_made == 1


def test_admins_are_told_once_by_mail_when_an_endpoint_is_turned_off(
    endpoint: Endpoint,
    receiver: Receiver,
    round_of: Rounds,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    mailed: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("apps.accounts.mails._send_task", lambda *sent: mailed.append(sent) or True)
    for name, role, email in (
        ("anna", "admin", "anna@example.org"), ("ben", "admin", ""), ("otto", "editor", "o@x.org"),
    ):  # fmt: skip
        make_user(role, name, email=email)
    make_user("admin", "gone", email="gone@example.org", is_active=False)
    Endpoint.objects.update(name="Ours\nBcc: x@example.org")
    tell(endpoint, 1, 2)
    receiver.answer = plain(410)
    with django_capture_on_commit_callbacks(execute=True):
        round_of()
        round_of()
    ((_task, (to, subject, text)),) = mailed
    assert to == "anna@example.org" and "\n" not in subject
    assert "It answered 410." in text and "Waiting messages: 2" in text


def test_secrets_are_stored_sealed_and_a_key_that_is_lost_is_said_not_guessed(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, settings: Any
) -> None:
    stored = Endpoint.objects.values_list("sealed_secret", flat=True).get()
    assert "whsec_" not in stored and endpoint.secret.startswith("whsec_")
    before = settings.SECRET_KEY
    settings.SECRET_KEY = "another key"
    tell(endpoint, 1)
    round_of()
    assert "another WINNOW_SECRET_KEY" in last_problem() and receiver.seen == 0
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("reseal_secrets")
    settings.SECRET_KEY_FALLBACKS = [before]
    secret = secret_rotate(endpoint=endpoint)
    call_command("reseal_secrets")
    settings.SECRET_KEY_FALLBACKS = []
    endpoint.refresh_from_db()
    assert endpoint.secrets == [secret, receiver.secret]
    endpoint.messages.update(next_at=timezone.now())
    round_of()
    assert runs(receiver) == [1]


def test_a_receiver_may_ask_for_a_longer_pause(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, clock: Time
) -> None:
    (message,) = tell(endpoint, 1)
    receiver.answer = plain(429, Retry_After="600")
    round_of()
    message.refresh_from_db()
    assert message.next_at >= Attempt.objects.get().at + timedelta(seconds=600)


def test_the_pause_has_jitter_and_a_bound() -> None:
    pauses = {delivering.pause_after(3) for _ in range(20)}
    assert len(pauses) > 10
    assert all(timedelta(seconds=120) <= each <= timedelta(seconds=144) for each in pauses)
    assert delivering.pause_after(1, asked=999_999) == timedelta(days=1)


def test_after_a_rotation_both_secrets_verify_for_a_day(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, clock: Time
) -> None:
    old, new = endpoint.secret, secret_rotate(endpoint=endpoint)
    assert old != new
    for secret, ahead in ((old, 0), (new, 0)):
        receiver.secret = secret
        tell(endpoint, ahead)
        round_of()
    assert endpoint.messages.waiting().count() == 0
    endpoint.refresh_from_db()
    assert endpoint.secrets == [new, old]
    clock.move(hours=25)
    assert endpoint.secrets == [new]


def test_one_endpoint_has_one_worker_at_a_time_and_a_dead_one_is_replaced(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, clock: Time
) -> None:
    tell(endpoint, 1)
    unit = WorkUnit.objects.filter(job=endpoint.job)
    unit.update(
        status="leased", lease_owner="dead", lease_expires_at=timezone.now() + timedelta(minutes=1)
    )
    assert round_of() == 0
    from worker import tasks

    tasks.work(unit.get().pk)
    assert receiver.seen == 0
    clock.move(minutes=2)
    tasks.work(unit.get().pk)
    assert runs(receiver) == [1]


def test_a_test_event_a_replay_and_a_skip(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds
) -> None:
    example_send(endpoint=endpoint, asked_by=make_user("admin"))
    round_of()
    assert receiver.got[0]["type"] == "webhook.test"
    message_replay(message=endpoint.messages.get())
    tell(endpoint, 7)
    round_of()
    assert [told["type"] for told in receiver.got] == ["webhook.test"] * 2 + ["run.ended"]
    assert receiver.keys[0] == receiver.keys[1] != receiver.keys[2]
    poison, _good = tell(endpoint, 8, 9)
    receiver.answer = plain(400)
    round_of()
    message_skip(message=poison)
    receiver.answer = plain(200)
    round_of()
    assert receiver.got[-1]["data"] == {"run": 9}


def test_what_ended_long_ago_is_forgotten_and_what_waits_for_its_receiver_is_not(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds, clock: Time
) -> None:
    tell(endpoint, 1)
    round_of()
    tell(endpoint, 2)
    clock.move(days=31)
    assert messages_clean() == 1
    assert endpoint.messages.get().data == {"run": 2}
    endpoint_switch(endpoint=endpoint, on=False)
    assert messages_clean() == 1 and not endpoint.messages.exists()
