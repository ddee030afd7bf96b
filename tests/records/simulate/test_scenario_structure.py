"""The structure that each scenario is for appears in what the simulator writes, and is not there by default."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import rankdata, spearmanr

from records.simulate.errors import UnknownScenario
from records.simulate.program import SimulationSummary, simulate_program
from records.simulate.scenarios import MEANINGS, SCENARIOS
from trustlane import main

PARTICIPANTS, YEARS, SEED = 2500, 8, 5
START, END = pd.Timestamp("2016-10-01"), pd.Timestamp("2024-10-01")


@dataclass(frozen=True)
class Written:
    """What a scenario wrote; ``intensity`` and ``detection`` by participant and month, ``people`` in their order."""

    summary: SimulationSummary
    people: pd.DataFrame
    intensity: pd.DataFrame
    detection: pd.DataFrame
    happened: pd.DataFrame
    captures: pd.DataFrame
    incidents: pd.DataFrame
    visits: pd.DataFrame
    merges: pd.DataFrame
    exposures: pd.DataFrame
    facts: dict[str, object]
    reporters: pd.DataFrame | None

    def recorded(self, since: str, until: str) -> pd.Series:
        """Recorded incidents by participant, from ``since`` to before ``until``."""
        seen = self.happened[self.happened["observed"]]
        inside = seen[(seen["occurred_on"] >= since) & (seen["occurred_on"] < until)]
        return inside.groupby("participant_id").size().reindex(self.people.index, fill_value=0)


@cache
def written(scenario: str) -> Written:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "program"
        summary = simulate_program(out, participants=PARTICIPANTS, years=YEARS, seed=SEED, scenario=scenario)
        monthly = pd.read_parquet(out / "truth" / "intensity.parquet")
        people = pd.read_csv(out / "participants.portal.csv", dtype="str").drop_duplicates("participant_id")
        people = people.set_index("participant_id")
        incidents = pd.concat([pd.read_csv(path, dtype="str") for path in sorted(out.glob("incidents.*"))])
        reporters = out / "truth" / "reporters.parquet"
        return Written(
            summary,
            people,
            monthly.pivot_table(index="participant_id", columns="month", values="intensity").loc[people.index],
            monthly.pivot_table(index="participant_id", columns="month", values="detection").loc[people.index],
            pd.read_parquet(out / "truth" / "incidents.parquet"),
            pd.read_parquet(out / "truth" / "captures.parquet"),
            incidents.sort_values("known_at").drop_duplicates("incident_id"),
            pd.read_csv(out / "validations.field_office.csv", dtype="str"),
            pd.read_csv(out / "merges.portal.csv", dtype="str"),
            pd.read_parquet(out / "exposures.trade.parquet"),
            json.loads((out / "truth" / "facts.json").read_text()),
            pd.read_parquet(reporters) if reporters.exists() else None,
        )


def auc(value: pd.Series, positive: pd.Series) -> float:
    ranks, count = rankdata(value), int(positive.sum())
    return (ranks[positive.to_numpy()].sum() - count * (count + 1) / 2) / (count * (len(value) - count))


def share_explained(value: pd.Series, *traits: pd.Series) -> float:
    """Share of the variance between the groups that traits make."""
    means = value.groupby([trait.to_numpy() for trait in traits]).transform("mean")
    return means.var() / value.var()


def test_gao_is_the_default_by_its_own_name(tmp_path):
    assert SCENARIOS["gao"] == SCENARIOS["default"]
    for name in ("gao", "default"):
        simulate_program(tmp_path / name, participants=60, years=2, seed=SEED, scenario=name)
    files = [path.relative_to(tmp_path / "gao") for path in (tmp_path / "gao").rglob("*") if path.is_file()]
    differing = [
        path for path in files if (tmp_path / "gao" / path).read_bytes() != (tmp_path / "default" / path).read_bytes()
    ]
    assert [str(path) for path in differing] == ["program.toml"]  # It names the scenario.


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_scenario_can_be_asked_for_on_the_command_line(name, tmp_path):
    said = CliRunner().invoke(
        main, ["simulate", "--out", str(tmp_path / "p"), "--participants", "60", "--years", "2", "--scenario", name]
    )
    assert said.exit_code == 0, said.output


def test_an_unknown_scenario_is_refused_with_the_list(tmp_path):
    with pytest.raises(UnknownScenario) as refused:
        simulate_program(tmp_path / "p", seed=1, scenario="gao2")
    assert all(name in str(refused.value) for name in SCENARIOS)


@pytest.mark.parametrize(
    "scenario", ["targeted_exams", "definition_change", "drift", "merged_accounts", "evasion", "self_reporters"]
)
def test_recorded_totals_stay_the_audits_in_proportion(scenario):
    summary = written(scenario).summary
    assert summary.incidents == pytest.approx(2200 * PARTICIPANTS / 11_700, rel=0.10)
    assert summary.involved == pytest.approx(480 * PARTICIPANTS / 11_700, rel=0.10)


def test_targeted_exams_part_detection_by_what_everyone_can_see():
    def by_traits(world: Written) -> float:
        month = world.detection[pd.Timestamp("2022-01-01")]
        return share_explained(
            np.log(month), *(world.people[name] for name in ("field_office", "country", "size_band"))
        )

    aimed, usual = written("targeted_exams"), written("gao")
    month = aimed.detection[pd.Timestamp("2022-01-01")]
    low, high = month.quantile([0.1, 0.9])
    assert high > 4 * low
    assert usual.detection[pd.Timestamp("2022-01-01")].quantile(0.9) < 2 * usual.detection[
        pd.Timestamp("2022-01-01")
    ].quantile(0.1)
    assert by_traits(aimed) > 0.6
    # The aim is not at the risk.
    assert abs(spearmanr(month, aimed.intensity.mean(axis=1)).statistic) < 0.35


def test_targeted_exams_turn_the_recorded_ranking_away_from_the_true_one():
    def agreement(world: Written) -> float:
        true, seen = world.intensity.mean(axis=1), (world.intensity * world.detection).mean(axis=1)
        worst = true >= true.quantile(0.9)
        return spearmanr(true[worst], seen[worst]).statistic

    assert 1 - agreement(written("targeted_exams")) > 5 * (1 - agreement(written("gao")))


def test_examinations_in_the_files_follow_the_aim():
    world = written("targeted_exams")
    sums = world.exposures.groupby("participant_id")[["shipments", "exams_targeted", "exams_random"]].sum()
    sums = sums[sums["shipments"] > 300]
    rate = (sums["exams_targeted"] + sums["exams_random"] + 1) / sums["shipments"]
    detection = world.detection.mean(axis=1).loc[sums.index]
    assert spearmanr(rate, detection).statistic > 0.8


def test_a_changed_definition_makes_recorded_counts_jump_and_risk_not():
    world = written("definition_change")
    date = pd.Timestamp(world.facts["changes_in"])
    assert date == pd.Timestamp("2021-10-01")
    day = pd.to_datetime(world.incidents["occurred_on"])
    monthly = day.dt.to_period("M").value_counts().sort_index()
    before, after = (monthly[monthly.index.start_time < date][-30:], monthly[monthly.index.start_time >= date][:30])
    assert after.mean() > 1.3 * before.mean()
    true = world.intensity.sum()
    assert true[true.index >= date][:30].mean() == pytest.approx(true[true.index < date][-30:].mean(), rel=0.25)
    types = world.incidents["incident_type"]
    # A report may still call an incident by a wrong name.
    assert (types[day < date] == "seal_tamper").mean() < 0.03 < (types[day >= date] == "seal_tamper").mean()
    assert (types[day >= date] == "counterfeit").mean() < 0.03 < (types[day < date] == "counterfeit").mean()


def test_drift_turns_effects_round_while_the_default_keeps_them():
    def kept(world: Written) -> float:
        """Agreement of the effects by field office and business type, first against last years."""
        log = np.log(world.intensity.where(world.intensity > 0))
        groups = [world.people["field_office"], world.people["business_type"]]
        early = log.loc[:, : pd.Timestamp("2019-10-01")].mean(axis=1).groupby(groups).mean()
        late = log.loc[:, pd.Timestamp("2023-01-01") :].mean(axis=1).groupby(groups).mean()
        enough = log.groupby(groups).size() >= 10
        return spearmanr(early[enough], late[enough], nan_policy="omit").statistic

    assert kept(written("gao")) > 0.85
    assert kept(written("drift")) < 0.5


def test_drift_moves_rates_and_volumes():
    def volume(world: Written, country: str) -> float:
        """Log ratio of the last to the first two years' shipments, of makers in the country."""
        chosen = world.people.index[(world.people["country"] == country)]
        rows = world.exposures[world.exposures["participant_id"].isin(chosen)]
        mean = rows.groupby([rows["month"].dt.year, "participant_id"])["shipments"].mean().unstack()
        return float(np.log(mean.loc[2024] / mean.loc[2017]).median())

    assert volume(written("drift"), "MX") - volume(written("drift"), "CN") > 0.7
    assert abs(volume(written("gao"), "MX") - volume(written("gao"), "CN")) < 0.3
    yearly = written("drift").intensity.sum().groupby(lambda month: month.year).sum()
    assert abs(np.log(yearly[2023] / yearly[2018])) > 0.2


def test_without_signal_everyone_is_alike():
    world = written("no_signal")
    inside = world.intensity.to_numpy() > 0
    assert np.ptp(world.intensity.to_numpy()[inside]) == pytest.approx(0)
    assert np.ptp(world.detection.to_numpy()) == pytest.approx(0)
    assert world.facts["audit_case"] is None
    assert world.summary.incidents == pytest.approx(2200 * PARTICIPANTS / 11_700, rel=0.03)
    assert world.summary.involved > 2 * written("gao").summary.involved


def test_without_signal_history_predicts_nothing():
    def skill(world: Written) -> float:
        found = []
        for year in range(2018, 2024):
            member = (world.intensity[pd.Timestamp(f"{year}-01-01")] > 0) & (
                world.intensity[pd.Timestamp(f"{year}-12-01")] > 0
            )
            before, after = (world.recorded(f"{each}-01-01", f"{each + 1}-01-01") for each in (year - 1, year))
            found.append(auc(before[member], after[member] > 0))
        return float(np.mean(found))

    assert skill(written("gao")) > 0.65
    # About 300 positives in all, nearly all tied: a standard error of .01.
    assert skill(written("no_signal")) == pytest.approx(0.5, abs=0.03)


def test_merged_accounts_are_many_and_their_risk_goes_to_the_survivor():
    world, usual = written("merged_accounts"), written("gao")
    merges = world.merges.drop_duplicates("participant_id")
    assert len(merges) > 0.10 * PARTICIPANTS > 7 * len(usual.merges)
    month = pd.to_datetime(merges["effective_on"]).dt.to_period("M").dt.start_time
    true = world.intensity
    pairs = list(zip(merges["participant_id"], merges["into_participant_id"], month, strict=True))
    after = pd.Series([true.loc[heir, since:].mean() for _, heir, since in pairs])
    before = pd.Series([true.loc[heir, :since].iloc[:-1].mean() for _, heir, since in pairs])
    merged = pd.Series([true.loc[old, :since].iloc[:-1].mean() for old, _, since in pairs])
    riskier = (merged > 3 * before) & (after > 0) & (before > 0)
    assert riskier.sum() > 60
    assert spearmanr(after[riskier], merged[riskier]).statistic > 0.5
    assert after[riskier].median() > 10 * before[riskier].median()
    assert all(
        true.loc[old, since:].iloc[1:].sum() == 0 for old, since in zip(merges["participant_id"], month, strict=True)
    )


def test_participants_evade_before_a_visit_and_lapse_after():
    def ratio(world: Written) -> tuple[float, float]:
        """Months up to a visit against those after it: typical intensity, and true incidents."""
        visits = world.visits.dropna(subset=["performed_on"]).drop_duplicates("validation_id", keep="last")
        place = pd.to_datetime(visits["performed_on"]).dt.to_period("M")
        month = (place.dt.year - START.year) * 12 + place.dt.month - START.month
        whole = (month >= 6) & (month < 12 * YEARS - 6)
        true = world.intensity.to_numpy()
        counts = world.happened.assign(month=_months(world.happened["occurred_on"]))
        events = np.zeros_like(true)
        np.add.at(events, (world.people.index.get_indexer(counts["participant_id"]), counts["month"]), 1)
        who = world.people.index.get_indexer(visits.loc[whole, "participant_id"])
        when = month[whole].to_numpy()
        before = np.stack([true[who, when - k] for k in range(4)])
        after = np.stack([true[who, when + k] for k in range(1, 5)])
        seen = sum(events[who, when - k].sum() for k in range(4)), sum(events[who, when + k].sum() for k in range(1, 5))
        inside = (before > 0).all(axis=0) & (after > 0).all(axis=0)
        typical = np.exp(np.log(before[:, inside]).mean() - np.log(after[:, inside]).mean())
        return float(typical), float(seen[0] / seen[1])

    evading, usual = ratio(written("evasion")), ratio(written("gao"))
    assert evading[0] < 0.3 < 0.8 < usual[0]
    assert evading[1] < 0.75 < usual[1]


def _months(days: pd.Series) -> pd.Series:
    return (days.dt.year - START.year) * 12 + days.dt.month - START.month


def test_a_visit_that_is_evaded_finds_less():
    def passed(world: Written) -> float:
        return float((world.visits["outcome"].dropna() == "pass").mean())

    assert passed(written("evasion")) > 1.5 * passed(written("gao"))


def test_honest_participants_report_themselves_and_the_truth_says_who_they_are():
    world = written("self_reporters")
    assert written("gao").reporters is None
    manner = world.reporters.set_index("participant_id")["manner"].loc[world.people.index]
    assert (manner == "honest").mean() == pytest.approx(0.4, abs=0.01)
    found = world.happened[world.happened["observed"]].merge(world.incidents[["incident_id", "discovery"]])
    found = found.drop_duplicates("truth_id")
    own = (found["discovery"] == "self_report").groupby(found["participant_id"].map(manner)).mean()
    assert own["honest"] > 0.5
    assert own["conceals"] < 0.05  # A partner's own report of a joint incident.
    told = world.captures.loc[world.captures["channel"] == "self_report", "truth_id"]
    assert found["truth_id"].isin(told)[found["participant_id"].map(manner) == "honest"].mean() > 0.85


def test_an_honest_participant_is_no_riskier_than_one_that_conceals_but_far_better_recorded():
    world = written("self_reporters")
    honest = world.reporters.set_index("participant_id")["manner"].loc[world.people.index] == "honest"
    risk = np.log(world.intensity.where(world.intensity > 0)).mean(axis=1)
    assert risk[honest].mean() == pytest.approx(risk[~honest].mean(), abs=0.25)
    assert world.detection[honest].mean().mean() > 1.8 * world.detection[~honest].mean().mean()


def test_a_small_program_has_800_participants_unless_told_otherwise(tmp_path):
    assert simulate_program(tmp_path / "small", years=2, seed=2, scenario="small_program").participants == 800
    told = simulate_program(tmp_path / "told", years=2, seed=2, scenario="small_program", participants=300)
    assert told.participants == 300
    assert SCENARIOS["gao"].participants == 11_700


def test_every_scenario_stands_on_the_page_of_scenarios_with_its_meaning():
    page = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert all(
        f"| `{name}` | {meaning.replace('another name of gao', 'another name of `gao`')}" in page
        for name, meaning in MEANINGS.items()
    )
