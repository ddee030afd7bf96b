"""A number links whom it names on the day, from moment to moment, whatever the batches."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_rows import Row, after, firms, link, number, party
from worlds import day, table

from records.linkage import Linkage

TICK = pd.Timedelta(1, "us")
MOMENTS = (0.0, 50.0, 100.0, 150.0, 200.0)


@st.composite
def registers(draw: st.DrawFn) -> list[Row]:
    """Versions of what is known of one number: whose it is, since when and until when, taken back or not."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["P1", "P2"]),
                st.sampled_from(MOMENTS),
                st.sampled_from([None, 60.0, 95.0]),
                st.booleans(),
            ),
            max_size=5,
            unique_by=lambda row: row[:2],
        )
    )
    return [
        number(who, "TNBL", known, valid_to=pd.NaT if until is None else day(until), retracted=gone)
        for who, known, until, gone in rows
    ]


def by_number(parties: pd.DataFrame | list[Row], rows: list[Row]) -> Linkage:
    """Links where there is no name to compare."""
    return link(parties, rows, participants=firms().iloc[:0])


def states(versions: pd.DataFrame) -> list[tuple[str | None, pd.Timestamp]]:
    ordered = versions.sort_values("known_at")
    return [(None if pd.isna(who) else who, moment) for who, moment in ordered[["participant_id", "known_at"]].values]


@given(rows=registers(), order=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_links_by_number_do_not_depend_on_the_order_of_rows(rows, order):
    shuffled = list(rows)
    order.shuffle(shuffled)
    told = [party(party_scheme="scac", party_value="tnbl")]
    pd.testing.assert_frame_equal(by_number(told, rows).links, by_number(told, shuffled).links)


@given(rows=registers(), cut=st.sampled_from(MOMENTS))
@settings(max_examples=25, deadline=None)
def test_links_by_number_are_the_same_in_one_batch_and_in_two(rows, cut):
    parties = table("involvements", [party(party_scheme="scac", party_value="TNBL")])
    early = [row for row in rows if row["known_at"] < day(cut)]
    first = by_number(parties, early)
    second = by_number(after(parties, first), rows)
    whole = by_number(parties, rows).links
    split = pd.concat([first.links, second.links], ignore_index=True)
    ended = after(parties, by_number(parties, rows))["participant_id"]
    assert list(after(after(parties, first), second)["participant_id"].fillna("")) == list(ended.fillna(""))
    if cut > 100:
        # What comes later than the party only continues what was said before.
        assert states(split) == states(whole)


@given(rows=registers())
@settings(max_examples=25, deadline=None)
def test_no_link_becomes_known_before_its_party_and_the_row_that_it_rests_on(rows):
    for version in by_number([party(party_scheme="scac", party_value="TNBL")], rows).links.to_dict("records"):
        known = [row["known_at"] for row in rows if row["participant_id"] == version["participant_id"]]
        assert version["known_at"] > day(100)
        assert pd.isna(version["participant_id"]) or version["known_at"] > min(known)


@pytest.mark.parametrize("written", ["12-3456789", "12 3456789", "123456789"])
def test_the_punctuation_of_a_number_does_not_matter(written):
    found = link([party(party_scheme="ein", party_value=written)], [number("P2", "12-3456789", scheme="ein")])
    assert found.links["participant_id"].tolist() == ["P2"]
    assert found.links["link_weight"].tolist() == [1.0]
    assert found.counts.by_identifier == 1


def test_a_number_of_two_participants_links_neither_until_a_merge_makes_them_one():
    told = [party(party_scheme="scac", party_value="TNBL")]
    rows = [number("P1", "TNBL"), number("P2", "TNBL")]
    assert link(told, rows).links.empty
    merge = {"participant_id": "P1", "into_participant_id": "P2", "effective_on": day(10), "known_at": day(150)}
    merged = link(told, rows, merges=[merge])
    assert states(merged.links) == [("P2", day(150) + TICK)]
    undone = {**merge, "known_at": day(200), "retracted": True}
    assert states(link(told, rows, merges=[merge, undone]).links)[-1] == (None, day(200) + TICK)


def test_a_split_moves_the_party_with_its_number_and_back_when_it_is_taken_back():
    parties = table("involvements", [party(party_scheme="scac", party_value="TNBL")])
    first = link(parties, [number("P1", "TNBL")])
    split = [
        number("P1", "TNBL"),
        number("P1", "TNBL", 150, valid_to=day(80)),
        number("P2", "TNBL", 150, valid_from=day(80)),
    ]
    second = link(after(parties, first), split)
    assert states(second.links) == [("P2", day(150) + TICK)]
    assert second.counts.relinked == 1
    back = [*split, number("P1", "TNBL", 300), number("P2", "TNBL", 300, retracted=True)]
    third = link(after(after(parties, first), second), back)
    assert states(third.links) == [("P1", day(300) + TICK)]


def test_a_number_that_ends_before_the_day_opens_the_party_again():
    parties = table("involvements", [party(party_scheme="scac", party_value="TNBL")])
    first = link(parties, [number("P1", "TNBL")])
    ended = link(after(parties, first), [number("P1", "TNBL"), number("P1", "TNBL", 150, valid_to=day(80))])
    assert states(ended.links) == [(None, day(150) + TICK)]
    assert ended.links["link_weight"].isna().all()


def test_a_link_that_still_holds_is_not_written_again():
    parties = table("involvements", [party(party_scheme="scac", party_value="TNBL")])
    rows = [number("P1", "TNBL")]
    assert link(after(parties, link(parties, rows)), rows).links.empty
