"""Starts the service in the foreground, as ``bentoml serve serving.service:RiskService`` would."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from serving.settings import Settings

QUIET = {
    "BENTOML_DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
"""Nothing leaves the machine."""

CHECK_SECONDS = 0.2
"""How often the launcher looks whether the service has ended by itself."""
REPEAT_SECONDS = 3
"""How long the service gets to end before it is asked again."""
PATIENCE_SECONDS = 30
"""How long it is asked before it is killed."""


class PortTaken(RuntimeError):
    """Another program listens there; the message says which setting to change."""


def serve(settings: Settings) -> None:
    """Serve until interrupted. Prints the address of the console first.

    Parameters
    ----------
    settings : Settings
        Handed to the service through its environment.

    Raises
    ------
    PortTaken
        When the address is in use.
    """
    _require_free(settings)
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, **QUIET, **settings.to_environment()}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:RiskService"]
    command += ["--host", settings.host, "--port", str(settings.port), "--working-dir", str(root)]
    sys.stdout.write(f"Console: {console_address(settings)}\n")
    if settings.identity == "none":
        sys.stdout.write("Nobody signs in (identity = none): whoever reaches this address sees and does everything.\n")
    sys.stdout.flush()
    _run_until_stopped(command, environment)


def _run_until_stopped(command: list[str], environment: dict[str, str]) -> None:
    """Run a child until it ends or this process is asked to stop, whenever that comes.

    The request only sets an event: raised as an exception it could fall into the start of the child and
    leave it running. The child is a supervisor that drops a signal while it starts, so the request is
    repeated to it and its workers until they are gone.
    """
    stop = threading.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        signal.signal(request, lambda *_: stop.set())
    child = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603  # our own service
    while child.poll() is None:
        if stop.wait(CHECK_SECONDS):
            break
    patience = PATIENCE_SECONDS
    while child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM if patience > 0 else signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=REPEAT_SECONDS)
        patience -= REPEAT_SECONDS


def console_address(settings: Settings) -> str:
    """Where a browser on this machine finds the console."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  # compared, not bound
    return f"http://{host}:{settings.port}/console"


def _require_free(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortTaken(
                f"Expected {settings.host}:{settings.port} to be free, but it is in use or not an address of this "
                "machine. Choose another with --port or TRUSTLANE_PORT."
            ) from error
