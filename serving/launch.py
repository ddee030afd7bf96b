"""Starts the service in the foreground, as ``bentoml serve serving.service:RiskService`` would."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from serving.settings import Settings

QUIET = {
    "BENTOML_DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
"""Nothing leaves the machine."""


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
    # A request to stop must find the child, whenever it comes: the handler stands before the child starts.
    signal.signal(signal.SIGTERM, _interrupt)
    sys.stdout.write(f"Console: {console_address(settings)}\n")
    sys.stdout.flush()
    child = subprocess.Popen(command, env=environment)  # noqa: S603  # our own interpreter and service
    try:
        child.wait()
    except KeyboardInterrupt:
        child.terminate()
        child.wait()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


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
