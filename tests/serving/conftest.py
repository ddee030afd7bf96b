"""One small simulated program with a promoted model, and the service over it: in process and as a server."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from records.writing import only_writer
from serving.settings import read_settings


@contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings of other packages from failing tests: none of them is ours to change.

    BentoML uses a pattern class that its dependency has deprecated and overrides a method that pydantic
    has; Starlette's test client asks for another HTTP client than the one it still works with.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


with quiet():
    from starlette.testclient import TestClient

    import serving.guard  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
TODAY = "2024-11-05"
MAKE_WORLD = """
import sys
from pathlib import Path
import pandas as pd
from models.registry import promote
from models.spec import ModelSpec
from records.ingest import ingest
from records.lake import Lake
from records.simulate.program import simulate_program
from serving.pin import pin_champion
from records.writing import only_writer
from serving.settings import read_settings
from training.card.keeping import complete_documents
from training.card.source import program_tags
from training.checking import check_version
from training.splits import SplitPlan
from training.train import TrainConfig, train_model

settings, raw, now = read_settings(), Path(sys.argv[1]), pd.Timestamp("2024-11-05")
simulate_program(raw, participants=900, years=5, seed=11)
lake = Lake(settings.lake)
ingest(raw, lake, now=now)
spec = ModelSpec(rounds=40, replicas=4, replica_rounds=20)
config = TrainConfig(SplitPlan(step_months=6, calibration_dates=2), spec)
done = train_model(lake.read(), config, tracking_uri=settings.mlflow, tags=program_tags(lake.program))
report = check_version(settings.mlflow, done.version, lake.read)
promote(settings.mlflow, done.version, "the model of the tests", now=now)
complete_documents(settings.mlflow, done.version, report)
pin_champion(settings)
"""
MAKE_ACCOUNTS = """
import sys
from pathlib import Path
from time import time
from casework.database import writing
from serving.access.accounts import add_account
from serving.access.permissions import Role
from serving.access.store import open_accounts
from serving.access.tokens import issue_token
from serving.settings import read_settings

engine = open_accounts(read_settings().database)
with writing(engine) as connection:
    for role in Role:
        password = None if role is Role.SERVICE else sys.argv[2]
        made = add_account(connection, role.value, role.value, at=int(time()), password=password)
        token = issue_token(connection, made.account_id, "tests", at=int(time()), days=2)
        (Path(sys.argv[1]) / f"token-{role.value}").write_text(token)
engine.dispose()
"""
PASSWORD = "the tests sign in with this"


@dataclass(frozen=True)
class World:
    """Where the program's record, registry and pinned bundle are."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TRUSTLANE_LAKE": str(self.folder / "lake"),
            "TRUSTLANE_MLFLOW": f"sqlite:///{self.folder}/mlruns/mlflow.db",
            "TRUSTLANE_STATE": str(self.folder / "state"),
            "TRUSTLANE_DATABASE": f"sqlite:///{self.folder}/casework.db",
            "TRUSTLANE_TODAY": TODAY,
            "TRUSTLANE_CAPACITY": "8",
            "TRUSTLANE_TIMEOUT_SECONDS": "120",
            "BENTOML_DO_NOT_TRACK": "true",
            "BENTOML_HOME": str(self.folder / "bentoml"),
            "PYTHONPATH": str(ROOT),
        }

    def headers(self, role: str = "manager") -> dict[str, str]:
        """The header by which a program of an account of this role is let in."""
        return {"Authorization": f"Bearer {(self.folder / f'token-{role}').read_text(encoding='utf-8')}"}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once by whichever process of the tests comes first, then copied: each may change its own."""
    own = World(tmp_path_factory.mktemp("served"))
    several = "PYTEST_XDIST_WORKER" in os.environ
    made = World((tmp_path_factory.getbasetemp().parent if several else own.folder.parent) / "served-made")
    with only_writer(made.folder, wait_seconds=600):
        if not (made.folder / "done").exists():
            run_python(MAKE_WORLD, str(made.folder / "raw"), environment=made.environment)
            run_python(MAKE_ACCOUNTS, str(made.folder), PASSWORD, environment=made.environment)
            (made.folder / "done").touch()
    shutil.copytree(made.folder, own.folder, dirs_exist_ok=True)
    return own


@pytest.fixture(scope="session")
def in_child() -> Callable[..., str]:
    """Runs code in a process of its own."""
    return run_python


def run_python(code: str, *arguments: str, environment: dict[str, str]) -> str:
    """Run code in a process of its own, so that MLflow never enters the process of the tests."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="session")
def service(world: World) -> Iterator[Any]:
    """The service's class, imported with the world's settings in force."""
    os.environ.update(world.environment)
    with quiet():
        from serving.service import RiskService

    yield RiskService
    for name in world.environment:
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def open_client(service: Any) -> Iterator[TestClient]:
    """The one application of this process, asked by nobody: its metrics can be registered only once."""
    with ExitStack() as stack:
        with quiet():
            opened = stack.enter_context(TestClient(service.to_asgi()))
        yield opened


@pytest.fixture(scope="session")
def client(open_client: TestClient, world: World) -> TestClient:
    """The same application, asked with a manager's token."""
    with quiet():
        return TestClient(open_client.app, headers=world.headers())


@pytest.fixture(scope="session")
def signed_in(world: World) -> dict[str, str]:
    """The header of a manager's token, for requests to ``server``: ``new_context(extra_http_headers=signed_in)``."""
    return world.headers()


@pytest.fixture
def reload(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., TestClient]]:
    """Reads record and model anew under changed settings; as they were after the test."""
    from serving.service import HOLDER

    before = HOLDER.get()

    def load(**changes: str) -> TestClient:
        for name, value in changes.items():
            monkeypatch.setenv(f"TRUSTLANE_{name.upper()}", value)
        HOLDER.load(read_settings())
        return client

    yield load
    HOLDER.put(before)


@pytest.fixture(scope="session")
def server(world: World) -> Iterator[str]:
    """``bentoml serve serving.service:RiskService`` on a free loopback port; its address.

    Requests of ``urllib`` carry a manager's token from then on; a browser is given ``signed_in``.
    """
    port = free_port()
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:RiskService"]
    log = (world.folder / "server.log").open("w")
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, **world.environment},
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address, process)
        opener = urllib.request.build_opener()
        opener.addheaders = list(world.headers().items())
        urllib.request.install_opener(opener)
        yield address
    finally:
        urllib.request.install_opener(urllib.request.build_opener())
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str, process: "subprocess.Popen[bytes]", seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended before it was ready"
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"the server was not ready within {seconds:g} seconds")
