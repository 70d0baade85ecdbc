"""Requests counted in several web processes and added up in any of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from apps.core import metrics

# As apps.core.web does it: the folder is named, then processes are forked that serve requests.
_TWO_PROCESSES = """
import os, pathlib, sys
from apps.core import metrics
metrics.begin(pathlib.Path(sys.argv[1]), os.environ)
for requests in (2, 3):
    child = os.fork()
    if child == 0:
        from types import SimpleNamespace
        answer = SimpleNamespace(status_code=404)
        measured = metrics.Measured(lambda request: answer)
        for _ in range(requests):
            measured(SimpleNamespace(method="GET", resolver_match=None))
        os._exit(0)
    os.waitpid(child, 0)
sys.stdout.buffer.write(metrics.requests_text())
"""


def test_the_requests_of_all_web_processes_are_added_up(tmp_path: Path) -> None:
    # What an earlier start has left does not count.
    (tmp_path / "run" / "metrics").mkdir(parents=True)
    (tmp_path / "run" / "metrics" / "histogram_1.db").write_bytes(b"not of prometheus_client")
    done = subprocess.run(
        [sys.executable, "-c", _TWO_PROCESSES, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env={name: value for name, value in os.environ.items() if name != metrics.FOLDER},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts = [
        (sample.labels, sample.value)
        for family in text_string_to_metric_families(done.stdout)
        for sample in family.samples
        if sample.name == "winnow_request_seconds_count"
    ]
    assert counts == [({"view": "none", "method": "GET", "status": "4xx"}, 5.0)]
