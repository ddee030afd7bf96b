"""What the service counts beside BentoML's own requests and durations."""

from typing import Any

import bentoml


class Metrics:
    """The service's own metrics, one set a worker. Make it in a worker: the client belongs to a process."""

    def __init__(self) -> None:
        self._given: Any = bentoml.metrics.Counter(
            name="trustlane_answers_total", documentation="Participants answered for", labelnames=["endpoint"]
        )
        self._model: Any = bentoml.metrics.Gauge(
            name="trustlane_model_info",
            documentation="1 for the model in service",
            labelnames=["model_version", "digest"],
            multiprocess_mode="max",
        )
        self._ready: Any = bentoml.metrics.Gauge(
            name="trustlane_ready", documentation="1 when the model is loaded and fits", multiprocess_mode="min"
        )

    def count(self, endpoint: str, participants: int) -> None:
        """Count participants that were answered for."""
        self._given.labels(endpoint=endpoint).inc(participants)

    def show_model(self, model_version: str, digest: str) -> None:
        """Show which model is in service."""
        self._model.labels(model_version=model_version, digest=digest).set(1)

    def show_ready(self, ready: bool) -> None:
        """Show whether the service can answer."""
        self._ready.set(1 if ready else 0)
