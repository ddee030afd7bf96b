"""What the features refuse, and in which words: expected, got, do this."""

from dataclasses import replace

import pandas as pd
import pytest
from worlds import DAY_ZERO, day, incidents_world, spine_of, world

from features import compiled
from features.catalog import CATALOG, checked, feature_named
from features.errors import CatalogError, SpineRefused, UnknownFeature, UnknownParticipants
from features.matrix import build_matrix, evidence
from records.tables import TABLES


def test_an_unknown_participant_is_named() -> None:
    with pytest.raises(UnknownParticipants, match="1 are not, for example P9 as of 2018-01-11") as refused:
        build_matrix(incidents_world(), spine_of(("P1", 10.0), ("P9", 10.0)))
    assert refused.value.participant_ids == ("P9",)


def test_a_participant_not_yet_known_is_refused_like_an_unknown_one() -> None:
    records = world(participants=[{"participant_id": "P1", "known_at": day(10)}])
    with pytest.raises(UnknownParticipants, match="on record at their as_of"):
        build_matrix(records, spine_of(("P1", 10.0)))
    assert len(build_matrix(records, spine_of(("P1", 10.5)))) == 1


def test_a_time_zone_is_refused_with_the_way_out() -> None:
    spine = spine_of(("P1", 10.0))
    with pytest.raises(SpineRefused, match=r"without a time zone.*tz_localize"):
        build_matrix(incidents_world(), spine.assign(as_of=spine["as_of"].dt.tz_localize("UTC")))


def test_a_repeated_spine_row_is_refused_with_an_example() -> None:
    with pytest.raises(SpineRefused, match=r"1 spine rows repeat.*P1 as of 2018-01-11"):
        build_matrix(incidents_world(), pd.concat([spine_of(("P1", 10.0))] * 2))


def test_a_missing_column_an_empty_cell_and_text_for_a_date_are_refused() -> None:
    spine = spine_of(("P1", 10.0))
    with pytest.raises(SpineRefused, match="Add as_of"):
        build_matrix(incidents_world(), spine[["participant_id"]])
    with pytest.raises(SpineRefused, match="1 rows are empty"):
        build_matrix(incidents_world(), spine.assign(as_of=pd.NaT).astype({"as_of": "datetime64[us]"}))
    with pytest.raises(SpineRefused, match=r"pandas.to_datetime"):
        build_matrix(incidents_world(), spine.assign(as_of="2018-01-11"))


def test_a_feature_of_an_absent_table_is_refused_with_the_table_to_ingest() -> None:
    with pytest.raises(UnknownFeature, match=r"shipments_prior_365d. Ingest exposures"):
        build_matrix(incidents_world(), spine_of(("P1", 1.0)), features=["shipments_prior_365d"])
    with pytest.raises(UnknownFeature, match=r"docs/features.md"):
        build_matrix(incidents_world(), spine_of(("P1", 1.0)), features=["luck"])
    with pytest.raises(UnknownFeature, match="luck"):
        evidence(incidents_world(), "P1", DAY_ZERO, ["luck"])


@pytest.mark.parametrize("absent", [name for name, table in TABLES.items() if table.optional])
def test_without_an_optional_table_its_features_are_absent_and_never_zero(absent: str) -> None:
    others: dict[str, list[dict[str, object]]] = {name: [] for name in TABLES if name not in (absent, "participants")}
    columns = set(build_matrix(world(**others), spine_of(("P1", 10.0))).columns)
    assert columns == {feature.name for feature in CATALOG if absent not in feature.tables}


def test_a_participant_known_before_it_is_enrolled_has_no_tenure_yet() -> None:
    records = world(participants=[{"participant_id": "P1", "enrolled_on": day(30), "known_at": DAY_ZERO}])
    tenure = build_matrix(records, spine_of(("P1", 10.0), ("P1", 31.0)), features=["tenure_days"])
    assert tenure["tenure_days"].isna().tolist() == [True, False]


def test_a_name_used_twice_fails_the_catalog() -> None:
    with pytest.raises(CatalogError, match="incidents_all twice"):
        checked([*CATALOG, feature_named("incidents_all")])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"availability": "sometime"}, "expected availability one of own_rows"),
        ({"tables": ("inspector",)}, "dated by known_at; got inspector"),
        ({"tables": ()}, "dated by known_at; got none"),
        ({"family": "luck"}, "expected family one of incident_history"),
        ({"monotone": 2}, "expected monotone one of -1, 0, 1"),
    ],
)
def test_a_feature_without_a_dated_source_or_a_family_cannot_be_declared(change: dict[str, object], words: str) -> None:
    with pytest.raises(CatalogError, match=words):
        replace(CATALOG[0], **change)  # type: ignore[arg-type]


def test_kernels_compile_where_nothing_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_cache(function: object, *, cache: bool = False, nogil: bool = False) -> object:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return function

    monkeypatch.setattr(compiled, "njit", without_cache)
    assert compiled.compiled(len) is len
