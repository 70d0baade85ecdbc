"""Messages reach a real receiver, signed, in order, and none is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
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
from tests.webhooks.conftest import Rounds, Time
from tests.webhooks.receiver import Receiver, free_port, plain, slowly

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


def test_a_redirect_is_not_followed_wherever_it_leads(
    endpoint: Endpoint, receiver: Receiver, round_of: Rounds
) -> None:
    tell(endpoint, 1)
    receiver.answer = plain(307, Location=f"http://127.0.0.1:{receiver.port}/other")
    round_of()
    assert receiver.seen == 1
    assert "redirects are not followed" in last_problem()
    assert Attempt.objects.get().status == 307


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
