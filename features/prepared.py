"""A record arranged once for any number of matrices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from features.catalog import catalog_for
from features.compiled import Singles
from features.enforcement import Enforcement
from features.exposure import Exposure
from features.feature import Feature
from features.history import History
from features.participants import Participants
from features.partners import Partners
from features.peers import PeerGroups, Peers
from features.profile import Profile, Standing
from features.spine import Spine
from features.validation import Findings, Visits
from records.known import Records


@dataclass(frozen=True)
class Prepared:
    """A record arranged once, to build any number of matrices from; parts are arranged when first needed.

    Holding one in memory is what makes the features of a single participant fast.
    """

    records: Records
    features: tuple[Feature, ...] = field(repr=False)

    @cached_property
    def participants(self) -> Participants:
        """Who there is."""
        return Participants.of(self.records)

    @cached_property
    def history(self) -> History:
        """Own incidents."""
        return History.of(self.records, self.participants)

    @cached_property
    def groups(self) -> PeerGroups:
        """Peer groups."""
        return PeerGroups(self.participants)

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
        return Partners.of(self.records, self.participants, self.history)

    @cached_property
    def enforcement(self) -> Enforcement:
        """Decisions."""
        return Enforcement.of(self.records, self.participants, self.history)

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
                parts["findings"] = Findings.of(records, participants, self.visits).columns
        if not ("incidents" in records and "involvements" in records):
            return parts
        parts["peers"] = Peers(groups, self.history).columns
        if "exposures" in records:
            parts["exposure"] = Exposure.of(records, participants, groups, self.history).columns
        if "actions" in records:
            parts["enforcement"] = self.enforcement.columns
        if "partnerships" in records:
            parts["partners"] = self.partners.columns
        return parts


def prepare(records: Records) -> Prepared:
    """Arrange a record for :func:`build_matrix`; cheap to call, parts are arranged when first needed."""
    return Prepared(records, catalog_for(records))
