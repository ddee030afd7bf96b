"""What one partition adds to the sums that rows of others need, and what its participants are asked as partners."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from features.compiled import Floats, Ints
from features.distributed.owners import load_owners
from features.distributed.part import Pieces, only_own, own_ids, read_part
from features.distributed.prospect import Names, Prospect
from features.distributed.sums import Counts, Sums, Survey, write_survey
from features.distributed.writing import write_array, write_table
from features.exposure import Exposure
from features.feature import INCIDENT_TABLES
from features.groups import Groups
from features.history import History
from features.participants import Participants
from features.partners import THREE_YEARS, OwnFigures
from features.spine import arrange_spine
from features.surroundings import PLACES, RANKED, TOTALS, Everyone

READ = (*INCIDENT_TABLES, "partnerships", "exposures", "merges", "duplicates")
"""The tables from which surroundings are worked out."""


def survey_part(pieces: Pieces, dates: Ints, names: Names, owners_path: Path, prospect: Prospect) -> Path:
    """Write what one partition adds at each date, and return where."""
    out = prospect.sums(pieces.partition)
    if out.exists():
        return out
    whole = read_part(pieces.only(*READ))
    ids = own_ids(whole, load_owners(owners_path), pieces.partition)
    records = only_own(whole, ids)
    participants = Participants.of(records)
    history = History.of(records, participants)
    groups = Groups(participants, names.offices)
    shipments = Exposure.of(records, participants).versions if "exposures" in records else None
    everyone = Everyone(participants, history, groups, shipments, None, names.ports)
    number = participants.index.get_indexer(ids).astype(np.int64)
    figures = _figures(history, number, dates)
    totals = {
        name: _sums(everyone, name, dates)
        for name, total in TOTALS.items()
        if total.source != "shipments" or shipments is not None
    }
    ranks = {each: _counts(groups, each, number, dates, figures[THREE_YEARS]) for each in RANKED}
    write_table(prospect.ids(pieces.partition), pa.table({"id": pa.array(ids, pa.large_string())}))
    write_array(prospect.figures(pieces.partition), figures)
    write_survey(Survey(totals, ranks), out)
    return out


def _figures(history: History, number: Ints, dates: Ints) -> Ints:
    asked = OwnFigures(history).at(np.tile(number, dates.size), np.repeat(dates, number.size))
    return asked.reshape(len(asked), dates.size, number.size)


def _sums(everyone: Everyone, name: str, dates: Ints) -> Sums:
    """A total of every group that the partition has members or incidents of, at every date."""
    grouping = TOTALS[name].grouping
    if grouping in PLACES:
        numbers, _ = everyone.history.places(PLACES[grouping], everyone.ports)
    else:
        numbers = everyone.groups.numbers(grouping)
    groups = np.unique(numbers[numbers >= 0])
    group, date = np.repeat(groups, dates.size), np.tile(np.arange(dates.size), groups.size)
    values: Floats = everyone.totals(name, group, dates[date])
    some = np.any(values != 0, axis=0)
    return Sums((group * dates.size + date)[some], values[:, some])


def _counts(groups: Groups, grouping: str, number: Ints, dates: Ints, incidents: Ints) -> Counts:
    """Members by group, date and incidents; who has a row in a group at a date is a member of it."""
    spine = arrange_spine(np.tile(number, dates.size), np.repeat(dates, number.size))
    group = groups.in_force(spine, grouping)
    date = np.repeat(np.arange(dates.size), number.size)
    member = group >= 0
    key, count = (group * dates.size + date)[member], incidents.reshape(-1)[member]
    return Counts.of(key, count, np.ones(key.size, dtype=np.int64))
