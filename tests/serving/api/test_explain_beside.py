"""What `/explain` gives beside the score: changes since a date, peers, facts to check, the participant's version."""

from typing import Any

import pytest
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def queue(client: TestClient) -> list[Any]:
    return list(client.post("/queue", json={"audit_share": 0}).json()["queue"])


def test_what_changed_adds_up_to_the_difference_of_the_margins(client: TestClient, queue: list[Any]) -> None:
    one = queue[0]["participant_id"]
    answer = client.post("/explain", json={"participant_id": one, "since": "2023-10-01"}).json()
    changed = answer["changed_since"]
    moved = sum(each["contribution_after"] - each["contribution_before"] for each in changed["changes"])
    assert changed["then"]["rated"]
    assert moved == pytest.approx(answer["margin"] - changed["then"]["margin"], abs=1e-6)
    for news in changed["incidents"]:
        assert "2023-10-01" <= news["known_at"][:10] < answer["as_of"]
    then = client.post("/explain", json={"participant_id": one, "as_of": "2023-10-01"}).json()
    assert then["margin"] == changed["then"]["margin"], "the score then is the one that is given for then"


def test_a_date_to_compare_with_must_lie_before(client: TestClient, queue: list[Any]) -> None:
    ask = {"participant_id": queue[0]["participant_id"], "as_of": "2024-10-01", "since": "2024-10-01"}
    answer = client.post("/explain", json=ask)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == "since"


def test_the_nearest_peers_are_others_in_order_of_likeness(client: TestClient, queue: list[Any]) -> None:
    one = queue[1]["participant_id"]
    found = client.post("/explain", json={"participant_id": one, "peers": 5}).json()["nearest_peers"]
    alike = [peer["similarity"] for peer in found["peers"]]
    assert len(alike) == 5
    assert alike == sorted(alike, reverse=True)
    assert all(0 <= each <= 1 for each in alike)
    assert one not in {peer["participant_id"] for peer in found["peers"]}
    assert not any("incident" in name for name in found["compared"])


def test_a_fact_to_check_takes_the_participant_out_when_it_is_supposed_away(
    client: TestClient, queue: list[Any]
) -> None:
    """The search says which involvement decides; `/what_if` with that involvement retracted must say the same."""
    for place in reversed(queue):
        one = place["participant_id"]
        found = client.post("/explain", json={"participant_id": one, "actionable": True}).json()["actionable"]
        if not found["in_queue"]:
            continue  # its place is the one that the setting gives to a draw
        for each in found["found"]:
            assert each["after"]["rank"] > found["capacity_rank"] or not each["after"]["rated"]
        single = [each for each in found["found"] if [fact["kind"] for fact in each["corrections"]] == ["not_involved"]]
        if single:
            break
    else:
        pytest.fail("nobody of the queue has one incident that decides")
    key = single[0]["corrections"][0]["key"].split("/")
    gone = [{"incident_id": key[0], "party_no": number, "participant_id": one, "retracted": True} for number in key[1:]]
    supposed = client.post("/what_if", json={"participant_id": one, "involvements": gone}).json()
    assert supposed["after"]["margin"] == single[0]["after"]["margin"]
    assert supposed["after"]["rank"] > found["capacity_rank"]
    assert "sets of at most 3" in found["says"]


def test_one_who_is_not_in_the_queue_has_nothing_to_correct(client: TestClient) -> None:
    last = client.post("/queue", json={"capacity": 300, "audit_share": 0}).json()["queue"][-1]["participant_id"]
    found = client.post("/explain", json={"participant_id": last, "actionable": True}).json()["actionable"]
    assert (found["in_queue"], found["found"], found["tried"]) == (False, [], 0)


def test_the_participant_sees_the_same_numbers_and_nothing_of_others(client: TestClient, queue: list[Any]) -> None:
    one = queue[0]["participant_id"]
    whole = client.post("/explain", json={"participant_id": one}).json()
    own = client.post("/explain", json={"participant_id": one, "audience": "participant"}).json()
    assert own["margin"] == whole["margin"]
    assert [each["contribution"] for each in own["factors"]] == [each["contribution"] for each in whole["factors"]]
    for factor in own["factors"]:
        assert "peers" not in factor["phrase"]
        if factor["family"] in ("reporting", "examinations", "partners", "peers", "corridor"):
            assert (factor["phrase"], factor["features"], factor["evidence"]) == (factor["title"], [], [])
        assert all(feature["peer_median"] is None for feature in factor["features"])
    refused = client.post("/explain", json={"participant_id": one, "audience": "participant", "peers": 3})
    assert refused.status_code == 422
