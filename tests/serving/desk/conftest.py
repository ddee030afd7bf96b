"""A desk of its own over the world: a copy of its record, an empty casework database, and accounts."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from serving.caller import Caller
from serving.settings import read_settings

_number = itertools.count(1)


@dataclass
class DeskWorld:
    """The service over its own record and casework database."""

    client: Any
    folder: Path

    @property
    def workspace(self) -> Any:
        from serving.service import HOLDER

        return HOLDER.get()

    @property
    def desk(self) -> Any:
        from serving.console.desk_page import DESK

        return DESK

    def request(self) -> str:
        return f"request-{next(_number)}"

    def decide(self, **asked: Any) -> Any:
        return self.client.post("/decisions", json={"request": self.request(), **asked})

    def page(self, participant_id: str, **query: str) -> str:
        answer = self.client.get(f"/console/participants/{participant_id}", params=query)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, participant_id: str, values: dict[str, str]) -> Any:
        return self.client.post(f"/console/participants/{participant_id}/moves", data=values, follow_redirects=False)

    def waiting(self) -> list[Any]:
        from casework.case_store import waiting_cases

        with self.desk.reading(self.workspace) as connection:
            return list(waiting_cases(connection))


@pytest.fixture(scope="module")
def office(client: Any, world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    """The one application of this process over a copy of the record; as it was after the module."""
    from serving.console.desk_page import DESK
    from serving.desk.opening import prepare_database
    from serving.service import HOLDER

    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(world.folder / "lake", folder / "lake")
    changed = {
        "TRUSTLANE_LAKE": str(folder / "lake"),
        "TRUSTLANE_DATABASE": f"sqlite:///{folder / 'casework.db'}",
        "TRUSTLANE_INTAKE_DAYS": "365",
    }
    before = HOLDER.get()
    with mock.patch.dict(os.environ, changed):
        prepare_database(read_settings())
        HOLDER.load(read_settings())
        yield DeskWorld(client, folder)
    DESK.close()
    HOLDER.put(before)


@pytest.fixture
def as_account(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """``with as_account(name, role):`` what is asked inside comes from this account."""

    @contextmanager
    def entered(name: str, role: str = "analyst") -> Iterator[None]:
        who = Caller(name, role)
        with monkeypatch.context() as patched:
            for module in ("serving.console.desk_page", "serving.console.desk_routes"):
                patched.setattr(f"{module}.caller", lambda: who)
            yield

    return entered
