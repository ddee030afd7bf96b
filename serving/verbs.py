"""What the verbs of the command line share: dates and files as arguments, common options, refusals in words."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
import pandas as pd
from rich.markup import escape

from records.errors import RecordsError
from serving.settings import SettingsError
from serving.terminal import ERR

REFUSALS = {
    "features.errors": "FeaturesError",
    "models.errors": "ModelsError",
    "training.errors": "TrainingError",
    "casework.errors": "CaseworkError",
    "serving.access.errors": "AccessError",
    "serving.launch": "PortTaken",
    "serving.terminal": "UnknownFileKind",
}
"""Where each folder draws its tree of refusals; imported only once something was raised."""


class Day(click.ParamType[Any]):
    """A date YYYY-MM-DD, as the moment at which the day begins."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> pd.Timestamp:
        """Read the date or fail with what was expected."""
        if isinstance(value, pd.Timestamp):
            return value
        try:
            return pd.Timestamp(date.fromisoformat(value))
        except (TypeError, ValueError):
            self.fail(f"expected a date YYYY-MM-DD, got {value!r}", param, ctx)


class Days(Day):
    """Dates YYYY-MM-DD, separated by commas."""

    name = "date[,date...]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the dates or fail with what was expected."""
        return [Day.convert(self, part.strip(), param, ctx) for part in str(value).split(",")]


class Verbs(click.Group):
    """The verbs. Every refusal of ours is shown in words and ends with status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb that was called."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if not _is_refusal(error):
                raise
            ERR.print(f"[bold]Refused.[/bold] {escape(str(error))}")
            ctx.exit(1)


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, RecordsError | SettingsError):
        return True
    loaded = [getattr(sys.modules[name], tree) for name, tree in REFUSALS.items() if name in sys.modules]
    return isinstance(error, tuple(loaded))


FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
lake_option = click.option("--lake", type=FOLDER, help="Folder of the record store.")
mlflow_option = click.option("--mlflow", metavar="URI", help="Tracking and registry address of MLflow.")
as_of_option = click.option("--as-of", type=Day(), help="Moment of prediction; the end of the record when left out.")
