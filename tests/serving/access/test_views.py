"""Who looked at whose score is written down before the answer leaves, and every line is taken once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from starlette.testclient import TestClient

from casework.database import reading
from serving.access.store import open_accounts
from serving.access.views import FILE_SECONDS, FOLDER, ViewLog, ViewNotKept, find_views, fold_views
from trustlane import main

NOW = 1_730_000_000
ABOUT = {"model_version": "m/1", "data_version": "d", "as_of": date(2024, 11, 5)}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_accounts(f"sqlite:///{tmp_path}/casework.db")
    yield opened
    opened.dispose()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.none(), st.lists(st.sampled_from("ABCD"), min_size=1, max_size=5)), max_size=12))
def test_every_line_is_taken_once_however_often_folding_happens(
    engine: Engine, tmp_path_factory: Any, steps: list[list[str] | None]
) -> None:
    state = tmp_path_factory.mktemp("state")
    logs, account = (ViewLog(), ViewLog()), state.name
    wanted: list[tuple[int, str]] = []
    for place, step in enumerate(steps):
        if step is None:
            fold_views(engine, state, at=NOW)
        else:
            logs[place % 2].keep(
                state, account_id=account, route="/score", participant_ids=step, at=NOW + place, **ABOUT
            )
            wanted += [(NOW + place, name) for name in set(step)]
    fold_views(engine, state, at=NOW)
    assert fold_views(engine, state, at=NOW) == 0
    with reading(engine) as connection:
        found = find_views(connection, account_id=account)
    assert sorted((view.at, view.participant_id) for view in found) == sorted(wanted)


def test_a_line_outlives_a_process_that_is_killed_and_half_a_line_is_not_taken(engine: Engine, tmp_path: Path) -> None:
    code = """
import os, sys
from datetime import date
from pathlib import Path
from serving.access.views import VIEW_LOG
VIEW_LOG.keep(Path(sys.argv[1]), account_id="a", route="/score", participant_ids=["P1"], at=1.0,
    model_version="m", data_version="d", as_of=date(2024, 1, 1))
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    path = next((tmp_path / FOLDER).iterdir())
    with path.open("ab") as torn:
        torn.write(b'[2,"a","/sco')
    assert fold_views(engine, tmp_path, at=NOW) == 1
    assert fold_views(engine, tmp_path, at=NOW) == 0


def test_a_file_goes_only_when_it_is_old_and_taken(engine: Engine, tmp_path: Path) -> None:
    ViewLog().keep(tmp_path, account_id="a", route="/score", participant_ids=["P"], at=NOW, **ABOUT)
    path = next((tmp_path / FOLDER).iterdir())
    fold_views(engine, tmp_path, at=path.stat().st_mtime + FILE_SECONDS)
    assert path.exists()
    fold_views(engine, tmp_path, at=path.stat().st_mtime + 3 * FILE_SECONDS)
    assert not path.exists()
    with reading(engine) as connection:
        assert len(find_views(connection)) == 1


def test_what_cannot_be_written_down_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file stands in the way", encoding="utf-8")
    with pytest.raises(ViewNotKept):
        ViewLog().keep(tmp_path, account_id="a", route="/score", participant_ids=["P"], at=NOW, **ABOUT)


def test_every_answer_with_scores_is_written_down_with_whose_they_are(client: TestClient, world: Any) -> None:
    from serving.service import HOLDER, KEEPER

    identities, workspace = KEEPER.get(), HOLDER.get()
    assert identities is not None
    state = workspace.settings.state
    fold_views(identities.engine, state, at=NOW)
    with reading(identities.engine) as connection:
        before = len(find_views(connection, limit=10**9))
    queue = [place["participant_id"] for place in client.post("/queue", json={"capacity": 3}).json()["queue"]]
    first = queue[0]
    client.post("/score", json={"participant_ids": [first, queue[1], first]})
    client.post("/explain", json={"participant_id": first})
    client.get(f"/console/participants/{first}")
    client.post("/score", json={"participant_ids": ["nobody"]})
    fold_views(identities.engine, state, at=NOW)
    with reading(identities.engine) as connection:
        new = find_views(connection, limit=10**9)[: 10**9]
        found = sorted((view.route, view.participant_id) for view in new)[: len(new)]
    assert len(new) - before == 3 + 2 + 1 + 1
    for route in ("/queue", "/score", "/explain", "/console/participants/{participant_id}"):
        assert (route, first) in found
    assert {view.account_name for view in new} >= {"manager"}
    done = CliRunner().invoke(main, ["audit", "views", "--participant", first], env=world.environment)
    assert done.exit_code == 0, done.output
    assert first in done.output
    assert "manager" in done.output
    asked = CliRunner().invoke(main, ["audit", "views", "--account", "nobody"], env=world.environment)
    assert "Nobody looked" in asked.output


def test_no_name_stands_in_the_files(client: TestClient, world: Any) -> None:
    from serving.service import HOLDER

    workspace = HOLDER.get()
    people = workspace.records["participants"]
    client.get("/console/queue")
    text = "".join(path.read_text(encoding="utf-8") for path in (workspace.settings.state / FOLDER).iterdir())
    assert text
    assert not [name for name in people["legal_name"].dropna().unique() if json.dumps(name)[1:-1] in text]
    assert all(oct(os.stat(path).st_mode)[-3:] == "600" for path in (workspace.settings.state / FOLDER).iterdir())
