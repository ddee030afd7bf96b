"""Visits that are due and not yet made, as the program plans them.

A visit is planned PLANNED_BEFORE days before it is due. The row stays open until the visit is made and written down, or
until the participant leaves, when it is retracted; the visit itself is an amendment of the row.
"""

import numpy as np
import pandas as pd

from records.simulate.incidents import History, World
from records.simulate.registers import UPLOAD_DAYS, exit_days
from records.simulate.standing import NEVER_DAY
from records.simulate.streams import Ints
from records.simulate.visits import Visits

PLANNED_BEFORE = 30
LEAST_APART = 0.01


def open_visit_rows(
    rng: np.random.Generator, world: World, history: History, visits: Visits, made: pd.DataFrame, places: Ints
) -> pd.DataFrame:
    """Rows of the validations table for visits while they are open, and for plans that an exit ends.

    Parameters
    ----------
    made, places
        The rows of visits that were made, and the place in ``visits`` of each.

    Returns
    -------
    DataFrame
        The table's own columns but the number, with ``visit``: the place in ``visits``, those never made last.
    """
    calendar = world.calendar
    plans = _plan(rng, visits)
    plans["known"] = plans["known"].where(plans["due"] >= PLANNED_BEFORE, rng.uniform(*UPLOAD_DAYS, len(plans)))
    plans["gone"] = exit_days(history, calendar)[plans["participant"]]
    plans["written"] = pd.Series(made["known"].to_numpy(), index=places).reindex(plans["visit"]).fillna(np.inf)
    is_open = (plans["day"] >= plans["known"]) & (plans["known"] + LEAST_APART < plans["written"])
    rows = plans[is_open & (plans["due"] < plans["gone"].clip(upper=calendar.days))]
    rows = rows.assign(
        participant_id=np.array(world.population.participant_id, dtype=object)[rows["participant"]],
        kind=np.where(rows["number"] == 0, "initial", "revalidation"),
        due_on=calendar.dates(rows["due"].to_numpy()),
        retracted=False,
    )
    dropped = rows[(rows["gone"] < calendar.days) & np.isinf(rows["written"])].assign(retracted=True)
    dropped["known"] = dropped[["gone", "known"]].max(axis=1) + rng.uniform(1, 20, len(dropped))
    every: pd.DataFrame = pd.concat([rows, dropped], ignore_index=True)
    return every[every["known"] < calendar.days].reset_index(drop=True)


def _plan(rng: np.random.Generator, visits: Visits) -> pd.DataFrame:
    """Every visit, made or not (``day`` beyond any record), with the moment at which it is planned."""
    never = visits.unmade
    due = np.concatenate([visits.due, never.due])
    return pd.DataFrame(
        {
            "visit": np.arange(len(due)),
            "participant": np.concatenate([visits.participant, never.participant]),
            "number": np.concatenate([visits.number, never.number]),
            "due": due,
            "day": np.concatenate([visits.day, np.full(len(never.due), NEVER_DAY)]),
            "known": due - PLANNED_BEFORE + rng.uniform(0.3, 0.8, len(due)),
        }
    )


def number_visits(made: pd.DataFrame, places: Ints, planned: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with ``validation_id``, numbered in the order in which visits became known, planned or made."""
    made = made.assign(visit=places)
    known = pd.concat([made[["visit", "known"]], planned[["visit", "known"]]]).groupby("visit")["known"].min()
    order = known.sort_values(kind="stable").index
    name = pd.Series([f"V{k:06d}" for k in range(1, len(order) + 1)], index=order)
    return made.assign(validation_id=made["visit"].map(name)), planned.assign(validation_id=planned["visit"].map(name))
