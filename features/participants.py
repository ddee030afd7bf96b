"""Who there is: each participant's number, its profile over time, and since when it is known."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.compiled import Ints
from features.errors import UnknownParticipants
from features.moments import FOREVER, microseconds
from features.recency import version_in_force
from features.spine import Spine, arrange_spine, check_spine
from features.versions import Versions, arrange, versions_of
from records.known import Records

FEW = 8
"""Up to this many ids are looked up one by one: a single participant should not pay for arranging."""


@dataclass(frozen=True)
class Participants:
    """Numbers for participants, shared by all families; they never show in a result.

    Attributes
    ----------
    profile : DataFrame
        Every version of every profile.
    index : Index
        The ids, ascending: everyone in the participants table, and whoever is named as a partner.
    first_known : int64 array of shape (participants,), microseconds
        Since when each is in the participants table; :data:`features.moments.FOREVER` for those who never are.
    """

    profile: pd.DataFrame = field(repr=False)
    index: pd.Index = field(repr=False)
    first_known: Ints = field(repr=False)

    @classmethod
    def of(cls, records: Records) -> "Participants":
        """Number the participants of a record, with all versions of their profile."""
        frame = records["participants"]
        profile = versions_of(frame, ("participant_id",)).sort_values(
            ["participant_id", "known_from"], ignore_index=True
        )
        ids = [frame["participant_id"]]
        if "partnerships" in records:
            # A partner may become known later than the partnership, or never.
            ids += [records["partnerships"]["participant_id"], records["partnerships"]["partner_id"]]
        _, names = pd.factorize(pd.concat(ids, ignore_index=True), sort=True)
        index = pd.Index(names)
        first = np.full(len(index), FOREVER, dtype=np.int64)
        np.minimum.at(first, index.get_indexer(frame["participant_id"]), microseconds(frame["known_at"]))
        return cls(profile, index, first)

    @property
    def count(self) -> int:
        """How many participants there are numbers for."""
        return len(self.index)

    @cached_property
    def _number(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.index.tolist())}

    def codes(self, participant_ids: pd.Series) -> Ints:
        """The number of each id; -1 where it is empty or of nobody."""
        if len(participant_ids) <= FEW:
            return np.array([self._number.get(each, -1) for each in participant_ids.tolist()], dtype=np.int64)
        codes, values = pd.factorize(participant_ids)
        numbers = self.index.get_indexer(pd.Index(values)).astype(np.int64)
        return np.append(numbers, -1)[codes]

    def arranged(self, frame: pd.DataFrame, occurred: pd.Series | Ints, **values: object) -> Versions:
        """Versions of a participant-keyed frame (with its interval columns) grouped by participant.

        ``occurred`` is the date that windows are measured on; rows where it is empty are left out.
        """
        dates = occurred if isinstance(occurred, np.ndarray) else microseconds(occurred)
        group = self.codes(frame["participant_id"])
        dated = dates != np.iinfo(np.int64).min
        return arrange(
            np.where(dated, group, -1),
            self.count,
            microseconds(frame["known_from"]),
            microseconds(frame["known_until"]),
            dates,
            values,  # type: ignore[arg-type]
        )

    @cached_property
    def profile_versions(self) -> Versions:
        """The profile's versions; each is in force from the moment it is known."""
        return self.arranged(self.profile, self.profile["known_from"])

    def profile_row(self, spine: Spine) -> Ints:
        """The row of ``profile`` in force at each spine row, -1 where there is none."""
        return version_in_force(self.profile_versions, spine) if spine.profile_row is None else spine.profile_row

    def on_record(self, spine: Spine) -> npt.NDArray[np.bool_]:
        """Whether each spine row's participant has a row that is valid at its ``as_of``."""
        there: npt.NDArray[np.bool_] = self.profile_row(spine) >= 0
        return there

    def spine(self, spine: pd.DataFrame) -> Spine:
        """The spine arranged by participant.

        Raises
        ------
        SpineRefused
            When the spine is malformed.
        UnknownParticipants
            When a participant has no row in the participants table that is valid at its ``as_of``: none is known
            yet, or the last one was retracted, as it is while the account is merged into another.
        """
        ids, as_of = check_spine(spine)
        arranged = arrange_spine(self.codes(ids), as_of)
        arranged = replace(arranged, profile_row=self.profile_row(arranged))
        unknown = ~self.on_record(arranged)
        if unknown.any():
            missing = tuple(sorted(set(ids[unknown])))
            moment = pd.Timestamp(int(as_of[unknown][0]), unit="us")
            raise UnknownParticipants(
                f"Expected participants on record at their as_of; {len(missing)} are not, "
                f"for example {ids[unknown].iloc[0]} as of {moment.isoformat(sep=' ')}. "
                "Correct the id, ask for a later date, or draw the spine with features.cohort.at_risk.",
                missing,
            )
        return arranged
