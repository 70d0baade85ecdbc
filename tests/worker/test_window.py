"""How many sequences a server is given: more than it works on, fewer when its memory is full."""

from worker.dispatching.window import LEAST, MOST, START, Window
from worker.engines.metrics import MetricsSample, read_metrics


def sample(running: int, waiting: int, preempted: int = 0) -> MetricsSample:
    return MetricsSample(
        at=0.0, prompt_tokens=0, cached_prompt_tokens=0, completion_tokens=0,
        running=running, waiting=waiting, preempted=preempted,
    )  # fmt: skip


def test_a_known_server_is_given_more_than_it_works_on_at_once() -> None:
    window = Window(256, is_known=True)
    assert window.room(0) == int(256 * START)
    assert window.room(int(256 * START)) == 0


def test_a_server_that_waits_for_us_is_given_more_but_not_without_end() -> None:
    window = Window(100, is_known=True)
    for _ in range(50):
        sent = int(window.size / window.live_share)
        window.look(sample(running=100, waiting=0), sent=sent)
    assert window.live_share < 1.0
    assert window.size == 100 * MOST


def test_a_window_that_is_not_used_does_not_grow() -> None:
    window = Window(100, is_known=True)
    window.look(sample(running=10, waiting=0), sent=10)
    assert window.size == 100 * START


def test_much_that_waits_shrinks_the_window_to_its_least() -> None:
    window = Window(100, is_known=True)
    for _ in range(50):
        window.look(sample(running=100, waiting=80), sent=180)
    assert window.size == 100 * LEAST


def test_preempted_sequences_shrink_the_window_each_time() -> None:
    window = Window(100, is_known=True)
    window.look(sample(100, 20, preempted=5), sent=120)
    assert window.size == 100 * START, "what was preempted before we came says nothing"
    window.look(sample(80, 60, preempted=9), sent=140)
    once = window.size
    assert once < 100 * START
    window.look(sample(80, 60, preempted=12), sent=140)
    assert window.size < once
    for preempted in range(13, 100):
        window.look(sample(80, 60, preempted=preempted), sent=140)
    assert window.size >= 25


def test_samples_that_have_ended_within_their_request_make_room_for_others() -> None:
    window = Window(256, is_known=True)
    for _ in range(30):
        window.look(sample(running=200, waiting=20), sent=440)
    assert 0.45 < window.live_share < 0.55
    assert window.room(440) > 150


def test_the_size_of_an_unknown_server_is_learned_from_what_waits_there() -> None:
    window = Window(64, is_known=False)
    assert window.size == 64, "without metrics nobody knows whether it takes more"
    while window.size < 200:
        window.look(sample(running=int(window.size), waiting=0), sent=int(window.size))
    window.look(sample(running=128, waiting=70), sent=198)
    assert window.slots == 128
    for _ in range(50):
        window.look(sample(running=128, waiting=70), sent=198)
    assert window.size == 128 * LEAST


def test_what_vllm_says_of_preemptions_and_its_cache_is_read() -> None:
    text = 'vllm:num_preemptions_total{engine="0"} 3.0\nvllm:kv_cache_usage_perc 0.25\n'
    read = read_metrics(text, at=1.0)
    assert (read.preempted, read.cache_use, read.is_vllm) == (3, 0.25, True)
    assert not read_metrics("llamacpp:requests_processing 1\n", at=1.0).is_vllm
