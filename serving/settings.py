"""Every setting of Trustlane: name, default, meaning. One list for the service and the command line.

A setting comes, in this order, from an argument, from the environment (``TRUSTLANE_`` and the name in
capitals), from the file ``trustlane.toml`` (or the one that ``TRUSTLANE_CONFIG`` names), and from the
default here.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

PREFIX = "TRUSTLANE_"
CONFIG_FILE = "trustlane.toml"


class SettingsError(ValueError):
    """Settings do not fit; the message lists every problem with what was expected and what to do."""


def _says(meaning: str) -> dict[str, str]:
    return {"meaning": meaning}


@dataclass(frozen=True)
class Settings:
    """All settings with their values. Make one with :func:`read_settings`."""

    lake: Path = field(default=Path(".trustlane/lake"), metadata=_says("folder of the record store"))
    mlflow: str = field(default="sqlite:///mlruns/mlflow.db", metadata=_says("tracking and registry address of MLflow"))
    state: Path = field(
        default=Path(".trustlane/serving"), metadata=_says("folder for the pinned model bundle that workers read")
    )
    unsent: Path = field(
        default=Path(".trustlane/unsent"), metadata=_says("folder for runs that a tracking server could not take")
    )
    database: str = field(
        default="sqlite:///.trustlane/casework.db",
        metadata=_says("database of casework and accounts, SQLite or PostgreSQL"),
    )
    ledger_key: Path = field(
        default=Path(".trustlane/ledger_key.pem"),
        metadata=_says("Ed25519 key in PEM that signs the ledger's checkpoints"),
    )
    criteria: str = field(
        default="", metadata=_says("folder of the criteria in force; empty: the draft that Trustlane brings")
    )
    intake_days: int = field(
        default=90,
        metadata=_says("days back from the newest list whose incidents open cases, where none was decided on"),
    )
    capacity: int = field(default=25, metadata=_says("cases that can be examined from one list"))
    audit_share: float = field(default=0.15, metadata=_says("share of the capacity drawn at random, from 0 to 1"))
    draw_seed: int = field(default=1, metadata=_says("seed of the random draw; with the date it decides who is drawn"))
    horizon: int = field(
        default=365, metadata=_says("days that a new model looks ahead, unless its configuration file says so")
    )
    host: str = field(default="127.0.0.1", metadata=_says("IP address that the service listens on"))
    port: int = field(default=3000, metadata=_says("port that the service listens on"))
    identity: str = field(
        default="local",
        metadata=_says("`local`: accounts of this service; `none`: nobody signs in, allowed only on a loopback host"),
    )
    workers: int = field(default=1, metadata=_says("worker processes of the service"))
    timeout_seconds: int = field(default=30, metadata=_says("longest time for one answer, in seconds"))
    cached_dates: int = field(default=4, metadata=_says("dates whose full list of scores a worker keeps in memory"))
    today: str = field(
        default="", metadata=_says("date to take for today, YYYY-MM-DD; empty: the machine's clock, UTC")
    )

    def to_environment(self) -> dict[str, str]:
        """The settings as environment variables for a child process, whatever its working directory."""
        values = {item.name: str(getattr(self, item.name)) for item in fields(self)}
        values |= {name: str(getattr(self, name).absolute()) for name in ("lake", "state", "unsent", "ledger_key")}
        values |= {"mlflow": _absolute_sqlite(values["mlflow"]), "database": _absolute_sqlite(values["database"])}
        values |= {"criteria": str(Path(self.criteria).absolute()) if self.criteria else ""}
        return {variable_name(name): value for name, value in values.items()}


def _absolute_sqlite(address: str) -> str:
    scheme, _, path = address.partition("sqlite:///")
    return f"sqlite:///{Path(path).absolute()}" if not scheme and path else address


@dataclass(frozen=True)
class SettingDescription:
    """One line of the documented list."""

    name: str
    variable: str
    default: str
    meaning: str


def variable_name(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def describe_settings() -> tuple[SettingDescription, ...]:
    """Every setting with its environment variable, default and meaning, in documented order."""
    return tuple(
        SettingDescription(item.name, variable_name(item.name), str(item.default), item.metadata["meaning"])
        for item in fields(Settings)
        if item.default is not MISSING
    )


def read_settings(
    environ: Mapping[str, str] | None = None, folder: Path | None = None, **overrides: object
) -> Settings:
    """The settings in force.

    Parameters
    ----------
    environ : mapping, optional
        The environment; the process's own when not given.
    folder : Path, optional
        Where ``trustlane.toml`` is looked for; the working directory when not given.
    overrides : object
        Settings given as arguments; None means not given.

    Raises
    ------
    SettingsError
        When the file cannot be read, a name is unknown or a value does not fit; all problems at once.
    """
    environ = os.environ if environ is None else environ
    names = [item.name for item in fields(Settings)]
    given = {name: value for name, value in overrides.items() if value is not None}
    from_environment = {name: environ[variable_name(name)] for name in names if variable_name(name) in environ}
    values = {**_read_file(environ, folder or Path()), **from_environment, **given}
    problems = [f"{name}: expected one of {', '.join(names)}" for name in values if name not in names]
    converted: dict[str, Any] = {}
    for name, value in values.items():
        if name in names:
            try:
                converted[name] = _converted(name, value)
            except ValueError as error:
                problems.append(f"{name}: expected {error}; got {value!r}")
    if not problems:
        problems = _identity_problems(Settings(**converted))
    if problems:
        raise SettingsError(
            "Settings do not fit:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
            + f"\nCorrect the environment ({PREFIX}...) or {CONFIG_FILE}."
        )
    return Settings(**converted)


def _read_file(environ: Mapping[str, str], folder: Path) -> dict[str, Any]:
    named = environ.get(PREFIX + "CONFIG")
    path = Path(named) if named else folder / CONFIG_FILE
    if not path.is_file():
        if named:
            raise SettingsError(f"Expected a settings file at {path}, got none. Correct {PREFIX}CONFIG.")
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Expected TOML in {path}, got: {error}. Correct the file.") from error


IDENTITIES = ("local", "none")


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach the host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _identity_problems(settings: Settings) -> list[str]:
    if settings.identity != "none" or is_loopback(settings.host):
        return []
    return [
        f"identity: expected local where the service listens on {settings.host}, not a loopback address; got 'none'"
    ]


RANGES: dict[str, tuple[float, float]] = {
    "intake_days": (1, 3650),
    "capacity": (1, 100_000),
    "audit_share": (0, 1),
    "draw_seed": (0, 2**31),
    "horizon": (30, 3650),
    "port": (1, 65_535),
    "workers": (1, 64),
    "timeout_seconds": (1, 600),
    "cached_dates": (1, 1000),
}


def _converted(name: str, value: object) -> Path | str | int | float:
    default = next(item.default for item in fields(Settings) if item.name == name)
    if isinstance(default, Path):
        return Path(str(value))
    if name == "today":
        return _date_or_empty(str(value))
    if name == "identity" and value not in IDENTITIES:
        raise ValueError(f"one of {', '.join(IDENTITIES)}")
    if isinstance(default, str):
        return str(value)
    low, high = RANGES[name]
    kind: type[int] | type[float] = float if isinstance(default, float) else int
    words = f"{'a number' if kind is float else 'a whole number'} from {low:g} to {high:g}"
    try:
        number = kind(str(value))
    except ValueError as error:
        raise ValueError(words) from error
    if not low <= number <= high:
        raise ValueError(words)
    return number


def _date_or_empty(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise ValueError("a date YYYY-MM-DD or nothing") from error
