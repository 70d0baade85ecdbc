"""Which worker of pytest-xdist runs what, and when: a file stays together, what takes long begins
first, what is slow to start (a browser, a model) is started by as few workers as needed, and files
that mostly wait do so one beside the others' work, not all at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# What a file takes on a machine of its own with two cores (`pytest --durations`); only the order
# follows from it. Of other files a test takes about as long as this.
SECONDS_A_TEST = 0.2
SECONDS = {
    "tests/api/test_killed.py": 25,
    "tests/api/test_schema.py": 20,
    "tests/attacks/test_attacks.py": 60,
    "tests/browser/test_acceptance.py": 21,
    "tests/browser/test_api.py": 23,
    "tests/browser/test_every_page.py": 45,
    "tests/browser/test_evidence.py": 39,
    "tests/browser/test_examples.py": 20,
    "tests/browser/test_exports.py": 47,
    "tests/browser/test_fewshot.py": 27,
    "tests/browser/test_fewshot_people.py": 40,
    "tests/browser/test_fewshot_studio.py": 15,
    "tests/browser/test_further_pages.py": 20,
    "tests/browser/test_light_engine.py": 30,
    "tests/browser/test_light_search.py": 60,
    "tests/browser/test_look.py": 30,
    "tests/browser/test_looks.py": 13,
    "tests/browser/test_people.py": 22,
    "tests/browser/test_polling.py": 20,
    "tests/browser/test_queues.py": 13,
    "tests/browser/test_review.py": 40,
    "tests/browser/test_review_edits.py": 15,
    "tests/browser/test_review_pages.py": 25,
    "tests/browser/test_runs.py": 40,
    "tests/browser/test_seeds.py": 18,
    "tests/browser/test_team.py": 11,
    "tests/browser/test_validation.py": 27,
    "tests/core/test_backups.py": 30,
    "tests/core/test_bodies.py": 25,
    "tests/core/test_database_away.py": 19,
    "tests/core/test_slow_readers.py": 15,
    "tests/core/test_standstill.py": 80,
    "tests/evidence/test_effects.py": 18,
    "tests/evidence/test_sequential.py": 29,
    "tests/exports/test_killed.py": 46,
    "tests/home/test_sample.py": 25,
    "tests/review/test_differences.py": 15,
    "tests/seeds/gathering/test_file_process.py": 20,
    "tests/seeds/gathering/test_resume.py": 40,
    "tests/sql/test_splitting.py": 15,
    "tests/test_forms.py": 26,
    "tests/test_full_disk.py": 180,
    "tests/test_hostile_texts.py": 15,
    "tests/test_long_work.py": 14,
    "tests/test_machine.py": 13,
    "tests/test_pages.py": 10,
    "tests/test_pair_page.py": 12,
    "tests/test_permissions.py": 25,
    "tests/test_whole_way.py": 230,
    "tests/test_words.py": 33,
    "tests/upgrade/test_make.py": 50,
    "tests/validation/test_examples_first.py": 90,
    "tests/validation/test_examples_fourth.py": 90,
    "tests/validation/test_examples_second.py": 90,
    "tests/validation/test_examples_third.py": 90,
    "tests/validation/test_kills.py": 26,
    "tests/validation/test_undoing.py": 25,
    "tests/worker/test_cluster.py": 28,
    "tests/worker/test_dispatching_kills.py": 89,
    "tests/worker/test_generating.py": 16,
    "tests/worker/test_generating_servers.py": 40,
    "tests/worker/test_server.py": 75,
}
# Much of their time no processor works for them: several beside each other leave it idle.
WAITS = (
    "tests/core/test_bodies.py",
    "tests/core/test_standstill.py",
    "tests/test_full_disk.py",
    "tests/test_whole_way.py",
    "tests/worker/test_cluster.py",
    "tests/worker/test_dispatching_kills.py",
    "tests/worker/test_generating_servers.py",
)
# Of so many workers one may wait.
_WORKERS_A_WAIT = 4
# They share a running model.
MODELS = ("tests/worker/test_server.py", "tests/worker/test_slots.py")
BROWSER = "tests/browser/"
BROWSERS = 3
# A worker that has so much before it is given the shortest file next: it begins a test only when
# it knows which one follows.
_BUSY_SECONDS = 20.0


def file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def seconds(nodeids: Iterable[str]) -> float:
    """What these tests take, each its share of its file."""
    tests: dict[str, int] = defaultdict(int)
    for nodeid in nodeids:
        tests[file_of(nodeid)] += 1
    return sum(SECONDS.get(file, SECONDS_A_TEST * count) for file, count in tests.items())


def spread(files: Iterable[str], groups: int) -> dict[str, int]:
    """The group of each file, so that all groups take about as long."""
    taken = [0.0] * groups
    found = {}
    for file in sorted(files, key=lambda name: (-SECONDS.get(name, 1), name)):
        found[file] = taken.index(min(taken))
        taken[found[file]] += SECONDS.get(file, 1)
    return found


class ByFile(LoadScopeScheduling):
    """A file's tests stay together in one worker, and those that share what is slow to start."""

    _browsers: dict[str, int] | None = None

    def _split_scope(self, nodeid: str) -> str:
        file = file_of(nodeid)
        if file in MODELS:
            return MODELS[0]
        if file.startswith(BROWSER):
            if self._browsers is None:
                files = {file_of(each) for each in self.collection or ()}
                self._browsers = spread(filter(lambda f: f.startswith(BROWSER), files), BROWSERS)
            return f"{BROWSER}{self._browsers[file]}"
        return file

    def _assign_work_unit(self, node: WorkerController) -> None:
        """The longest that waits, or the shortest to a worker that is busy for long."""
        choose = min if self._left(node) > _BUSY_SECONDS else max
        scope = choose(self._choice(), key=lambda name: seconds(self.workqueue[name]))
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)

    def _choice(self) -> list[str]:
        """Without those that mostly wait, while as many as may do so; unless one after the other
        they would take longer than all the rest.
        """
        at_work = [
            scope
            for units in self.assigned_work.values()
            for scope, tests in units.items()
            if scope in WAITS and not all(tests.values())
        ]
        left = {scope: seconds(tests) for scope, tests in self.workqueue.items()}
        others = [scope for scope in left if scope not in WAITS]
        places = max(1, len(self.assigned_work) // _WORKERS_A_WAIT)
        waiting = sum(left[scope] for scope in left if scope in WAITS) / places
        is_tight = waiting > sum(left.values()) / len(self.assigned_work)
        return [*left] if is_tight or len(at_work) < places or not others else others

    def _left(self, node: WorkerController) -> float:
        """What the node has still to do, in seconds."""
        left = 0.0
        for tests in self.assigned_work[node].values():
            open_tests = sum(not is_done for is_done in tests.values())
            left += seconds(tests) * open_tests / len(tests)
        return left
