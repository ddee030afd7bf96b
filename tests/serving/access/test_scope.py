"""Field offices: whoever is bound to some never sees anybody else, whichever way they ask."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from casework.database import writing
from records.known import Records
from serving.access.accounts import add_account
from serving.access.permissions import Role
from serving.access.scope import only_visible, participants_of, require_visible
from serving.access.tokens import issue_token
from serving.caller import LOCAL, Caller, set_caller
from serving.problems import UnknownParticipants

OFFICES = ["Laredo", "Miami", "San Juan"]


@given(
    st.lists(st.tuples(st.sampled_from(OFFICES), st.integers(1, 20)), min_size=1, max_size=20),
    st.sets(st.sampled_from(OFFICES)),
    st.integers(1, 21),
)
def test_exactly_the_participants_known_then_of_these_offices_are_seen(
    rows: list[tuple[str, int]], offices: set[str], day: int
) -> None:
    people = pd.DataFrame(
        {
            "record_id": [f"R{place}" for place in range(len(rows))],
            "retracted": False,
            "participant_id": [f"P{place}" for place in range(len(rows))],
            "field_office": [office for office, _ in rows],
            "known_at": [pd.Timestamp(2024, 1, known) for _, known in rows],
        }
    )
    records = Records({"participants": people}, f"{rows}")
    moment = pd.Timestamp(2024, 1, 1) + pd.Timedelta(days=day)
    wanted = {f"P{n}" for n, (office, known) in enumerate(rows) if office in offices and known < day + 1}
    assert participants_of(records, moment, frozenset(offices)) == wanted
    set_caller(Caller("a", "analyst", frozenset(offices)))
    try:
        assert set(only_visible(people, records, moment)["participant_id"]) == wanted
        hidden = sorted(set(people["participant_id"]) - wanted)
        if hidden:
            with pytest.raises(UnknownParticipants) as refused:
                require_visible(records, people["participant_id"].tolist(), moment)
            assert refused.value.details["participant_ids"] == hidden
        else:
            require_visible(records, people["participant_id"].tolist(), moment)
    finally:
        set_caller(LOCAL)


@pytest.fixture(scope="module")
def places(client: TestClient) -> Any:
    return client.post("/queue", json={"capacity": 60}).json()["queue"]


@pytest.mark.parametrize("role", [Role.ANALYST, Role.MANAGER])
def test_no_participant_of_another_office_stands_in_any_answer(
    client: TestClient, open_client: TestClient, places: Any, role: Role
) -> None:
    from serving.service import HOLDER, KEEPER

    workspace, identities = HOLDER.get(), KEEPER.get()
    assert identities is not None
    moment = workspace.moment(None)
    people = workspace.records["participants"]
    first = places[0]["participant_id"]
    office = people.loc[people["participant_id"] == first, "field_office"].iloc[-1]
    inside = participants_of(workspace.records, moment, frozenset([office]))
    with writing(identities.engine) as connection:
        who = add_account(connection, f"bound {role}", role, at=1, field_offices=[office]).account_id
        token = issue_token(connection, who, "x", at=int(pd.Timestamp.now("UTC").timestamp()), days=1)
    bound = TestClient(open_client.app, headers={"Authorization": f"Bearer {token}"})
    outside = {place["participant_id"] for place in places} - inside
    assert outside
    seen = bound.post("/queue", json={"capacity": 60}).json()["queue"]
    assert seen == [place for place in places if place["participant_id"] in inside], "ranks stay the program's"
    asked = bound.post("/score", json={"participant_ids": [first, *sorted(outside), "nobody"]})
    assert asked.status_code == 404
    assert set(asked.json()["error"]["details"]["participant_ids"]) == outside | {"nobody"}
    assert bound.post("/score", json={"participant_ids": [first]}).status_code == 200
    one = sorted(outside)[0]
    told = bound.post("/explain", json={"participant_id": one}).json()
    unknown = bound.post("/explain", json={"participant_id": "nobody"}).json()
    assert json.dumps(told).replace(one, "nobody") == json.dumps(unknown)
    assert bound.get(f"/console/participants/{first}").status_code == 200
    assert bound.get(f"/console/participants/{one}").status_code == 404
    everybody = set(people["participant_id"])
    for path in (
        "/console?capacity=60",
        "/console/queue.csv?capacity=60",
        "/console/participants",
        f"/console/participants?search={one}",
        "/console/model",
    ):
        text = bound.get(path).text.replace(f'value="{one}"', "")
        assert not {name for name in everybody - inside if name in text}, path
