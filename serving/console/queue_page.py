"""The queue: what capacity buys, then who, how likely and how sure, and why."""

from typing import Any

import pandas as pd

from records.known import Records, known_before
from serving.access.scope import only_visible
from serving.answers import queue_places
from serving.scoreboard import Cohort
from serving.wiring import Workspace

BELOW = 5
"""Places shown under the capacity line: who comes next."""
REASONS_SHOWN = 2
NOT_RATED_SHOWN = 10
NEW_FACT_DAYS = 90
CSV_COLUMNS = (
    "place",
    "drawn",
    "participant_id",
    "name",
    "business_type",
    "field_office",
    "probability",
    "lower",
    "upper",
    "expected_incidents",
    "rank",
    "reasons",
    "as_of",
    "model_version",
    "data_version",
)


def queue_content(workspace: Workspace, as_of: pd.Timestamp, capacity: int | None) -> dict[str, Any]:
    """Everything that the queue's page shows."""
    cohort, whole = workspace.queue(as_of, capacity, below=BELOW)
    drawn = only_visible(whole, workspace.records, as_of)
    places = queue_places(cohort, drawn)
    within = int(drawn["above_capacity_line"].sum())
    profiles = _profiles(workspace.records, as_of, [place["participant_id"] for place in places])
    above, below = places[:within], places[within:]
    expected = sum(place["expected_incidents"] for place in above)
    rated = cohort.frame[cohort.frame["rated"]]
    all_expected = float(rated["expected_incidents"].sum())
    asked = workspace.settings.capacity if capacity is None else capacity
    by_rank = [place["probability"] for place in above if place["drawn"] == "rank"]
    return {
        "as_of": as_of,
        "capacity": asked,
        "horizon_days": workspace.usable_model().horizon_days,
        "above": above,
        "below": below,
        "profiles": profiles,
        "at_random": sum(place["drawn"] == "audit" for place in above),
        "expected": expected,
        "all_expected": all_expected,
        "share_expected": expected / all_expected if all_expected else None,
        "share_places": within / cohort.rated if cohort.rated else None,
        "line": min(by_rank) if by_rank else None,
        "cohort": cohort,
        "reasons_shown": REASONS_SHOWN,
        "not_rated": _not_rated(workspace.records, cohort, as_of),
        "not_rated_shown": NOT_RATED_SHOWN,
        "new_fact_days": NEW_FACT_DAYS,
    }


def csv_rows(workspace: Workspace, as_of: pd.Timestamp, capacity: int | None) -> list[list[Any]]:
    """The places within capacity, in the columns of :data:`CSV_COLUMNS`."""
    cohort, drawn = workspace.queue(as_of, capacity)
    places = queue_places(cohort, only_visible(drawn, workspace.records, as_of))
    profiles = _profiles(workspace.records, as_of, [place["participant_id"] for place in places])
    rows = []
    for place in places:
        profile = profiles.get(place["participant_id"], {})
        content = {
            **place,
            "name": profile.get("legal_name"),
            "business_type": profile.get("business_type"),
            "field_office": profile.get("field_office"),
            "reasons": "; ".join(reason["phrase"] for reason in place["reasons"]),
            "as_of": f"{as_of:%Y-%m-%d}",
            "model_version": workspace.model_version,
            "data_version": workspace.records.data_version,
        }
        rows.append([content[name] for name in CSV_COLUMNS])
    return rows


def _profiles(records: Records, as_of: pd.Timestamp, participant_ids: list[str]) -> dict[str, dict[str, Any]]:
    frame = records["participants"]
    own = Records({"participants": frame[frame["participant_id"].isin(participant_ids)]})
    known = known_before(own, as_of)["participants"].astype(object)
    rows = known.where(known.notna(), None).to_dict("records")
    return {str(row["participant_id"]): {str(name): value for name, value in row.items()} for row in rows}


def _not_rated(records: Records, cohort: Cohort, as_of: pd.Timestamp) -> dict[str, Any]:
    """Who has no score, and of these the ones with a new fact: a person should look at them."""
    without = only_visible(cohort.frame[~cohort.frame["rated"].astype(bool)], records, as_of)
    links = records["involvements"]
    links = links[~links["retracted"]]
    recent = links["known_at"].between(as_of - pd.Timedelta(days=NEW_FACT_DAYS), as_of, inclusive="left")
    named = links.loc[recent & links["participant_id"].isin(without["participant_id"]), "participant_id"].unique()
    with_fact = without[without["participant_id"].isin(named)]
    shown = with_fact.head(NOT_RATED_SHOWN)
    return {
        "count": len(without),
        "with_fact": len(with_fact),
        "rows": shown[["participant_id", "not_rated_reason"]].to_dict("records"),
        "profiles": _profiles(records, as_of, shown["participant_id"].tolist()),
    }
