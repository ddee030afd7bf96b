"""A record arranged once for any number of matrices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from features.catalog import catalog_for
from features.compiled import Singles
from features.corridor import Corridor
from features.enforcement import Enforcement
from features.exposure import Activity, Exposure
from features.feature import Feature
from features.frames import pandas_records
from features.groups import Groups
from features.history import History
from features.participants import Participants
from features.partners import OwnFigures, Partners
from features.peers import Peers
from features.profile import Profile
from features.spine import Spine
from features.standing import Standing
from features.surroundings import Everyone, Surroundings
from features.validation import Findings, Visits
from records.as_found import as_found
from records.known import Records


@dataclass(frozen=True)
class Prepared:
    """A record arranged once, to build any number of matrices from; parts are arranged when first needed.

    Holding one in memory is what makes the features of a single participant fast.
    """

    records: Records
    features: tuple[Feature, ...] = field(repr=False)
    given: Surroundings | None = field(default=None, repr=False)

    @cached_property
    def plans(self) -> dict[tuple[str, ...] | None, Any]:
        """How each list of features that was asked for is worked out; kept by :func:`features.matrix.build_matrix`."""
        return {}

    @cached_property
    def as_found(self) -> "Prepared":
        """The same of the record as the program found it, see :mod:`records.as_found`; itself where nothing differs."""
        found = as_found(self.records)
        return self if found is self.records else Prepared(found, self.features, self.given)

    @cached_property
    def participants(self) -> Participants:
        """Who there is."""
        return Participants.of(self.records)

    @cached_property
    def history(self) -> History:
        """Own incidents."""
        return History.of(self.records, self.participants)

    @cached_property
    def groups(self) -> Groups:
        """Groups of participants that are alike in something."""
        return Groups(self.participants, self.given.offices if self.given else names_in(self.records, "field_office"))

    @cached_property
    def visits(self) -> Visits:
        """Validation visits."""
        return Visits.of(self.records, self.participants)

    @cached_property
    def standing(self) -> Standing:
        """Standing in the program."""
        return Standing.of(self.records, self.participants)

    @cached_property
    def partners(self) -> Partners:
        """Business partners."""
        return Partners.of(self.records, self.participants, OwnFigures(self.history))

    @cached_property
    def findings(self) -> Findings:
        """Findings of visits."""
        return Findings.of(self.records, self.participants, self.visits)

    @cached_property
    def enforcement(self) -> Enforcement:
        """Decisions."""
        return Enforcement.of(self.records, self.participants, self.history)

    @cached_property
    def exposure(self) -> Exposure:
        """Monthly activity."""
        return Exposure.of(self.records, self.participants)

    @cached_property
    def surroundings(self) -> Surroundings:
        """What a row needs to know of others: given beforehand, or worked out from this record."""
        return self.given or Everyone(
            self.participants,
            self.history,
            self.groups,
            self.exposure.versions if "exposures" in self.records else None,
            self.partners if "partnerships" in self.records else None,
            names_in(self.records, "port"),
        )

    @cached_property
    def columns_of(self) -> Mapping[str, Callable[[Spine], dict[str, Singles]]]:
        """For each part of the catalog the function that computes its columns."""
        records, participants, groups = self.records, self.participants, self.groups
        parts: dict[str, Callable[[Spine], dict[str, Singles]]] = {"profile": Profile(participants, groups).columns}
        if "statuses" in records:
            parts["standing"] = self.standing.columns
        if "validations" in records:
            parts["validation"] = self.visits.columns
            if "findings" in records:
                parts["findings"] = self.findings.columns
        if not ("incidents" in records and "involvements" in records):
            return parts
        parts["peers"] = Peers(groups, self.history, self.surroundings).columns
        parts["corridor"] = Corridor(participants, groups, self.history, self.surroundings).columns
        if "exposures" in records:
            parts["exposure"] = Activity(self.exposure, groups, self.history, self.surroundings).columns
        if "actions" in records:
            parts["enforcement"] = self.enforcement.columns
        if "partnerships" in records:
            parts["partners"] = self.surroundings.partners
        return parts


def names_in(records: Records, column: str) -> pd.Index:
    """The distinct names in a text column, ascending: field offices of participants, or ports of incidents."""
    frame = records["participants" if column == "field_office" else "incidents"]
    names: pd.Index = pd.Index(sorted(frame[column].dropna().unique()), dtype="str")
    return names


def prepare(records: Records, surroundings: Surroundings | None = None) -> Prepared:
    """Arrange a record for :func:`build_matrix`; cheap to call, parts are arranged when first needed.

    ``surroundings`` are given where the record holds only some of the participants. Tables that are not pandas are
    converted here, see :func:`features.frames.pandas_records`.
    """
    return Prepared(pandas_records(records), catalog_for(records), surroundings)
