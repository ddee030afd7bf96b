"""Puts the record, the pinned model and the scores together: what every answer is made from.

Everything a worker knows stands in one immutable :class:`Workspace`; a change of the record or of the
model makes a new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd

from casework.queue import draw_queue
from features.matrix import Prepared, prepare
from models.bundle import read_bundle
from models.cohort_view import days_of_record
from models.errors import BundleCorrupt, CatalogMismatch, MatrixRefused
from models.explanation import Explanation
from models.risk_model import RiskModel
from models.scoring import explain_participant, score_participants, view_cohort
from records.as_of import first_as_of, latest_as_of
from records.errors import LakeError
from records.known import Records
from records.lake import Lake, Program
from serving.documents import Kept, read_documents
from serving.history import PastScore, score_history
from serving.pin import read_pinned
from serving.problems import AsOfOutOfRange, ModelMismatch, NoModel, NotReady, Problem, UnknownParticipants
from serving.scoreboard import Cohort, Scoreboard
from serving.settings import Settings


@dataclass(frozen=True)
class Workspace:
    """The record, the model and what was made of them.

    ``model`` is None where none can be used; ``model_problem`` then says why. Facts are shown all the same.
    """

    settings: Settings
    program: Program
    prepared: Prepared = field(repr=False)
    model: RiskModel | None = field(repr=False)
    model_version: str
    model_problem: Problem | None
    board: Scoreboard = field(repr=False)
    documents: Mapping[str, Kept] = field(default_factory=dict, repr=False)

    @property
    def records(self) -> Records:
        """Every row version of the record."""
        return self.prepared.records

    # Time

    @property
    def today(self) -> date:
        """Today as the service knows it: the setting, or the machine's clock in UTC."""
        return date.fromisoformat(self.settings.today) if self.settings.today else datetime.now(UTC).date()

    @property
    def first_as_of(self) -> date:
        """The day after the first record: before it nothing was known."""
        return first_as_of(self.records).date()

    @property
    def now(self) -> pd.Timestamp:
        """The present moment, UTC without a zone: the clock's time on the day that :attr:`today` says."""
        clock = datetime.now(UTC).replace(tzinfo=None)
        return pd.Timestamp(datetime.combine(self.today, clock.time()))

    @property
    def last_as_of(self) -> date:
        """Today; tomorrow where something became known today, which no earlier date sees."""
        news_today = self.records.last_known_at >= pd.Timestamp(self.today)
        return max(self.today + timedelta(days=1) if news_today else self.today, self.first_as_of)

    @property
    def default_as_of(self) -> date:
        """The date that sees everything: the day after the record's end, at most :attr:`last_as_of`."""
        return latest_as_of(self.records, pd.Timestamp(self.last_as_of)).date()

    def moment(self, as_of: date | None) -> pd.Timestamp:
        """The moment of prediction for a date asked for.

        Raises
        ------
        AsOfOutOfRange
            Before the day after the first record, or after :attr:`last_as_of`.
        """
        chosen = self.default_as_of if as_of is None else as_of
        if not self.first_as_of <= chosen <= self.last_as_of:
            raise AsOfOutOfRange(self.first_as_of.isoformat(), self.last_as_of.isoformat())
        return pd.Timestamp(chosen)

    # Scores

    def usable_model(self) -> RiskModel:
        """The model; the problem where there is none that can be used."""
        if self.model is None:
            raise self.model_problem or NoModel()
        return self.model

    def cohort(self, as_of: pd.Timestamp) -> Cohort:
        """The scores of everyone at risk."""
        self.usable_model()
        return self.board.cohort(as_of)

    def scores(self, participant_ids: Sequence[str], as_of: pd.Timestamp) -> tuple[Cohort, list[dict[str, Any]]]:
        """Scores in the order asked for, with the cohort that they are ranked in.

        Raises
        ------
        UnknownParticipants
            Names every id that had no row known before ``as_of``.
        """
        cohort = self.cohort(as_of)
        outside = sorted({name for name in participant_ids if name not in cohort.places})
        if outside:
            self.require_known(outside, as_of)
        beside = self._beside(outside, cohort) if outside else None
        rows = [cohort.row(name) or (beside and beside.row(name)) for name in participant_ids]
        return cohort, [row for row in rows if row]

    def _beside(self, participant_ids: list[str], cohort: Cohort) -> Cohort:
        model, view = self.usable_model(), cohort.view
        return Cohort.of(score_participants(model, self.prepared, view.as_of, participant_ids, view=view), view)

    def require_known(self, participant_ids: Sequence[str], as_of: pd.Timestamp) -> None:
        """UnknownParticipants names every id that had no row known before ``as_of``."""
        days = days_of_record(self.prepared, participant_ids, as_of)
        unknown = [name for name, day in zip(participant_ids, days, strict=True) if day != day]
        if unknown:
            raise UnknownParticipants(unknown, as_of.date().isoformat())

    def explain(self, participant_id: str, as_of: pd.Timestamp) -> Explanation:
        """One score with its reasons and its place in the cohort."""
        model = self.usable_model()
        self.require_known([participant_id], as_of)
        return explain_participant(model, self.prepared, participant_id, as_of, view=self.cohort(as_of).view)

    def past_scores(self, participant_id: str, moments: Sequence[pd.Timestamp]) -> list[PastScore]:
        """One participant's scores by the present model at the earlier dates at which enough was known of it."""
        return score_history(self.usable_model(), self.prepared, participant_id, moments)

    def queue(
        self, as_of: pd.Timestamp, capacity: int | None = None, audit_share: float | None = None, below: int = 0
    ) -> tuple[Cohort, pd.DataFrame]:
        """The cohort and its list: the places within capacity and ``below`` more."""
        cohort = self.cohort(as_of)
        places = self.settings.capacity if capacity is None else capacity
        share = self.settings.audit_share if audit_share is None else audit_share
        drawn = draw_queue(
            cohort.frame,
            capacity=places,
            audit_share=share,
            seed=self.settings.draw_seed,
            length=places + below,
        )
        return cohort, drawn


def open_workspace(settings: Settings) -> Workspace:
    """Read the record and the pinned model.

    Raises
    ------
    NotReady
        When the record cannot be read. A missing or unusable model is kept as ``model_problem``.
    """
    lake = Lake(settings.lake)
    try:
        records, program = lake.read(), lake.program
    except LakeError as error:
        raise NotReady("There is no record yet. Run `trustlane ingest SOURCE` first.") from error
    prepared = prepare(records)
    model, version, problem = _open_model(settings, prepared)
    board = Scoreboard(partial(score_cohort, model, prepared), settings.cached_dates)
    documents = {} if model is None else read_documents(read_pinned(settings).documents, model.digest)
    return Workspace(settings, program, prepared, model, version, problem, board, documents)


def _open_model(settings: Settings, prepared: Prepared) -> tuple[RiskModel | None, str, Problem | None]:
    try:
        pinned = read_pinned(settings)
        model = read_bundle(pinned.bundle)
        if model.digest != pinned.digest:
            raise NotReady("The pinned bundle is not the registry's champion. Start the service again.")
        _require_columns(model, prepared)
    except CatalogMismatch as error:
        message = "The model was fitted on another feature catalog than this code has. Train and promote a new model."
        return None, "", ModelMismatch(message, {"differences": list(error.difference)})
    except MatrixRefused as error:
        message = "The model reads features whose tables this record lacks. Train and promote a model on this record."
        return None, "", ModelMismatch(message, {"differences": [f"{name}: absent" for name in error.missing]})
    except BundleCorrupt as error:
        return None, "", NotReady(str(error))
    except Problem as problem:
        return None, "", problem
    return model, model.model_version, None


def _require_columns(model: RiskModel, prepared: Prepared) -> None:
    present = {feature.name for feature in prepared.features}
    missing = [name for name in model.features if name not in present]
    if missing:
        raise MatrixRefused(missing, len(present))


def score_cohort(model: RiskModel | None, prepared: Prepared, as_of: pd.Timestamp) -> Cohort:
    """The scores of everyone at risk; NoModel where there is none."""
    if model is None:
        raise NoModel
    view = view_cohort(model, prepared, as_of)
    return Cohort.of(score_participants(model, prepared, as_of, view=view), view)
