"""The tables that do not depend on incidents one by one: participants, exposures, visits, findings, partnerships.

Each function gives the table's own columns, dates as dates, and ``known`` in days from the record's start.
"""

import numpy as np
import pandas as pd

from records.simulate.activity import Activity
from records.simulate.calendar import Calendar
from records.simulate.geography import OFFICES
from records.simulate.incidents import History, World
from records.simulate.partners import Partnerships
from records.simulate.population import Population, size_bands
from records.simulate.streams import Ints
from records.simulate.visits import Visits
from records.tables import BUSINESS_TYPES, CRITERIA_CATEGORIES

RENAMED_PER_YEAR = 0.008
"""Share of participants whose name or supervising office changes in a year."""
UPLOAD_DAYS = (0.3, 1.9)
"""When rows older than the record entered it: its first two days."""


def _account(population: Population, places: Ints) -> pd.Series:
    return pd.Series(np.array(population.participant_id, dtype=object)[places], dtype="str")


def participant_rows(rng: np.random.Generator, world: World, addresses: list[str]) -> pd.DataFrame:
    """The participants table, with later versions of those that changed name or office."""
    population, calendar = world.population, world.calendar
    size = len(population)
    first = pd.DataFrame(
        {
            "participant_id": population.participant_id,
            "legal_name": population.name,
            "business_type": np.array(BUSINESS_TYPES)[population.business_type],
            "country": population.country,
            "field_office": np.array(OFFICES)[population.office],
            "size_band": size_bands(population),
            "enrolled_on": calendar.dates(population.enrolled),
            "address": addresses,
            "known": np.where(
                population.enrolled < 0,
                rng.uniform(*UPLOAD_DAYS, size),
                population.enrolled + rng.uniform(0.4, 5, size),
            ),
        }
    )
    changed = first[rng.random(size) < RENAMED_PER_YEAR * calendar.months / 12].copy()
    changed["known"] += rng.uniform(30, calendar.days, len(changed))
    renamed = rng.random(len(changed)) < 0.6
    group = changed["legal_name"].str.replace(r"^(\S+ \S+)", r"\1 Group", regex=True)
    changed["legal_name"] = changed["legal_name"].mask(renamed, group)
    offices = pd.Series(np.array(OFFICES)[rng.integers(0, len(OFFICES), len(changed))], index=changed.index)
    changed["field_office"] = changed["field_office"].where(renamed, offices)
    rows = pd.concat([first, changed], ignore_index=True)
    rows = rows[rows["known"] < calendar.days]
    return rows.sort_values(["known", "participant_id"], kind="stable", ignore_index=True)


def exposure_rows(rng: np.random.Generator, world: World, history: History, activity: Activity) -> pd.DataFrame:
    """The exposures table: one row for each live month, known some days into the next; 1 % come a quarter late."""
    calendar = world.calendar
    who, month = np.nonzero(history.live.T)[::-1]
    lag = rng.uniform(3, 12, len(who)) + np.where(rng.random(len(who)) < 0.01, rng.uniform(20, 100, len(who)), 0)
    rows = pd.DataFrame(
        {
            "participant_id": _account(world.population, who),
            "month": calendar.dates(calendar.first_days[month]),
            "shipments": activity.shipments[who, month],
            "crossings": activity.crossings[who, month],
            "exams_targeted": activity.exams_targeted[who, month],
            "exams_random": activity.exams_random[who, month],
            "discrepancies": activity.discrepancies[who, month],
            "known": calendar.first_days[month + 1] + lag,
        }
    )
    return rows[rows["known"] < calendar.days].reset_index(drop=True)


def exit_days(history: History, calendar: Calendar) -> Ints:
    """The day on which each participant is out of the program, the record's end for those that stay."""
    last = np.where(history.live.any(axis=1), calendar.months - history.live[:, ::-1].argmax(axis=1), 0)
    return calendar.first_days[np.minimum(last, calendar.months)]


def validation_rows(
    rng: np.random.Generator, world: World, history: History, visits: Visits
) -> tuple[pd.DataFrame, Ints]:
    """Visits that were made, without their number, and the place in ``visits`` of each; none follows an exit."""
    calendar = world.calendar
    gone = exit_days(history, calendar)
    known = np.where(
        visits.day < 0, rng.uniform(*UPLOAD_DAYS, len(visits.day)), visits.day + rng.uniform(8, 45, len(visits.day))
    )
    here = np.flatnonzero((visits.day < gone[visits.participant]) & (known < calendar.days))
    finds = visits.found[here].sum(axis=1)
    outcome = np.where(visits.failed[here], "fail", np.where(finds > 0, "pass_with_findings", "pass"))
    surprise = (visits.number[here] > 0) & (rng.random(len(here)) < 0.04)
    kind = np.where(visits.number[here] == 0, "initial", np.where(surprise, "unannounced", "revalidation"))
    order = np.argsort(known[here], kind="stable")
    rows = pd.DataFrame(
        {
            "participant_id": _account(world.population, visits.participant[here]),
            "kind": kind,
            "due_on": calendar.dates(visits.due[here]),
            "performed_on": calendar.dates(visits.day[here]),
            "outcome": outcome,
            "staff_hours": np.round(14 + 3.5 * finds + rng.gamma(4, 3, len(here)), 1),
            "retracted": False,
            "known": known[here],
        }
    ).iloc[order]
    return rows.reset_index(drop=True), here[order]


def finding_rows(
    rng: np.random.Generator, world: World, visits: Visits, validations: pd.DataFrame, places: Ints
) -> pd.DataFrame:
    """The findings table; a correction is a later version of the row."""
    calendar = world.calendar
    row, category = np.nonzero(visits.found[places])
    visit = places[row]
    size = len(visit)
    due = visits.day[visit] + 90
    days = rng.lognormal(np.log(80), 0.6, size) * np.exp(0.3 * world.population.culture[visits.participant[visit]])
    corrected = visits.day[visit] + np.floor(days).astype(np.int64)
    never = rng.random(size) < 0.08
    criteria = np.where(visits.day[visit] < calendar.days - 4 * 365, "2011", "2020")
    opened = pd.DataFrame(
        {
            "finding_id": [f"F{k:06d}" for k in range(1, size + 1)],
            "validation_id": validations["validation_id"].to_numpy()[row],
            "criteria_version": criteria,
            "criterion_id": [f"{c + 1}.{k}" for c, k in zip(category, rng.integers(1, 9, size), strict=True)],
            "category": np.array(CRITERIA_CATEGORIES)[category],
            "must": visits.must[visit, category],
            "due_on": calendar.dates(due),
            "corrected_on": np.datetime64("NaT", "D"),
            "known": validations["known"].to_numpy()[row] + 0.02,
        }
    )
    closed = opened.assign(corrected_on=calendar.dates(corrected))
    closed["known"] = np.maximum(np.maximum(corrected, 0) + rng.uniform(1, 20, size), opened["known"] + 0.02)
    rows = pd.concat([opened, closed[~never]], ignore_index=True)
    rows = rows[rows["known"] < calendar.days]
    return rows.sort_values(["known", "finding_id"], kind="stable", ignore_index=True)


def partnership_rows(rng: np.random.Generator, world: World, ties: Partnerships) -> pd.DataFrame:
    """The partnerships table: declared by one side or both; its end is a later version."""
    population, calendar = world.population, world.calendar
    both = rng.random(len(ties.first)) < 0.6
    source = np.concatenate([ties.first, ties.second[both]])
    target = np.concatenate([ties.second, ties.first[both]])
    start, stop = (np.concatenate([days, days[both]]) for days in (ties.start, ties.stop))
    size = len(source)
    role = np.array(["trader", "carrier", "manufacturer", "agent", "terminal"])[population.group[target]]
    began = pd.DataFrame(
        {
            "participant_id": _account(population, source),
            "partner_id": _account(population, target),
            "valid_from": calendar.dates(start),
            "role": role,
            "valid_to": np.datetime64("NaT", "D"),
            "known": np.where(start < 0, rng.uniform(*UPLOAD_DAYS, size), start + rng.uniform(1, 60, size)),
        }
    )
    over = stop < calendar.days
    ended = began[over].assign(valid_to=calendar.dates(stop[over]))
    ended["known"] = np.maximum(stop[over], began["known"][over]) + rng.uniform(1, 60, int(over.sum()))
    rows = pd.concat([began, ended], ignore_index=True)
    rows = rows[rows["known"] < calendar.days]
    return rows.sort_values(["known", "participant_id", "partner_id"], kind="stable", ignore_index=True)


def intensity_rows(world: World, history: History) -> pd.DataFrame:
    """truth/intensity: every participant and month, 0 outside membership."""
    size, months = history.intensity.shape
    return pd.DataFrame(
        {
            "participant_id": _account(world.population, np.repeat(np.arange(size), months)),
            "month": np.tile(world.calendar.dates(world.calendar.first_days[:-1]).astype("datetime64[us]"), size),
            "intensity": (history.intensity * history.live).ravel(),
            "detection": history.detection.ravel(),
        }
    )
