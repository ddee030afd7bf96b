"""Laws of what a simulated program tells about itself: captures, cross references, plans, mergers and defects."""

from pathlib import Path

import pandas as pd
import pytest

from records.simulate.defects import KINDS
from records.simulate.program import simulate_program
from records.tables import TABLES

END = pd.Timestamp("2024-10-01")
CONTENTS = ("occurred_on", "reported_on", "incident_type", "severity", "discovery", "port", "quantity_kg")


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("records") / "program"
    simulate_program(out, seed=12, participants=3000, years=6)
    return out


def table(program: Path, name: str) -> pd.DataFrame:
    parts = [
        pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""]).assign(source=path.name.split(".")[1])
        for path in program.glob(f"{name}.*")
    ]
    rows = pd.concat(parts, ignore_index=True)
    for column in TABLES[name].all_columns:
        if column.kind in ("date", "moment") and column.name in rows:
            rows[column.name] = pd.to_datetime(rows[column.name], format="ISO8601")
    return rows.sort_values([*TABLES[name].key, "known_at"], kind="stable", ignore_index=True)


def truth(program: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(program / "truth" / f"{name}.parquet")


def defects(program: Path, kind: str) -> pd.DataFrame:
    return truth(program, "defects").query("kind == @kind")


def standing(program: Path) -> pd.DataFrame:
    """The last version of every incident that is not retracted."""
    last = table(program, "incidents").drop_duplicates("incident_id", keep="last")
    return last[last["retracted"] == "false"].set_index("incident_id")


def cross_references(program: Path) -> pd.DataFrame:
    rows = table(program, "incidents")
    return rows[rows["source"] != rows["discovery"]]


def test_the_sources_of_an_incident_and_of_its_duplicates_are_its_captures(program):
    told = table(program, "incidents")[["incident_id", "source"]]
    again = truth(program, "duplicates").set_index("incident_id")["duplicate_of"]
    told["incident_id"] = told["incident_id"].map(again).fillna(told["incident_id"])
    first = truth(program, "incidents").dropna(subset=["incident_id"]).drop_duplicates("truth_id")
    names = first.set_index("incident_id")["truth_id"]
    got = told.assign(truth_id=told["incident_id"].map(names)).dropna(subset=["truth_id"])
    captured = truth(program, "captures")
    assert set(zip(got["truth_id"], got["source"], strict=True)) == set(
        zip(captured["truth_id"], captured["channel"], strict=True)
    )
    assert captured.groupby("truth_id").size().max() > 1


def test_without_its_retracted_duplicates_an_incident_still_names_nearly_all_its_sources(program):
    told = table(program, "incidents")
    gone = set(told["incident_id"]) - set(standing(program).index)
    again = truth(program, "duplicates").set_index("incident_id")["duplicate_of"]
    left = told[~told["incident_id"].isin(gone)]
    pairs = set(zip(left["incident_id"].map(again).fillna(left["incident_id"]), left["source"], strict=True))
    lost = [(again[name], name) for name in gone & set(again.index)]
    channels = told.drop_duplicates("incident_id").set_index("incident_id")["source"]
    kept = [(original, channels[name]) in pairs for original, name in lost]
    assert sum(kept) >= 0.9 * len(kept) > 0


def test_a_cross_reference_changes_nothing_but_source_and_the_dates_of_discovery(program):
    rows = table(program, "incidents")
    before = rows.groupby("incident_id")[list(CONTENTS)].shift()
    added = rows["source"] != rows["discovery"]
    assert added.sum() > 50
    assert (rows.groupby("incident_id").cumcount()[added] > 0).all()
    for column in CONTENTS:
        same = (rows[column] == before[column]) | (rows[column].isna() & before[column].isna())
        assert same[added].all(), column
    assert not rows.duplicated(["incident_id", "known_at"]).any()


def test_an_amendment_after_a_cross_reference_still_holds_and_keeps_the_dates(program):
    rows = table(program, "incidents")
    for column in ("discovered_on", "self_reported_on"):
        known = rows.groupby("incident_id")[column].ffill()
        assert (known.isna() == rows[column].isna()).all(), column
    amended = rows[rows["source"] == rows["discovery"]].drop_duplicates("incident_id", keep="last")
    final = standing(program)
    for column in CONTENTS:
        told = amended.set_index("incident_id")[column].loc[final.index]
        assert ((told == final[column]) | (told.isna() & final[column].isna())).all(), column


def test_who_was_first_agrees_with_the_dates_but_for_planted_slips(program):
    both = standing(program).dropna(subset=["discovered_on", "self_reported_on"])
    slips = set(defects(program, "inconsistent")["key"])
    both = both[~both.index.isin(slips)]
    first = both["self_reported_before_discovery"] == "true"
    assert (both["self_reported_on"] <= both["discovered_on"])[first].all()
    other = both[~first & (both["discovery"] != "self_report")]
    assert len(other)
    assert (other["discovered_on"] <= other["self_reported_on"]).all()


def test_a_merged_account_has_withdrawn_and_a_few_mergers_are_undone(program):
    merges = table(program, "merges")
    statuses = table(program, "statuses")
    withdrawn = set(statuses.loc[statuses["status"] == "withdrawn", "participant_id"])
    assert set(merges["participant_id"]) <= withdrawn
    assert not set(merges["into_participant_id"]) & set(merges["participant_id"])
    assert (merges["known_at"] > merges["effective_on"]).all()
    numbers = table(program, "identifiers").dropna(subset=["valid_to"])
    moved = numbers.groupby("participant_id")["valid_to"].first()
    assert (merges["effective_on"] == merges["participant_id"].map(moved)).mean() > 0.9


def test_a_visit_stays_open_until_it_is_made_or_the_participant_leaves(program):
    visits = table(program, "validations")
    planned = visits[visits["performed_on"].isna()]
    assert (planned["due_on"] < END).all()
    assert len(planned) > 100
    last = visits.drop_duplicates("validation_id", keep="last").set_index("validation_id")
    overdue = last[last["performed_on"].isna() & (last["retracted"] == "false")]
    assert 0 < len(overdue) < 0.2 * len(last)
    made = last[last["performed_on"].notna()]
    assert (visits.drop_duplicates("validation_id").set_index("validation_id")["due_on"] == last["due_on"]).all()
    assert made["outcome"].notna().all()


def test_addresses_are_registered_plainly_and_reported_with_gaps_and_errors(program):
    people = table(program, "participants").drop_duplicates("participant_id").set_index("participant_id")
    assert not people["address"].str.contains(",").any()
    assert people["address"].str.contains(r" \d{5}$").all()
    parties = table(program, "involvements").merge(truth(program, "links"), on=["incident_id", "party_no"])
    country = parties["participant_id_y"].map(people["country"])
    told = parties["party_country"].notna()
    assert 0.1 < (~told).mean() < 0.35
    assert (parties["party_country"] == country)[told].mean() > 0.97
    address = parties["participant_id_y"].map(people["address"])
    written = parties["party_address"].notna()
    assert 0.5 < (~written).mean() < 0.8
    assert 0.2 < (parties["party_address"] == address)[written].mean() < 0.6


def test_every_planted_defect_names_a_row_of_its_table(program):
    listed = truth(program, "defects")
    assert set(listed["kind"]) == set(KINDS)
    for name, rows in listed.groupby("table"):
        sent = table(program, str(name))
        keys = [sent[column] for column in TABLES[str(name)].key]
        text = [key.dt.strftime("%Y-%m-%d") if key.dtype.kind == "M" else key for key in keys]
        assert set(rows["key"]) <= set(text[0].str.cat(text[1:], sep="|")), name
    assert not listed.duplicated(["kind", "table", "key", "detail"]).any()


def test_what_is_planted_can_be_counted_in_the_files(program):
    incidents, actions = standing(program), table(program, "actions")
    for column, rows in defects(program, "missing_value").groupby("detail"):
        gaps = set(incidents.index[incidents[column].isna()])
        # Not every incident has a quantity or happens in a conveyance.
        assert set(rows["key"]) <= gaps
        assert set(rows["key"]) == gaps or column in ("quantity_kg", "conveyance_number")
    about = actions.dropna(subset=["incident_id"])
    occurred = about["incident_id"].map(incidents["occurred_on"])
    before = set(about.loc[about["decided_on"] < occurred, "action_id"])
    planted = defects(program, "inconsistent")
    wrong = set(planted.loc[planted["table"] == "actions", "key"])
    assert before <= wrong
    found = incidents[["discovered_on", "self_reported_on"]].min(axis=1)
    early = set(incidents.index[found < incidents["occurred_on"]])
    assert early <= set(planted.loc[planted["table"] == "incidents", "key"])
    assert early


def test_status_changes_without_action_are_those_that_no_action_is_about(program):
    statuses, actions = table(program, "statuses"), table(program, "actions")
    ends = statuses[statuses["status"].isin(["suspended", "removed"])]
    kind = ends["status"].map({"suspended": "suspension", "removed": "removal"})
    key = ends["participant_id"] + "|" + ends["effective_on"].dt.strftime("%Y-%m-%d")
    bare = key.isin(set(defects(program, "status_without_action")["key"]))
    pairs = set(zip(actions["participant_id"], actions["kind"], strict=True))
    found = pd.Series([pair in pairs for pair in zip(ends["participant_id"], kind, strict=True)], index=ends.index)
    assert found[~bare].all()
    assert 0.05 < bare.mean() < 0.3


def test_a_repeated_action_is_about_the_same_participant_and_incident(program):
    actions = table(program, "actions").set_index("action_id")
    twice = defects(program, "duplicate_action")
    copy, first = actions.loc[twice["key"]], actions.loc[twice["detail"]]
    assert (copy["participant_id"].to_numpy() == first["participant_id"].to_numpy()).all()
    assert (copy["incident_id"].fillna("").to_numpy() == first["incident_id"].fillna("").to_numpy()).all()
    assert (copy["known_at"].to_numpy() > first["known_at"].to_numpy()).all()
