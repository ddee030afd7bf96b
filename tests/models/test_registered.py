"""Laws of every kind of registered model: it is the judged candidate, its reasons add up, its bytes come back."""

import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dated_slices import QUICK_TREES, dated_slices
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from features.catalog import CATALOG
from models.baselines import BASELINES, all_baselines
from models.bundle import golden_rows, read_bundle, write_bundle
from models.candidates.catalog_logistic import CatalogLogistic
from models.candidates.from_baseline import BaselineCandidate
from models.candidates.hazard import HazardTrees
from models.candidates.kinds import KINDS, as_candidate
from models.candidates.poisson import PoissonTrees
from models.candidates.registered import fit_model, why_not_registered
from models.candidates.stack import Stack
from models.errors import BundleCorrupt, SliceTooThin, SpecRefused
from models.explanation import group_contributions, reason_records
from models.spec import ModelSpec

RULES = tuple(name for name in BASELINES if name != "prior_rate")
STACK = Stack(
    {
        "counts": PoissonTrees(QUICK_TREES),
        "index": BaselineCandidate("weighted_index", "platt"),
        "whole": CatalogLogistic(regularization=0.01, calibration="beta"),
        "inner": Stack({"trees": as_candidate(QUICK_TREES), "rate": BaselineCandidate("gamma_poisson", "beta")}),
    }
)
SPECS = {
    "classifier": replace(QUICK_TREES, replicas=4, replica_rounds=10, linear_weight=0.3),
    "poisson": PoissonTrees(QUICK_TREES, negative_share=0.5),
    "catalog_logistic": CatalogLogistic(regularization=0.01, calibration="isotonic"),
    "stack": STACK,
    **{name: BaselineCandidate(name) for name in RULES},
}
EVERY = pytest.mark.parametrize("kind", SPECS)


@cache
def model(kind):
    fit, calibration, _ = dated_slices()
    return fit_model(fit, calibration, SPECS[kind], seed=3, data_version="synthetic")


def test_every_kind_is_registered_or_refused_with_the_way_to_judge_it():
    refused = {"hazard": HazardTrees(trees=QUICK_TREES), "prior_rate": BaselineCandidate("prior_rate")}
    assert set(SPECS) | set(refused) == set(KINDS)
    fit, calibration, _ = dated_slices()
    for spec in refused.values():
        with pytest.raises(SpecRefused, match="can be judged by trustlane backtest"):
            fit_model(fit, calibration, spec, seed=3)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"a": HazardTrees(), "b": PoissonTrees()}, "Member a of a stack: Expected a model whose reasons add up"),
        ({"a": PoissonTrees(), "b": BaselineCandidate("recency")}, "is platt or beta.*got chosen for b"),
    ],
    ids=["hazard", "steps"],
)
def test_a_stack_of_a_member_without_reasons_is_refused_by_the_members_name(members, words):
    fit, calibration, _ = dated_slices()
    with pytest.raises(SpecRefused, match=words):
        fit_model(fit, calibration, Stack(members), seed=3)


@EVERY
def test_what_is_registered_says_what_the_judged_candidate_said(kind):
    fit, calibration, later = dated_slices()
    judged = as_candidate(SPECS[kind]).fit(fit, calibration, seed=3, horizon_days=365).rank(later.matrix)
    margin = model(kind).margin(later.matrix)
    assert (margin == judged.rank_value).all()
    assert (model(kind).probability(margin) == judged.probability).all()
    assert (model(kind).expected_incidents(margin) == judged.expected_incidents).all()


def rows_like(kind: str, drawn: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Rows of the later slice, with some values drawn anew and some unknown."""
    values = model(kind).values(dated_slices()[2].matrix.iloc[: len(drawn)])
    width = values.shape[1]
    mixed = np.where(drawn[:, :width] < 0, values, np.abs(drawn[:, :width])).astype(np.float32)
    return np.ascontiguousarray(np.where(unknown[:, :width], np.float32(np.nan), mixed))


@EVERY
@settings(deadline=None, max_examples=8)
@given(
    hnp.arrays(np.float32, (7, 40), elements=st.floats(-2000, 4000, width=32)),
    hnp.arrays(np.bool_, (7, 40), elements=st.sampled_from([False, False, False, True])),
)
def test_base_and_contributions_are_the_margin_and_a_row_depends_on_itself_only(kind, drawn, unknown):
    values = rows_like(kind, drawn, unknown)
    margin = model(kind).margin_of(values)
    base, contributions = model(kind).contributions_of(values)
    assert np.isfinite(margin).all()
    assert np.isfinite(contributions).all()
    assert np.abs(base + contributions.sum(axis=1) - margin).max() < 1e-8
    alone = np.ascontiguousarray(values[3:4])
    assert model(kind).margin_of(alone)[0] == margin[3]
    base_alone, contributions_alone = model(kind).contributions_of(alone)
    assert base_alone == base
    assert (contributions_alone[0] == contributions[3]).all()
    lower, upper = model(kind).interval_of(values, margin)
    probability = model(kind).probability(margin)
    assert ((lower <= probability) & (probability <= upper)).all()


@EVERY
def test_what_is_read_back_is_what_was_written_and_the_same_slices_give_the_same_bytes(kind, tmp_path: Path):
    digest = write_bundle(model(kind), tmp_path / "one")
    again = read_bundle(tmp_path / "one")
    assert again == model(kind)
    assert again.digest == digest
    assert golden_rows(again) == golden_rows(model(kind))
    fit, calibration, _ = dated_slices()
    write_bundle(fit_model(fit, calibration, SPECS[kind], seed=3, data_version="synthetic"), tmp_path / "two")
    assert (tmp_path / "one" / "SHA256SUMS").read_text() == (tmp_path / "two" / "SHA256SUMS").read_text()
    for path in (tmp_path / "one").iterdir():
        path.read_text(encoding="utf-8")
        assert path.suffix in (".json", ".txt") or path.name == "SHA256SUMS"


def forge(folder: Path, change) -> None:
    """Change ``bundle.json`` and make the digests of the files fit again, as a careful forger would."""
    told = json.loads((folder / "bundle.json").read_text())
    change(told)
    (folder / "bundle.json").write_text(json.dumps(told))
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256((folder / "bundle.json").read_bytes()).hexdigest()
    fresh = [f"{digest}  bundle.json" if line.endswith("  bundle.json") else line for line in lines]
    (folder / "SHA256SUMS").write_text("\n".join(fresh) + "\n")


@EVERY
def test_a_change_to_any_file_is_refused_and_so_is_a_forged_part(kind, tmp_path: Path):
    write_bundle(model(kind), tmp_path / "whole")
    for path in sorted((tmp_path / "whole").iterdir()):
        folder = tmp_path / path.name
        write_bundle(model(kind), folder)
        content = bytearray((folder / path.name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / path.name).write_bytes(bytes(content))
        with pytest.raises(BundleCorrupt):
            read_bundle(folder)
    forge(tmp_path / "whole", lambda told: told.get("part", told).update(kind="rule", trees=0))
    with pytest.raises(BundleCorrupt, match="digest it states"):
        read_bundle(tmp_path / "whole")


def test_only_the_classifier_keeps_the_first_format():
    assert "part" not in model("classifier").to_dict()
    assert all("part" in model(kind).to_dict() for kind in SPECS if kind != "classifier")


@EVERY
def test_reasons_stand_in_the_families_of_the_columns_and_have_words(kind):
    fitted = model(kind)
    values = fitted.values(dated_slices()[2].matrix.iloc[:20])
    grouped = group_contributions(fitted, values, fitted.margin_of(values), fitted.peers)
    families = {feature.family for feature in CATALOG if feature.name in fitted.features}
    for row in range(20):
        records = reason_records(grouped, row, {})
        assert {record["family"] for record in records} == families
        assert all(record["phrase"].strip() for record in records)
        told = grouped.base + sum(record["contribution"] for record in records)
        assert told == pytest.approx(fitted.margin_of(values)[row], abs=1e-6)


@pytest.mark.parametrize("kind", ["poisson", "classifier"])
def test_trees_have_replicas_and_their_interval_is_wider_for_them(kind):
    later = dated_slices()[2].matrix.iloc[:300]
    fit, calibration, _ = dated_slices()
    bare = fit_model(fit, calibration, SPECS[kind], seed=3, replicas=False)
    assert model(kind).replicas
    assert not bare.replicas
    assert (bare.margin(later) == model(kind).margin(later)).all()
    width, narrow = (np.subtract(*each.interval(later)[::-1]).mean() for each in (model(kind), bare))
    assert width > narrow


@pytest.mark.parametrize("baseline", all_baselines(), ids=lambda baseline: baseline.name)
def test_a_baseline_names_the_columns_that_it_reads_and_no_others(baseline):
    fit, _, later = dated_slices()
    fitted, names = baseline.fit(fit), baseline.reads(later.matrix.columns)
    whole = fitted.rank_value(later.matrix)
    assert (fitted.rank_value(later.matrix[list(names)]) == whole).all()
    rng = np.random.default_rng(1)
    shuffled = {name: rng.permutation(later.matrix[name]) for name in later.matrix.columns if name not in names}
    assert (fitted.rank_value(later.matrix.assign(**shuffled)) == whole).all()


def test_shapley_values_of_a_linear_rule_are_its_coefficients_times_the_departures():
    fitted = model("logistic")
    values = fitted.values(dated_slices()[2].matrix.iloc[:50])
    usual = np.array([np.nan if each is None else each for each in fitted.part.reference], dtype=np.float32)
    base, contributions = fitted.contributions_of(values)
    rule = fitted.part.rule
    own, theirs = (
        rule.contributions(pd.DataFrame(rows, columns=list(fitted.features)))[1][list(fitted.features)].to_numpy()
        for rows in (values, usual[None, :])
    )
    assert np.allclose(contributions, own - theirs, atol=1e-10)
    assert base == fitted.margin_of(usual[None, :])[0]


def test_a_participant_without_an_incident_owes_a_count_nothing_and_a_fresh_incident_raises_the_risk():
    # Three participants by recency: never, a year ago, yesterday. Most had none, so that "never" is usual.
    fitted = model("recency")
    base, contributions = fitted.contributions_of(np.array([[np.nan], [365.0], [1.0]], dtype=np.float32))
    assert fitted.part.reference == (None,)
    assert contributions[0, 0] == 0.0
    assert 0 < contributions[1, 0] < contributions[2, 0]
    assert base < 0


def test_the_reasons_of_a_stack_of_lines_are_the_weighted_reasons_of_its_members():
    fit, calibration, later = dated_slices()
    members = {"rate": BaselineCandidate("gamma_poisson", "platt"), "five": BaselineCandidate("logistic", "platt")}
    fitted = fit_model(fit, calibration, Stack(members), seed=1)
    values = fitted.values(later.matrix.iloc[:40])
    _, contributions = fitted.contributions_of(values)
    expected = np.zeros(contributions.shape)
    for member in fitted.part.members:
        _, own = member.part.contributions(member.own(values))
        expected[:, list(member.columns)] += member.weight * member.calibration.low_slope * own
    assert np.allclose(contributions, expected, atol=1e-9)


def test_the_order_of_a_stacks_table_moves_no_bit():
    fit, calibration, _ = dated_slices()
    members = {name: BaselineCandidate(name, "platt") for name in ("recency", "logistic", "gamma_poisson")}
    turned = dict(reversed(members.items()))
    one, other = (fit_model(fit, calibration, Stack(each), seed=1) for each in (members, turned))
    assert one.digest == other.digest


def test_calibration_dates_must_be_later_for_every_kind():
    fit, calibration, _ = dated_slices()
    with pytest.raises(SliceTooThin, match="later than the last training date"):
        fit_model(calibration, fit, BaselineCandidate("decayed_count"), seed=1)


def test_the_classifier_can_be_registered_whatever_its_calibration():
    assert why_not_registered(ModelSpec(calibration="chosen")) == ""
