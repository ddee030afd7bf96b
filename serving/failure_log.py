"""What the log says of a failure: where and as what kind, never what was sent."""

import logging
import traceback
from pathlib import Path

import bentoml
from pydantic import ValidationError

from serving.request_id import request_id

logger = logging.getLogger("trustlane.serving")

OURS = str(Path(__file__).resolve().parents[1] / "serving")


def describe_failure(error: BaseException) -> str:
    """Where and as what kind an error was raised, without its message: that may quote a person's data.

    Of the frames our own are kept, and the last one.
    """
    frames = traceback.extract_tb(error.__traceback__)
    kept = [frame for frame in frames if OURS in frame.filename] or list(frames)
    kept += [frame for frame in frames[-1:] if frame not in kept]
    return f"{type(error).__name__}\n" + "".join(traceback.format_list(kept)).rstrip()


def log_failure(error: BaseException, method: str) -> None:
    """Note a defect in the log, without what was sent."""
    logger.error("Request %s (%s) failed: %s", request_id(), method, describe_failure(error))


class WithoutPersonalData(logging.Filter):
    """Takes messages of exceptions out of log records, since they may quote what was sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, reduced to the kind of the error and where it was raised."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            refused = isinstance(error, ValidationError | bentoml.exceptions.BentoMLException)
            said = f"refused ({type(error).__name__})" if refused else describe_failure(error)
            record.msg, record.args = f"{record.getMessage()}: {said}", ()
            record.exc_info = record.exc_text = None
        return True


def keep_values_out_of_logs() -> None:
    """Filter the loggers that write exceptions with the values that caused them."""
    for name in ("bentoml._internal.server.http_app", "bentoml.serve", "uvicorn.error"):
        filtered = logging.getLogger(name)
        if not any(isinstance(item, WithoutPersonalData) for item in filtered.filters):
            filtered.addFilter(WithoutPersonalData())
