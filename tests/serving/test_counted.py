"""Metrics are seen at ``/metrics`` whatever a process imported before the service."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BEGUN_IN_ANY_ORDER = """
import sys
earlier = sys.argv[1:]
if "client" in earlier:
    import prometheus_client
if "cluster" in earlier:
    import distributed
    from prometheus_client import Counter
    Counter("of_somebody_else", "A metric of the cluster").inc(5)

from serving.guard import prepare_metrics
prepare_metrics()
prepare_metrics()
from serving.metrics import Metrics
ours = Metrics()
ours.show_ready(True)
ours.count("score", 3)
ours.count("score", 4)

from bentoml._internal.server.metrics.prometheus import PrometheusClient
print(PrometheusClient().generate_latest().decode())
"""


@pytest.mark.parametrize("earlier", [(), ("client",), ("client", "cluster")])
def test_the_services_metrics_are_shown_whatever_was_imported_before_it(earlier: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BEGUN_IN_ANY_ORDER, *earlier],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "trustlane_ready 1.0" in done.stdout
    assert 'trustlane_answers_total{endpoint="score"} 7.0' in done.stdout
