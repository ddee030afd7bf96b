"""Laws of a simulated program's files, on a small one: valid, repeatable, in order of time, true to the truth."""

import filecmp
import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from records.door import admit
from records.ingest import ingest
from records.known import current
from records.lake import Lake
from records.simulate.errors import SimulationRefused, UnknownScenario
from records.simulate.program import simulate_program
from records.tables import TABLES

SIZE = {"participants": 400, "years": 5}
SENT = set(TABLES) - {"duplicates"}
START, END = pd.Timestamp("2019-10-01"), pd.Timestamp("2024-10-01")


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("simulated") / "program"
    simulate_program(out, seed=41, **SIZE)
    return out


@pytest.fixture(scope="module")
def larger(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("larger") / "program"
    simulate_program(out, seed=3, participants=1500, years=8)
    return out


def data_files(program: Path) -> list[Path]:
    return sorted(path for path in program.iterdir() if path.suffix in (".csv", ".parquet"))


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])


def table(program: Path, name: str) -> pd.DataFrame:
    parts = [read(path).assign(source=path.name.split(".")[1]) for path in program.glob(f"{name}.*")]
    rows = pd.concat(parts, ignore_index=True)
    for column in TABLES[name].all_columns:
        if column.kind in ("date", "moment") and column.name in rows:
            rows[column.name] = pd.to_datetime(rows[column.name], format="ISO8601")
    return rows


def truth(program: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(program / "truth" / f"{name}.parquet")


def of_participant(rows: pd.DataFrame, participant_id: str) -> pd.DataFrame:
    return rows[rows["participant_id"] == participant_id]


def latest(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    return rows.sort_values("known_at", kind="stable").drop_duplicates(key, keep="last")


def test_the_same_seed_gives_the_same_bytes_of_every_file(program, tmp_path):
    simulate_program(tmp_path / "again", seed=41, **SIZE)
    names = sorted(str(path.relative_to(program)) for path in program.rglob("*") if path.is_file())
    again = sorted(
        str(path.relative_to(tmp_path / "again")) for path in (tmp_path / "again").rglob("*") if path.is_file()
    )
    assert names == again
    assert filecmp.cmpfiles(program, tmp_path / "again", names, shallow=False)[0] == names


def test_another_seed_gives_another_program(program, tmp_path):
    simulate_program(tmp_path / "other", seed=42, **SIZE)
    assert all(not filecmp.cmp(path, tmp_path / "other" / path.name, shallow=False) for path in data_files(program))


def test_every_table_but_duplicates_is_sent_and_every_row_passes_the_door(program):
    files = data_files(program)
    assert {path.name.split(".")[0] for path in files} == SENT
    for path in files:
        name, source = path.name.split(".")[:2]
        arrival = admit(read(path), name, source=source, file=path.name, now=END)
        assert not arrival.problems, [str(problem) for problem in arrival.problems]
        assert len(arrival.rows), path.name


def test_nothing_becomes_known_before_the_record_or_after_its_end(program):
    for name in SENT:
        known = table(program, name)["known_at"]
        assert known.min() >= START, name
        assert known.max() < END, name


def test_an_incident_occurs_before_it_is_reported_before_it_is_known(program):
    incidents = table(program, "incidents")
    assert (incidents["occurred_on"] >= START).all()
    reported = incidents["reported_on"]
    assert ((incidents["occurred_on"] <= reported) | reported.isna()).all()
    assert ((reported <= incidents["known_at"]) | reported.isna()).all()
    assert reported.isna().mean() < 0.05


def test_no_incident_of_a_participant_precedes_its_enrollment_or_follows_its_exit(program):
    happened = truth(program, "incidents").query("participant_id == participant_id")
    people = latest(table(program, "participants"), ["participant_id"]).set_index("participant_id")
    statuses = latest(table(program, "statuses"), ["participant_id", "effective_on"])
    left = statuses[statuses["status"].isin(["removed", "withdrawn"])].set_index("participant_id")["effective_on"]
    first = happened["participant_id"].map(people["enrolled_on"])
    last = happened["participant_id"].map(left).fillna(END)
    assert (happened["occurred_on"] <= last).all()
    # A joint incident can fall in the month in which the second participant is certified.
    assert (happened["occurred_on"] >= first - pd.Timedelta(days=31)).all()


def test_each_standing_begins_with_application_and_nothing_follows_an_exit(program):
    statuses = table(program, "statuses").sort_values(["participant_id", "effective_on"])
    assert not statuses.duplicated(["participant_id", "effective_on"]).any()
    groups = statuses.groupby("participant_id")["status"]
    assert (groups.first() == "applicant").all()
    ends = statuses["status"].isin(["removed", "withdrawn"])
    assert (statuses[ends].index == statuses[ends].groupby("participant_id").tail(1).index).all()
    assert groups.last()[statuses[ends]["participant_id"]].isin(["removed", "withdrawn"]).all()


def test_the_observed_flag_says_that_the_record_holds_the_incident(program):
    happened = truth(program, "incidents")
    recorded = set(table(program, "incidents")["incident_id"])
    assert (happened["observed"] == happened["incident_id"].notna()).all()
    assert set(happened["incident_id"].dropna()) <= recorded
    assert 0.2 < happened["observed"].mean() < 0.8
    repeated = truth(program, "duplicates")
    assert set(repeated["incident_id"]) <= recorded
    assert set(repeated["duplicate_of"]) <= set(happened["incident_id"].dropna())
    assert not set(repeated["incident_id"]) & set(happened["incident_id"].dropna())


def test_true_links_belong_to_recorded_parties_and_to_the_true_incidents_participants(program):
    links = truth(program, "links")
    parties = table(program, "involvements")[["incident_id", "party_no"]].drop_duplicates()
    assert len(links.merge(parties, on=["incident_id", "party_no"])) == len(links)
    happened = truth(program, "incidents").dropna(subset=["incident_id"])
    pairs = set(zip(links["incident_id"], links["participant_id"], strict=True))
    assert set(zip(happened["incident_id"], happened["participant_id"], strict=True)) <= pairs


def test_the_final_version_of_an_original_record_tells_the_truth(program):
    final = latest(table(program, "incidents"), ["incident_id"]).set_index("incident_id")
    versions = table(program, "incidents").groupby("incident_id").size()
    assert (versions > 1).any()
    happened = truth(program, "incidents").dropna(subset=["incident_id"]).drop_duplicates("incident_id")
    told = final.loc[happened["incident_id"]]
    agree = (told["incident_type"].to_numpy() == happened["incident_type"].to_numpy()).mean()
    # An amendment that falls after the record's end leaves the first draft.
    assert agree > 0.97
    assert (told["retracted"] == "false").all()


def test_a_false_alarm_stands_until_it_is_retracted(program):
    final = latest(table(program, "incidents"), ["incident_id"])
    assert final["retracted"].eq("true").any()


def test_intensity_counts_the_true_incidents(program):
    intensity, happened = truth(program, "intensity"), truth(program, "incidents")
    expected, got = intensity["intensity"].sum(), len(happened)
    assert abs(got - expected) < 5 * np.sqrt(expected)
    assert intensity["detection"].between(0, 1).all()
    assert len(intensity) == SIZE["participants"] * SIZE["years"] * 12
    above = intensity.groupby("participant_id")["intensity"].sum().rank(pct=True)
    assert happened["participant_id"].map(above).mean() > 0.9


def test_a_merged_account_hands_its_numbers_to_another(larger):
    numbers = latest(table(larger, "identifiers"), ["participant_id", "scheme", "value"])
    ended = numbers.dropna(subset=["valid_to"])
    both = ended.merge(numbers, on=["scheme", "value"], suffixes=("", "_heir"))
    both = both[both["participant_id"] != both["participant_id_heir"]]
    assert len(both) == len(ended) > 0
    assert (both["valid_to"] == both["valid_from_heir"]).all()


def test_the_audits_case_is_in_the_record(program):
    case = json.loads((program / "truth" / "facts.json").read_text())["audit_case"]
    happened = of_participant(truth(program, "incidents"), case).query("observed").sort_values("occurred_on")
    first = happened.iloc[0]
    assert START <= first["occurred_on"] < START + pd.DateOffset(years=1)
    actions = of_participant(table(program, "actions"), case)
    assert first["incident_id"] not in set(actions["incident_id"])
    statuses = of_participant(table(program, "statuses"), case).sort_values("effective_on")
    suspended = statuses.query("status == 'suspended' and effective_on >= @START")["effective_on"].iloc[0]
    assert pd.Timedelta(days=22 * 30) < suspended - first["occurred_on"] < pd.Timedelta(days=26 * 31)
    assert (happened["occurred_on"] < suspended).sum() >= 25
    assert actions.empty or actions["decided_on"].min() >= suspended - pd.Timedelta(days=6)


def test_legacy_enforcement_is_incomplete_and_rarely_documented(larger):
    actions, incidents = table(larger, "actions"), table(larger, "incidents")
    acted = incidents["incident_id"].isin(set(actions["incident_id"].dropna())).mean()
    assert 0.1 < acted < 0.7
    assert actions["criterion"].isna().mean() > 0.7
    cases = actions.dropna(subset=["incident_id"]).groupby("incident_id")["kind"].nunique()
    assert (cases > 1).any()


def test_linked_by_number_and_name_the_record_finds_nearly_every_true_party_and_hardly_a_wrong_one(larger, tmp_path):
    lake = Lake(tmp_path / "lake")
    ingest(larger, lake, now=END + pd.Timedelta(days=1))
    parties = current(lake.read_stored())["involvements"].merge(
        truth(larger, "links"), on=["incident_id", "party_no"], how="left", suffixes=("", "_true")
    )
    linked, real = parties["participant_id"].notna(), parties["participant_id_true"].notna()
    right = parties["participant_id"] == parties["participant_id_true"]
    assert right[real].mean() > 0.9
    assert right[linked].mean() > 0.97
    assert (~linked).mean() < 0.2


def test_an_unknown_scenario_is_refused_with_the_names_there_are(tmp_path):
    with pytest.raises(UnknownScenario, match=r"default, low_noise, .*got 'quiet'"):
        simulate_program(tmp_path / "x", seed=1, scenario="quiet")


def test_too_small_a_program_or_an_end_inside_a_month_is_refused(tmp_path):
    with pytest.raises(SimulationRefused, match="at least 50 participants"):
        simulate_program(tmp_path / "x", seed=1, participants=10)
    with pytest.raises(SimulationRefused, match="first day of a month"):
        simulate_program(tmp_path / "x", seed=1, participants=60, years=2, end=date(2024, 10, 15))
    assert not (tmp_path / "x").exists()


def test_an_earlier_program_is_replaced_and_foreign_files_are_refused(tmp_path):
    simulate_program(tmp_path / "x", seed=1, participants=60, years=2)
    simulate_program(tmp_path / "x", seed=2, participants=60, years=2)
    assert "seed 2" in (tmp_path / "x" / "program.toml").read_text()
    (tmp_path / "x" / "notes.txt").write_text("mine")
    with pytest.raises(SimulationRefused, match="holds other files"):
        simulate_program(tmp_path / "x", seed=1, participants=60, years=2)
    assert (tmp_path / "x" / "notes.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
