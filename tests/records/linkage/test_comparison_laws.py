"""A comparison gives a probability that no agreeing field lowers and no order of rows changes."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkage_rows import Row, firms, link, number, party
from worlds import day, table

from records.linkage import LinkPolicy, match_names, normalize_name
from records.linkage.likeness import name_evidence
from records.linkage.normalize import spell
from records.linkage.rarity import Rarity

NAMES = ("Harbor Light Imports LLC", "HARBOR LIGTH IMPORTS", "Aurora Brokerage", "Aurora Imports", "Nubelar", None)
ALL = LinkPolicy(automatic=0.999999, review=1e-6)
words = st.lists(st.sampled_from(["harbor", "light", "imports", "lihgt", "north", "sa", "66"]), min_size=1, max_size=4)


def best(told: dict, **given_: object) -> float:
    proposals = link([party(**told)], policy=ALL, **given_).proposals
    return float(proposals["weight"].max()) if len(proposals) else 0.0


def weight_of(participant: str, row: Row, book: pd.DataFrame) -> float:
    """The weight that the comparison gives to one participant, linked or proposed."""
    found = link([row], participants=book, policy=ALL)
    linked = found.links[found.links["participant_id"] == participant]["link_weight"]
    asked = found.proposals[found.proposals["participant_id"] == participant]["weight"]
    return float(max([*linked, *asked, 0.0]))


@given(name=st.sampled_from(NAMES[:4]), fields=st.sets(st.sampled_from(["party_country", "role", "party_address"])))
@settings(max_examples=6, deadline=None)
def test_an_agreeing_field_never_lowers_the_weight(name, fields):
    agreeing = {"party_country": "US", "role": "importer", "party_address": "12 Long Wharf, Boston 02110"}
    book = firms().assign(address=pd.Series([None, "12 Long Wharf, Boston, 02110", None], dtype="str"))
    some = {field: agreeing[field] for field in fields}
    more = agreeing | some
    less, most = (weight_of("P2", party(party_name=name, **told), book) for told in (some, more))
    assert most >= less


@given(told=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([None, "US", "MX"])), min_size=1, max_size=5))
@settings(max_examples=3, deadline=None)
def test_a_weight_is_a_probability_and_depends_on_no_other_party_and_no_order(told):
    parties = table(
        "involvements",
        [party(place, party_name=name, party_country=where) for place, (name, where) in enumerate(told)],
    )
    together = link(parties).links
    backwards = link(parties.iloc[::-1].reset_index(drop=True)).links
    alone = pd.concat([link(parties.iloc[[place]].reset_index(drop=True)).links for place in range(len(parties))])
    pd.testing.assert_frame_equal(together, backwards)
    pd.testing.assert_frame_equal(together, alone.reset_index(drop=True), check_dtype=False)
    assert together["link_weight"].between(0, 1).all()


@given(left=words, right=words)
def test_the_evidence_of_two_names_is_the_same_in_both_directions(left, right):
    rarity = Rarity.of([("harbor", "light"), ("north", "light"), ("imports",)])
    a, b = spell(" ".join(left)), spell(" ".join(right))
    assert name_evidence(a, b, rarity).bits == pytest.approx(name_evidence(b, a, rarity).bits)


@given(name=words)
def test_no_name_is_nearer_to_a_name_than_itself(name):
    rarity = Rarity.of([("harbor", "light"), ("north", "light"), ("imports",)])
    told = spell(" ".join(name))
    assert name_evidence(told, told, rarity).bits >= name_evidence(told, spell("harbor light north"), rarity).bits


@pytest.mark.parametrize(
    "written",
    [
        "Harbor Light Imports LLC",
        "HARBOR LIGHT IMPORTS",
        "Harbor Ligth Imports",
        "Arbor Light Imports LLC",
        "Imports Harbor Light",
        "HarborLight Imports",
        "Harbor Light Import",
    ],
)
def test_a_name_is_found_in_spite_of_its_spelling_the_first_letter_included(written):
    found = link([party(party_name=written, role="importer")])
    assert found.links["participant_id"].tolist() == ["P2"]
    assert 0.95 <= found.links["link_weight"].iloc[0] < 1


@pytest.mark.parametrize("written", ["Northern Provisions LLC", "Imports", "Harbor Steel Works", "Light", "", "???"])
def test_a_firm_outside_the_program_stays_open(written):
    assert link([party(party_name=written, role="importer")]).links.empty


def test_a_name_that_two_participants_have_is_a_question_and_a_merge_answers_it():
    twin = {
        "participant_id": "P4",
        "legal_name": "Harbor Light Imports LLC",
        "business_type": "importer",
        "country": "US",
    }
    told = [party(party_name="Harbor Light Imports LLC", role="importer")]
    asked = link(told, participants=firms(twin))
    assert asked.links.empty
    assert asked.counts.review == 1
    assert set(asked.proposals["participant_id"]) == {"P2", "P4"}
    assert (asked.proposals["weight"] <= 0.5).all()
    merge = {"participant_id": "P4", "into_participant_id": "P2", "effective_on": day(10), "known_at": day(150)}
    merged = link(told, participants=firms(twin), merges=[merge])
    assert merged.links["participant_id"].tolist() == ["P2"]
    assert merged.links["known_at"].iloc[0] == day(150) + pd.Timedelta(1, "us")


def test_a_number_one_digit_off_helps_a_name_and_never_links_alone():
    rows = [number("P2", "12-3456789", scheme="ein")]
    mistyped = {"party_scheme": "ein", "party_value": "12-3456780"}
    alone = link([party(**mistyped)], rows)
    assert alone.links.empty
    assert best({"party_name": "Harbor Imports", **mistyped}, numbers=rows) > best({"party_name": "Harbor Imports"})


def test_a_link_by_name_becomes_known_when_the_name_was():
    found = link([party(party_name="Harbor Light Imports LLC")], participants=firms(known=500))
    assert found.links["known_at"].tolist() == [day(500) + pd.Timedelta(1, "us")]


def test_a_former_name_finds_the_participant_that_bore_it():
    renamed = {"participant_id": "P2", "legal_name": "Zephyr Trading LLC", "known_at": day(60)}
    found = link([party(party_name="Harbor Light Imports LLC")], participants=firms(renamed))
    assert found.links["participant_id"].tolist() == ["P2"]


def test_a_party_that_came_with_an_account_or_was_reviewed_is_left_alone():
    rows = [
        party(1, participant_id="P3", party_name="Harbor Light Imports LLC"),
        party(2, source="review:Ana", party_name="Harbor Light Imports LLC"),
    ]
    found = link(rows)
    assert found.links.empty
    assert found.proposals.empty
    assert (found.counts.given, found.counts.by_name) == (1, 0)


def test_an_empty_program_links_nothing():
    assert link([party(party_name="Harbor")], participants=firms().iloc[:0]).counts.unlinked == 1
    assert link(table("involvements", [])).links.empty


def test_the_words_of_the_worked_example_weigh_what_the_page_says():
    rarity = Rarity(12_000, Counter({"nubelar": 2, "transportes": 600}))
    evidence = name_evidence(spell("TRANSP. NUBELAR"), spell("Transportes Nubelar, S.A. de C.V."), rarity)
    assert evidence.bits == pytest.approx(12.4, abs=0.05)


def test_a_link_says_why():
    found = link([party(party_name="Harbor Ligth Imports", party_country="US")])
    assert "ligth=light (misspelled)" in found.links["link_reason"].iloc[0]
    assert "same country" in found.links["link_reason"].iloc[0]


def test_thresholds_in_the_wrong_order_are_refused_in_words():
    with pytest.raises(ValueError, match="Give the two thresholds in this order"):
        LinkPolicy(automatic=0.5, review=0.9)


@given(name=st.text(max_size=30))
def test_normalizing_a_name_twice_changes_nothing_more(name):
    assert normalize_name(normalize_name(name)) == normalize_name(name)


@given(names=st.lists(st.sampled_from([*NAMES[:5], "Habor Light Imports", "Imports, Harbor Light"]), max_size=6))
@settings(max_examples=6, deadline=None)
def test_pairs_of_one_list_do_not_depend_on_order_or_repetition(names):
    pairs = match_names(names)
    pd.testing.assert_frame_equal(pairs, match_names([*reversed(names), *names]))
    assert np.all(pairs["left"] < pairs["right"])
    assert pairs["weight"].between(0, 1).all()
