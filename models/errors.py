"""Everything models can refuse, as one tree.

ModelsError
├── SliceTooThin          a training or calibration slice cannot carry a fit
├── SpecRefused           a model specification holds an unknown or impossible value
├── MatrixRefused         a matrix lacks columns that the model reads
├── BundleCorrupt         a stored model was changed, cut short or does not reproduce its golden rows
├── CatalogMismatch       a stored model reads features that this code defines otherwise
├── UnknownParticipant    nothing was known of the participant at as_of
├── TrackingRefused       the tracking address cannot be used
├── TrackingAway          the tracking server does not answer
│   └── RunKept           what it did not take is kept whole in local folders
├── KeptRunUnreadable     a run that was kept locally was changed or cut short
├── NoChampion            no version holds the alias champion
├── UnknownVersion        the registry has no such version
├── UnknownRun            the tracking store has no such run
├── DocumentRefused       a document about a model cannot be read
└── PromotionRefused      a version may not become champion
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd


class ModelsError(Exception):
    """Anything wrong with a model. Messages say: expected, got, do this."""


class SliceTooThin(ModelsError):
    """A training or calibration slice cannot carry a fit."""


class SpecRefused(ModelsError):
    """A model specification holds an unknown or impossible value."""


class MatrixRefused(ModelsError):
    """A matrix lacks columns that the model reads."""

    def __init__(self, missing: Sequence[str], present: int) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"Expected every column that the model reads; missing {', '.join(self.missing)} (got {present} columns). "
            "Build the matrix with features.matrix.build_matrix on records that hold the tables the model was "
            "trained with, or train again on these records."
        )


class BundleCorrupt(ModelsError):
    """A stored model was changed, cut short, or does not reproduce its golden rows."""

    def __init__(self, file: str, problem: str) -> None:
        self.file = file
        super().__init__(
            f"Stored model refused: {file}: {problem}. Fetch the bundle again from the registry; "
            "if it is refused there too, train and promote a new version."
        )


class CatalogMismatch(ModelsError):
    """A stored model reads features that this code defines otherwise."""

    def __init__(self, difference: Sequence[str]) -> None:
        self.difference = tuple(difference)
        lines = "\n".join(f"  - {line}" for line in self.difference)
        super().__init__(
            f"Expected the model's features to be defined as in features/catalog.py; they differ:\n{lines}\n"
            "Run the code the model was trained with, or train and promote a new version."
        )


class UnknownParticipant(ModelsError):
    """Nothing was known of the participant before ``as_of``."""

    def __init__(self, participant_id: str, as_of: pd.Timestamp) -> None:
        self.participant_id = participant_id
        super().__init__(
            f"Expected a participant with a row known before {as_of:%Y-%m-%d}; got {participant_id!r}. "
            "Check the number, or ask for a later date."
        )


class TrackingRefused(ModelsError):
    """The tracking address cannot be used."""


class TrackingAway(ModelsError):
    """The tracking server does not answer."""

    def __init__(self, uri: str, problem: str, advice: str = "") -> None:
        self.uri, self.problem = uri, problem
        todo = advice or "Start it, or name another one with --mlflow or TRUSTLANE_MLFLOW."
        super().__init__(f"Expected the tracking server at {uri} to answer; got: {problem}. {todo}")


class RunKept(TrackingAway):
    """The server did not take runs, each of which is kept whole in a folder of ``kept``."""

    def __init__(self, away: TrackingAway, kept: Sequence[Path]) -> None:
        self.kept = tuple(kept)
        folders = ", ".join(str(folder) for folder in self.kept)
        super().__init__(
            away.uri,
            away.problem,
            f"Nothing is lost: what was to be sent is kept whole in {folders}. When the server is back, run "
            "`trustlane send`, which also registers the version of a training.",
        )


class KeptRunUnreadable(ModelsError):
    """A run that was kept locally was changed or cut short."""


class NoChampion(ModelsError):
    """No version holds the alias ``champion``."""

    def __init__(self, tracking_uri: str) -> None:
        super().__init__(
            f"Expected a version with the alias champion in {tracking_uri}; there is none. "
            "Run `trustlane train`, then `trustlane promote`."
        )


class UnknownVersion(ModelsError):
    """The registry has no such version."""


class UnknownRun(ModelsError):
    """The tracking store has no such run."""


class DocumentRefused(ModelsError):
    """A document about a model cannot be read."""


class PromotionRefused(ModelsError):
    """A version may not become champion."""
