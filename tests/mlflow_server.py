"""A real tracking server on loopback, started when a test wants it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mlflow_server(folder: Path, port: int) -> Iterator[str]:
    """The address of a server that keeps its runs in ``folder`` while the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "files"),
    ]
    log = (folder / "server.log").open("w")
    process = subprocess.Popen(
        [*command, "--workers", "1"],
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield wait_until_ready(f"http://127.0.0.1:{port}", process)
    finally:
        # Its supervisor does not always end when its worker does, so the group is ended for good.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        log.close()


def wait_until_ready(address: str, process: "subprocess.Popen[bytes]", seconds: float = 120) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended before it was ready"
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return address
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server was not ready within {seconds:g} seconds")
