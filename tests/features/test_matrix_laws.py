"""The laws of the matrix, on random records with amendments, retractions, ties and late knowledge."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.matrix import oracle_matrix
from worlds import PEOPLE, changes, known_rows, linked_records, moments, records_strategy, spine_of, spines

from features import exposure, peers
from features.catalog import catalog_for, feature_named
from features.matrix import build_matrix, prepare
from records.known import Records
from records.resolved import resolve
from records.tables import TABLES


@pytest.fixture(autouse=True, scope="module")
def _few_are_enough() -> Iterator[None]:
    """Worlds hold four participants; what asks for more of them is to be computed too."""
    with patch.object(peers, "FEWEST_PEERS", 2), patch.object(exposure, "FEWEST_FIRMS", 2):
        yield


LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
RESOLVED = st.one_of(records_strategy(), linked_records().map(resolve))
AT_LENGTH: dict[str, Callable[[], None]] = {}


def law(
    *strategies: st.SearchStrategy[Any], examples: int = 20
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A law checked on a few random records in every run, and at length in the long form."""

    def declare(check: Callable[..., None]) -> Callable[..., None]:
        AT_LENGTH[check.__name__] = settings(LAW, max_examples=400)(given(*strategies)(check))
        return settings(LAW, max_examples=examples)(given(*strategies)(check))

    return declare


def bits(matrix: pd.DataFrame) -> np.ndarray:
    """The matrix's exact bits, so that equality means bit-identity and NaN equals itself."""
    values = matrix.to_numpy()
    assert values.dtype == np.float32
    return np.where(np.isnan(values), np.float32(np.nan), values).view(np.uint32)


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return list(one.columns) == list(other.columns) and np.array_equal(bits(one), bits(other))


def differing(one: pd.DataFrame, other: pd.DataFrame) -> list[str]:
    return [name for name in one.columns if not np.array_equal(bits(one[[name]]), bits(other[[name]]))]


@law(RESOLVED, spines(most=8), examples=25)
def test_every_feature_equals_its_slow_and_obvious_definition(records: Records, spine: pd.DataFrame) -> None:
    spine = known_rows(records, spine)
    built = build_matrix(records, spine)
    pd.testing.assert_frame_equal(
        built.astype(float), oracle_matrix(records, spine), rtol=2e-5, atol=2e-5, check_exact=False
    )


@law(records_strategy(optional=True), records_strategy(optional=True), moments(), examples=15)
def test_nothing_known_at_or_after_as_of_can_change_a_bit(
    records: Records, other: Records, as_of: pd.Timestamp
) -> None:
    spine = known_rows(records, pd.DataFrame({"participant_id": list(PEOPLE), "as_of": as_of}))
    past = {name: frame[frame["known_at"] < as_of] for name, frame in records.tables.items()}
    future = {name: frame[frame["known_at"] >= as_of] for name, frame in records.tables.items()}
    foreign = {
        name: frame[frame["known_at"] >= as_of].assign(record_id=lambda rows: "later-" + rows["record_id"])
        for name, frame in other.tables.items()
    }
    alone = build_matrix(Records(past), spine)
    with_future = build_matrix(records, spine)
    poisoned = build_matrix(Records({name: pd.concat([foreign[name], past[name]]) for name in past}), spine)
    both = {name: pd.concat([future[name], past[name], foreign[name]], ignore_index=True) for name in past}
    assert differing(alone, with_future) == [], "deleting what became known later changed the past"
    assert differing(alone, poisoned) == [], "adding what becomes known later changed the past"
    assert differing(alone, build_matrix(Records(both), spine)) == []


@law(RESOLVED, spines(most=8), examples=12)
def test_a_row_alone_has_the_bits_of_its_row_in_the_batch(records: Records, spine: pd.DataFrame) -> None:
    spine = known_rows(records, spine)
    batch, prepared = build_matrix(records, spine), prepare(records)
    for place in range(len(spine)):
        row = spine.iloc[[place]]
        assert differing(build_matrix(prepared, row), batch.iloc[[place]]) == []


@law(records_strategy(), spines(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(records: Records, spine: pd.DataFrame, random: object) -> None:
    spine = known_rows(records, spine)
    seed = random.randrange(2**32)  # type: ignore[attr-defined]
    shuffled = {name: frame.sample(frac=1, random_state=seed) for name, frame in records.tables.items()}
    mixed = spine.sample(frac=1, random_state=seed)
    built = build_matrix(Records(shuffled), mixed)
    assert list(built.index) == list(mixed.index)
    assert differing(built.loc[spine.index], build_matrix(records, spine)) == []


@law(records_strategy(), spines(), st.integers(-20_000, 20_000))
def test_moving_all_dates_by_whole_days_changes_nothing(records: Records, spine: pd.DataFrame, days: int) -> None:
    spine = known_rows(records, spine)
    by = pd.Timedelta(days=days)
    moved = {
        name: frame.assign(
            **{
                column.name: frame[column.name] + by
                for column in TABLES[name].all_columns
                if column.kind in ("date", "moment")
            }
        )
        for name, frame in records.tables.items()
    }
    later = build_matrix(Records(moved), spine.assign(as_of=spine["as_of"] + by))
    assert differing(later, build_matrix(records, spine)) == []


@law(records_strategy(optional=True), spines(), st.sets(st.sampled_from(sorted(TABLES))))
def test_a_missing_table_takes_its_features_away_and_changes_no_other(
    records: Records, spine: pd.DataFrame, dropped: set[str]
) -> None:
    spine = known_rows(records, spine)
    kept = {name: frame for name, frame in records.tables.items() if name not in dropped or not TABLES[name].optional}
    built = build_matrix(Records(kept), spine)
    assert list(built.columns) == [feature.name for feature in catalog_for(Records(kept))]
    assert all(set(feature_named(name).tables) <= set(kept) for name in built.columns)
    assert differing(built, build_matrix(records, spine)[list(built.columns)]) == []


@law(records_strategy(optional=True), spines())
def test_a_discovery_in_place_of_a_self_report_moves_every_column_towards_more_risk(
    records: Records, spine: pd.DataFrame
) -> None:
    spine = known_rows(records, spine)
    found = records["incidents"].assign(self_reported_before_discovery=False)
    told = records["incidents"].assign(self_reported_before_discovery=records["incidents"]["incident_id"].isin(["I1"]))
    before = build_matrix(Records({**records.tables, "incidents": told}), spine)
    after = build_matrix(Records({**records.tables, "incidents": found}), spine)
    assert before.isna().equals(after.isna()), "a value must not appear or vanish, or no direction can be promised"
    for name in before.columns:
        change = (after[name] - before[name]).fillna(0)
        direction = feature_named(name).monotone
        assert (change * direction >= 0).all(), name
        assert direction != 0 or (change == 0).all(), f"{name} is free and tells the two apart"


@law(records_strategy(), spines(), examples=5)
def test_a_part_of_the_catalog_gives_the_same_columns(records: Records, spine: pd.DataFrame) -> None:
    spine = known_rows(records, spine)
    whole = build_matrix(records, spine)
    for name in list(whole.columns)[::9]:
        assert same(build_matrix(records, spine, features=[name]), whole[[name]])


@law(linked_records(optional=True), changes(), spines(most=8), examples=25)
def test_a_change_that_was_undone_leaves_no_bit_behind(
    stored: Records,
    change: Callable[[Records], tuple[Records, Records, pd.Timestamp, pd.Timestamp]],
    spine: pd.DataFrame,
) -> None:
    """Merges, splits, re-links, amendments of any table: what was so before is so again, to the last bit."""
    without, with_both, changed, undone = change(stored)
    before, after = resolve(without), resolve(with_both)
    spine = spine[(spine["as_of"] <= changed) | (spine["as_of"] > undone)]
    spine = known_rows(before, spine)
    assert differing(build_matrix(before, spine), build_matrix(after, spine)) == []


@pytest.mark.long
@pytest.mark.parametrize("name", AT_LENGTH)
def test_the_law_holds_at_length(name: str) -> None:
    AT_LENGTH[name]()


def test_the_law_of_the_future_would_notice_a_leak() -> None:
    """The comparison itself: one bit of difference is found, and NaN equals NaN."""
    one = pd.DataFrame({"a": np.array([1, np.nan], dtype=np.float32)})
    other = pd.DataFrame({"a": np.array([np.nextafter(np.float32(1), np.float32(2)), np.nan], dtype=np.float32)})
    assert differing(one, one.copy()) == []
    assert differing(one, other) == ["a"]
    assert spine_of(("P1", 3.0))["as_of"].dtype == "datetime64[us]"
