"""What a configuration file holds, in the shape that it must have: a table, a list, a date; else refused in words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from models.typed import wrongly_typed
from training.errors import ConfigRefused


def table_of(name: str, value: Any) -> Mapping[str, Any]:
    """The table; ConfigRefused when it is something else."""
    if isinstance(value, Mapping):
        return value
    raise ConfigRefused(f"{name}: expected a table, as [{name}] begins one; got {value!r}. Correct the file.")


def list_of(name: str, value: Any) -> tuple[Any, ...]:
    """The members of a list; ConfigRefused when it is something else."""
    if isinstance(value, list | tuple):
        return tuple(value)
    raise ConfigRefused(f"{name}: expected a list; got {value!r}. Write {name} = [...].")


def moment_of(name: str, value: Any) -> pd.Timestamp:
    """The moment at which a day begins; ConfigRefused when the value is no date, or has a time zone."""
    try:
        # A number would be taken for nanoseconds since 1970.
        moment = pd.Timestamp(value) if isinstance(value, date | str) else pd.NaT
    except ValueError:
        moment = pd.NaT
    if not isinstance(moment, pd.Timestamp) or moment.tzinfo is not None:
        raise ConfigRefused(f"{name}: expected a date YYYY-MM-DD; got {value!r}. Correct the file.")
    return moment.as_unit("us")


def require_typed(settings: Any, what: str) -> None:
    """ConfigRefused when a dataclass holds values of other types than it names, NaN and infinity among them."""
    wrong = wrongly_typed(settings)
    if wrong:
        raise ConfigRefused(f"{what} refused: {'; '.join(wrong)}. Correct the file.")
