"""What programs read with GET, and what every answer carries."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from serving.data_routes import safe_cell
from serving.request_id import PLAIN, take_request_id


def test_the_pages_of_a_search_hold_each_participant_once_in_order(client: TestClient) -> None:
    first = client.get("/participants", params={"limit": 400}).json()
    names, offset = [row["participant_id"] for row in first["participants"]], first["next_offset"]
    while offset is not None:
        page = client.get("/participants", params={"limit": 400, "offset": offset}).json()
        names += [row["participant_id"] for row in page["participants"]]
        offset = page["next_offset"]
    assert len(names) == first["found"]
    assert names == sorted(set(names))
    one = client.get("/participants", params={"search": names[5].lower()}).json()
    assert [row["participant_id"] for row in one["participants"]] == [names[5]]


def test_files_hold_the_numbers_of_the_answers(client: TestClient) -> None:
    queue = client.post("/queue", json={}).json()["queue"]
    rows = list(csv.DictReader(io.StringIO(client.get("/exports/queue.csv").text)))
    assert [row["participant_id"] for row in rows] == [place["participant_id"] for place in queue]
    assert [float(row["margin"]) for row in rows] == [place["margin"] for place in queue]
    answer = client.get("/exports/scores.parquet")
    scores = pd.read_parquet(io.BytesIO(answer.content))
    assert len(scores) == client.post("/queue", json={}).json()["cohort_size"]
    assert list(scores["rank"]) == list(range(1, len(scores) + 1))
    assert answer.headers["X-Data-Version"] == client.get("/model").json()["data_version"]
    assert client.get("/exports/scores.csv", params={"as_of": "1990-01-01"}).status_code == 422


@given(st.text(min_size=1, max_size=8))
def test_no_cell_of_a_file_is_a_formula(text: str) -> None:
    assert not str(safe_cell(text)).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.binary(max_size=80))
def test_a_request_number_is_plain_whatever_is_sent(sent: bytes) -> None:
    number = take_request_id([(b"X-Request-Id", sent)])
    assert PLAIN.fullmatch(number.encode())
    if PLAIN.fullmatch(sent):
        assert number.encode() == sent


@pytest.mark.parametrize(("path", "status"), [("/model", 200), ("/nowhere", 404), ("/participants?limit=0", 422)])
def test_every_answer_and_every_refusal_carries_the_number_of_its_request(
    client: TestClient, path: str, status: int
) -> None:
    answer = client.get(path, headers={"X-Request-Id": "call-17"})
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (status, "call-17")
    made = {client.get(path, headers={"X-Request-Id": "a b<script>"}).headers["X-Request-Id"] for _ in range(2)}
    assert len(made) == 2
    assert not any("script" in number for number in made)
