"""Laws of the model: what adds up, what is ordered, what holds what, what repeats."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_slices import COUNTS, GAPS, QUICK, blended_model, make_matrix, make_slice, quick_model, slices

from features.catalog import CATALOG
from models.bundle import golden_rows
from models.errors import MatrixRefused, SliceTooThin, SpecRefused
from models.risk_model import ModelSpec, RiskModel, fit_risk_model

MODELS = pytest.mark.parametrize("make", [quick_model, blended_model], ids=["trees", "blend"])
rows_of_a_matrix = st.integers(1, 40), st.integers(0, 10_000)


@MODELS
@given(*rows_of_a_matrix)
@settings(max_examples=25, deadline=None)
def test_base_plus_contributions_is_the_margin(make, rows: int, seed: int):
    matrix = make_matrix(rows, seed)
    base, contributions = make().contributions(matrix)
    assert np.abs(base + contributions.sum(axis=1) - make().margin(matrix)).max() < 1e-9


@MODELS
@given(*rows_of_a_matrix)
@settings(max_examples=25, deadline=None)
def test_the_interval_always_holds_the_probability(make, rows: int, seed: int):
    matrix = make_matrix(rows, seed)
    lower, upper = make().interval(matrix)
    probability = make().probability(make().margin(matrix))
    assert ((lower >= 0) & (lower <= probability) & (probability <= upper) & (upper <= 1)).all()
    assert (upper > lower).all()


@MODELS
@given(st.lists(st.floats(-30, 30), min_size=2, max_size=50))
@settings(max_examples=50, deadline=None)
def test_a_higher_margin_never_has_a_lower_probability_or_count(make, margins: list[float]):
    ordered = np.sort(np.array(margins))
    probability, count = make().probability(ordered), make().expected_incidents(ordered)
    assert (np.diff(probability) >= -1e-15).all()
    assert (np.diff(count) >= -1e-12).all()


@MODELS
@given(st.lists(st.floats(-8, 8), min_size=2, max_size=30, unique=True))
@settings(max_examples=50, deadline=None)
def test_margins_that_can_be_told_apart_have_different_probabilities(make, margins: list[float]):
    ordered = np.sort(np.array(margins))
    apart = np.diff(ordered) > 1e-6
    assert (np.diff(make().probability(ordered))[apart] > 0).all()


@MODELS
@given(st.floats(-30, 30))
@settings(deadline=None)
def test_the_expected_count_is_never_below_the_probability(make, margin: float):
    margins = np.array([margin])
    assert make().expected_incidents(margins)[0] >= make().probability(margins)[0]


@MODELS
@given(st.integers(0, 10_000), st.sampled_from([*COUNTS, *GAPS]), st.floats(0, 50))
@settings(max_examples=40, deadline=None)
def test_monotone_features_move_the_margin_in_their_direction_only(make, seed: int, name: str, step: float):
    direction = next(feature.monotone for feature in CATALOG if feature.name == name)
    matrix = make_matrix(30, seed)
    moved = matrix.assign(**{name: matrix[name] + np.float32(step)})
    known = matrix[name].notna().to_numpy()
    change = make().margin(moved) - make().margin(matrix)
    assert (direction * change[known] >= -1e-12).all()


@MODELS
@given(st.integers(2, 30), st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_a_row_gives_the_same_bits_alone_and_in_a_batch(make, rows: int, seed: int):
    model, matrix = make(), make_matrix(rows, seed)
    alone = matrix.iloc[[rows // 2]]
    assert model.margin(alone)[0] == model.margin(matrix)[rows // 2]
    assert (model.contributions(alone)[1][0] == model.contributions(matrix)[1][rows // 2]).all()
    assert model.interval(alone)[1][0] == model.interval(matrix)[1][rows // 2]


@MODELS
def test_the_order_and_number_of_columns_do_not_matter(make):
    matrix = make_matrix(20, 8)
    shuffled = matrix[list(matrix.columns[::-1])].assign(another=1.0)
    assert (make().margin(matrix) == make().margin(shuffled)).all()


def test_the_same_seed_and_data_give_the_same_bytes():
    train, calibration = slices()
    again = fit_risk_model(train, calibration, QUICK, seed=1, data_version="synthetic")
    assert again.digest == quick_model().digest
    assert golden_rows(again) == golden_rows(quick_model())


def test_another_seed_gives_another_model():
    train, calibration = slices()
    assert fit_risk_model(train, calibration, QUICK, seed=99).digest != quick_model().digest


def test_the_contributions_are_those_of_an_independent_treeshap():
    with warnings.catch_warnings():
        # shap's plots call what matplotlib deprecates while they are imported.
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        import shap
    # Coded columns and gaps are left out: shap has no form for LightGBM's treatment of them.
    whole = [part.matrix[[*COUNTS]] for part in slices()]
    parts = [replace(part, matrix=matrix) for part, matrix in zip(slices(), whole, strict=True)]
    model = fit_risk_model(parts[0], parts[1], QUICK, seed=1)
    values = model.values(whole[1].head(60))
    explainer = shap.TreeExplainer(model.trees[0].booster)
    explainer.model.model_type = "internal"  # else shap only asks LightGBM for its own answer
    base, contributions = model.contributions_of(values)
    assert np.allclose(explainer.shap_values(values.astype(float), check_additivity=False), contributions, atol=1e-6)
    assert np.allclose(explainer.expected_value, base, atol=1e-6)


def test_probabilities_average_to_what_happened_on_the_calibration_slice():
    _, calibration = slices()
    probability = quick_model().probability(quick_model().margin(calibration.matrix))
    assert probability.mean() == pytest.approx(calibration.positive.mean(), rel=1e-3)


def test_a_refit_keeps_the_level_of_its_calibration_nearly():
    # Its calibration is that of the trees before the refit: near, not exact.
    _, calibration = slices()
    probability = blended_model().probability(blended_model().margin(calibration.matrix))
    assert probability.mean() == pytest.approx(calibration.positive.mean(), rel=0.1)


def test_a_count_that_was_planted_is_found():
    # Risk was made to grow with the first count; the free columns are noise.
    importance = dict(zip(quick_model().features, quick_model().importance, strict=True))
    assert max(importance, key=importance.__getitem__) == COUNTS[0]


def test_constant_and_empty_columns_are_no_features():
    train, calibration = slices()
    changed = replace(train, matrix=train.matrix.assign(**{COUNTS[1]: 3.0, COUNTS[2]: np.nan}))
    features = fit_risk_model(changed, calibration, QUICK, seed=1).features
    assert COUNTS[1] not in features
    assert COUNTS[2] not in features
    assert COUNTS[0] in features


def test_rows_without_weight_are_not_learned_from():
    train, calibration = slices()
    rows = len(train)
    extra = make_slice(400, 77, 2018)
    unknown = replace(extra, weight=np.zeros(400), incidents=np.full(400, np.nan), positive=np.ones(400, dtype=bool))
    model = fit_risk_model(train.joined(unknown), calibration, QUICK, seed=1)
    assert model.facts["training_rows"] == rows
    assert model.trees == quick_model().trees


@pytest.mark.parametrize("empty", ["train", "calibration"])
def test_a_slice_without_positives_is_refused_with_its_name(empty: str):
    train, calibration = slices()
    parts = {"train": train, "calibration": calibration}
    parts[empty] = replace(parts[empty], positive=np.zeros(len(parts[empty]), dtype=bool))
    with pytest.raises(SliceTooThin, match="0 positive"):
        fit_risk_model(parts["train"], parts["calibration"], QUICK, seed=1)


def test_calibration_on_dates_that_were_trained_on_is_refused():
    train, _ = slices()
    with pytest.raises(SliceTooThin, match="later than the last training date 2019-07-01; got 2019-01-01"):
        fit_risk_model(train, train, QUICK, seed=1)


def test_a_missing_column_is_named():
    with pytest.raises(MatrixRefused, match=COUNTS[0]):
        quick_model().margin(make_matrix(3, 1).drop(columns=COUNTS[0]))


def test_a_specification_names_what_it_does_not_know():
    with pytest.raises(SpecRefused, match="leafs"):
        ModelSpec.from_dict({"leafs": 4})
    with pytest.raises(SpecRefused, match="leaves=1"):
        ModelSpec(leaves=1)


def test_a_specification_survives_its_dictionary():
    spec = replace(QUICK, bags=3, calibration="beta")
    assert ModelSpec.from_dict(spec.to_dict()) == spec


def test_an_empty_matrix_gives_no_scores():
    model: RiskModel = quick_model()
    nothing = pd.DataFrame(columns=list(model.features), dtype="float32")
    assert len(model.contributions(nothing)[1]) == 0
    assert len(model.margin(nothing)) == 0
    assert len(model.interval(nothing)[0]) == 0


def test_more_evidence_narrows_the_interval():
    # The same rows four times over are four times the participants: errors shrink to about a half.
    train, calibration = slices()

    def width(times: int) -> float:
        parts = []
        for part in (train, calibration):
            copies = [
                replace(part, groups=np.array([f"{copy}-{group}" for group in part.groups])) for copy in range(times)
            ]
            whole = copies[0]
            for copy in copies[1:]:
                whole = whole.joined(copy)
            parts.append(whole)
        model = fit_risk_model(parts[0], parts[1], replace(QUICK, replicas=8), seed=3)
        lower, upper = model.interval(calibration.matrix)
        return float(np.mean(upper - lower))

    assert width(4) < 0.75 * width(1)


def test_fewer_negatives_teach_the_trees_and_the_margin_keeps_its_level():
    train, later = slices()
    whole = fit_risk_model(train, later, QUICK, seed=1)
    thin = fit_risk_model(train, later, replace(QUICK, negative_share=0.3), seed=1)
    one, other = whole.margin(later.matrix), thin.margin(later.matrix)
    # Without the correction the margin would stand log(1 / 0.3) = 1.2 higher.
    assert abs(other.mean() - one.mean()) < 0.2
    assert np.corrcoef(one, other)[0, 1] > 0.8
    base, parts = thin.contributions(later.matrix)
    assert np.abs(base + parts.sum(axis=1) - other).max() < 1e-9


def test_a_specification_leaves_out_what_came_later_at_its_default():
    assert "negative_share" not in ModelSpec().to_dict()
    told = ModelSpec(negative_share=0.5).to_dict()
    assert told["negative_share"] == 0.5
    assert ModelSpec.from_dict(told) == ModelSpec(negative_share=0.5)
