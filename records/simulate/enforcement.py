"""Standing over time as rows, and what the program decided, as unevenly as the audit found it."""

import numpy as np
import pandas as pd

from records.simulate.geography import OFFICES
from records.simulate.incidents import History, World
from records.simulate.observation import Entries
from records.simulate.standing import FAILED_VISIT, INCIDENTS, NEVER_DAY, OTHER_REASON

ACTED_SHARE = 0.42
"""Share of entries about participants that have any action at all: an assumption."""
SECOND_KIND_SHARE = 0.06
"""Share of actions that stand in the record twice, with a different step or date."""
MISDATED_SHARE = 0.01
"""Share of actions about incidents whose date is before that of the incident."""

_REASONS = {
    FAILED_VISIT: ("failed validation", "criteria not met at visit", "validation findings"),
    OTHER_REASON: ("no answer to request", "ownership change not reported", "authority lapsed", "false statement"),
    INCIDENTS: ("security incident", "repeated seal and drug incidents", "incidents, see case file"),
}
_KINDS = np.array(
    ["no_action", "outreach", "request_for_information", "post_incident_analysis", "corrective_action_plan",
     "targeted_revalidation", "partial_benefit_loss", "law_enforcement_referral"]
)  # fmt: skip
_KIND_SHARES = np.array([0.06, 0.26, 0.22, 0.22, 0.10, 0.06, 0.04, 0.04])


def status_rows(rng: np.random.Generator, world: World, history: History) -> pd.DataFrame:
    """Rows of the statuses table with ``known`` and ``why`` (reason code) beside."""
    population, plan, calendar = world.population, world.plan, world.calendar
    events: list[tuple[int, int, str, int]] = []

    def add(who: np.ndarray, days: np.ndarray, what: str, why: np.ndarray | int = 0) -> None:
        codes = np.broadcast_to(np.asarray(why), np.shape(who))
        events.extend(zip(who.tolist(), days.tolist(), [what] * len(who), codes.tolist(), strict=True))

    everyone = np.arange(len(population))
    add(everyone, population.enrolled - rng.integers(20, 90, len(population)), "applicant")
    add(everyone, population.enrolled, "certified")
    for days, what in ((plan.validated, "validated"), (plan.top_tier, "top_tier")):
        held = np.flatnonzero(days < min(calendar.days, NEVER_DAY))
        add(held, days[held], what)
    for who, month, why in history.suspensions:
        add(who, calendar.first_days[month] + rng.integers(0, 28, len(who)), "suspended", why)
    for what, changes in (("reinstated", history.reinstatements), ("removed", history.removals)):
        for who, month in changes:
            add(who, calendar.first_days[month] + rng.integers(0, 3, len(who)), what)
    left = np.flatnonzero(plan.leaves < calendar.months)
    add(left, calendar.first_days[plan.leaves[left]] + rng.integers(0, 3, len(left)), "withdrawn")
    rows = pd.DataFrame(_walk(sorted(events)), columns=["participant", "day", "status", "tier", "why"])
    return _dress(rng, world, rows)


def _walk(events: list[tuple[int, int, str, int]]) -> list[tuple[int, int, str, str | None, int]]:
    """Standing after each event, participant by participant; nothing follows a removal or withdrawal.

    A tier reached while suspended is given at reinstatement. Days of one participant are made distinct.
    """
    rows: list[tuple[int, int, str, str | None, int]] = []
    current, tier, suspended, over, last = -1, "1", False, False, 0
    for who, day, what, why in events:
        if who != current:
            current, tier, suspended, over, last = who, "1", False, False, -NEVER_DAY
        if over:
            continue
        tier = {"validated": "2", "top_tier": "3"}.get(what, tier)
        if what in ("validated", "top_tier") and suspended:
            continue
        suspended = what == "suspended"
        over = what in ("removed", "withdrawn")
        day = max(day, last + 1)
        last = day
        standing = "certified" if tier == "1" else "validated"
        status = what if what in ("applicant", "suspended", "removed", "withdrawn") else standing
        rows.append((who, day, status, tier if status in ("certified", "validated") else None, why))
    return rows


def _dress(rng: np.random.Generator, world: World, rows: pd.DataFrame) -> pd.DataFrame:
    calendar, size = world.calendar, len(rows)
    first_standing = rows.groupby("participant")["day"].transform("min").to_numpy()
    lag = rng.lognormal(np.log(4), 0.8, size) + 0.4
    known = np.where(rows["day"] < 0, rng.uniform(0.3, 1.9, size), rows["day"] + lag)
    enrolled = world.population.enrolled[rows["participant"]]
    known = np.where((first_standing < 0) & (enrolled >= 0) & (rows["day"] < 0), 1.0 + rng.random(size), known)
    pick = rng.integers(0, 12, size)
    why = rows["why"].to_numpy()
    reason = [_REASONS[code][k % len(_REASONS[code])] if code else None for code, k in zip(why, pick, strict=True)]
    reason = [None if k < 3 else text for text, k in zip(reason, pick, strict=True)]
    audit = (rows["participant"] == world.audit.participant) & (rows["status"] == "suspended")
    return (
        rows.assign(
            participant_id=np.array(world.population.participant_id, dtype=object)[rows["participant"]],
            effective_on=calendar.dates(rows["day"].to_numpy()),
            reason=pd.Series(reason, dtype="str").mask(audit, "repeated seal and drug incidents"),
            known=known,
        )
        .query("known < @calendar.days and day < @calendar.days")
        .reset_index(drop=True)
    )


def action_rows(
    streams: dict[str, np.random.Generator],
    world: World,
    entries: Entries,
    statuses: pd.DataFrame,
    first_known: pd.Series,
) -> pd.DataFrame:
    """Rows of the actions table with ``known``: many entries without action, most actions without criterion or reason.

    The audit's participant gets no action until its suspension. Beside the table's columns: ``repeats``, the action_id
    that a row repeats; ``misdated``, decided before its incident occurred; ``status``, the row of ``statuses`` that an
    action is about (-1: none).
    """
    rng = streams["actions"]
    about_entries = _act_on_entries(rng, world, entries, first_known)
    about_standing = _act_on_standing(rng, world, statuses)
    rows = pd.concat([about_entries, about_standing], ignore_index=True)
    rows = rows.assign(number=np.arange(len(rows)), again=False)
    again = rows[rng.random(len(rows)) < SECOND_KIND_SHARE].copy()
    again["day"] += rng.integers(0, 25, len(again))
    again["known"] = np.maximum(again["known"], again["day"]) + rng.uniform(1, 60, len(again))
    softer = again["kind"].isin(_KINDS) & (rng.random(len(again)) < 0.6)
    again["kind"] = np.where(softer, _KINDS[rng.choice(len(_KINDS), len(again), p=_KIND_SHARES)], again["kind"])
    rows = pd.concat([rows, again.assign(again=True)], ignore_index=True)
    rows = rows[(rows["known"] < world.calendar.days) & (rows["day"] < world.calendar.days)]
    rows = rows.sort_values(["known", "participant"], kind="stable", ignore_index=True)
    size = len(rows)
    documented = rng.random(size)
    office = np.array(OFFICES)[world.population.office[rows["participant"]]]
    signer = np.where(rows["central"], "Headquarters", "")
    action_id = pd.Series([f"A{k:06d}" for k in range(1, size + 1)], dtype="str")
    first = pd.Series(action_id[~rows["again"]].to_numpy(), index=rows.loc[~rows["again"], "number"])
    rows = _misdate(streams["slips"], entries, rows)
    return rows.assign(
        action_id=action_id,
        repeats=rows["number"].map(first).where(rows["again"]),
        participant_id=np.array(world.population.participant_id, dtype=object)[rows["participant"]],
        decided_on=world.calendar.dates(rows["day"].to_numpy()),
        criterion=pd.Series("legacy practice", index=rows.index, dtype="str").where(documented < 0.10),
        reason=pd.Series("see case file", index=rows.index, dtype="str").where(documented < 0.30),
        decided_by=np.where(signer == "", np.char.add(office.astype(str), " office"), signer),
    )


def _misdate(rng: np.random.Generator, entries: Entries, rows: pd.DataFrame) -> pd.DataFrame:
    """The actions, a few of them dated before their incident occurred."""
    wrong = (rng.random(len(rows)) < MISDATED_SHARE) & (rows["place"] >= 0).to_numpy()
    early = entries.day[rows["place"].clip(lower=0)] - rng.integers(1, 40, len(rows))
    return rows.assign(day=np.where(wrong, early, rows["day"]), misdated=wrong)


def _act_on_entries(rng: np.random.Generator, world: World, entries: Entries, first_known: pd.Series) -> pd.DataFrame:
    place = np.flatnonzero((entries.lead >= 0) & (entries.lead != world.audit.participant))
    office = world.population.office[entries.lead[place]]
    diligence = np.array([0.5, 1.0, 1.4])[office % 3]
    place = place[rng.random(len(place)) < ACTED_SHARE * diligence]
    known = first_known.reindex(place).to_numpy()
    day = np.floor(known + rng.lognormal(np.log(25), 0.9, len(place))).astype(np.int64)
    return pd.DataFrame(
        {
            "place": place,
            "status": -1,
            "participant": entries.lead[place],
            "incident_id": np.array(entries.incident_id, dtype=object)[place],
            "kind": _KINDS[rng.choice(len(_KINDS), len(place), p=_KIND_SHARES)],
            "day": day,
            "known": day + rng.lognormal(np.log(12), 1.0, len(place)) + 0.4,
            "central": False,
        }
    )


def _act_on_standing(rng: np.random.Generator, world: World, statuses: pd.DataFrame) -> pd.DataFrame:
    changed = statuses[statuses["status"].isin(["suspended", "removed"]) & (statuses["day"] >= 0)]
    audit = changed["participant"] == world.audit.participant
    changed = changed[(rng.random(len(changed)) < 0.85) | audit]
    kind = np.where(changed["status"] == "suspended", "suspension", "removal")
    day = (changed["day"] - rng.integers(0, 6, len(changed))).clip(lower=0)
    known = np.maximum(changed["known"], day) + rng.uniform(0, 30, len(changed))
    columns = {"participant": changed["participant"], "incident_id": None, "kind": kind, "day": day, "known": known}
    return pd.DataFrame(columns).assign(place=-1, status=changed.index, central=True).reset_index(drop=True)
