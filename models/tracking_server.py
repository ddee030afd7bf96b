"""Whether a tracking server answers, asked before it is needed, and how a failure of it is told from others."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import TrackingAway

SECONDS = 5.0
"""How long an answer may take; MLflow itself would ask again for minutes."""

PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
"""MLflow's own settings in the middle of a run; whoever sets these variables decides."""

NOT_SERVING = (502, 503, 504)


def require_answer(uri: str, *, seconds: float = SECONDS) -> None:
    """TrackingAway unless the server at ``uri`` answers within so many seconds; other addresses always pass.

    Any answer will do, also that a page is missing or that a password is asked for, but those of a gateway in front of
    a server that is down.
    """
    problem = _silence(uri, seconds) if uri.startswith(("http://", "https://")) else None
    if problem is not None:
        raise TrackingAway(uri, problem)


def _silence(uri: str, seconds: float) -> str | None:
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=seconds):  # noqa: S310  only http(s) comes here
            return None
    except urllib.error.HTTPError as answer:
        return f"status {answer.code}" if answer.code in NOT_SERVING else None
    except OSError as problem:
        return str(getattr(problem, "reason", "") or problem)


@contextmanager
def told_when_away(uri: str) -> Iterator[None]:
    """Turn any failure of the block into TrackingAway when the server no longer answers; others pass as they are."""
    try:
        yield
    except TrackingAway:
        raise
    except Exception as problem:
        try:
            require_answer(uri)
        except TrackingAway as away:
            raise away from problem
        raise
