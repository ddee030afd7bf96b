"""Settings come from one list, in one order, and are refused with every problem at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.settings import Settings, SettingsError, describe_settings, read_settings


def test_defaults_hold_where_nothing_is_set(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)
    assert settings == Settings()
    assert (settings.lake, settings.port, settings.host) == (Path(".trustlane/lake"), 3000, "127.0.0.1")


def test_an_argument_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / "trustlane.toml").write_text("port = 1111\ncapacity = 11\nhorizon = 90\n", encoding="utf-8")
    environ = {"TRUSTLANE_PORT": "2222", "TRUSTLANE_CAPACITY": "22"}
    settings = read_settings(environ, tmp_path, port=3333, capacity=None)
    assert (settings.port, settings.capacity, settings.horizon) == (3333, 22, 90)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "trustlane.toml").write_text('colour = "red"\n', encoding="utf-8")
    environ = {"TRUSTLANE_PORT": "many", "TRUSTLANE_AUDIT_SHARE": "2", "TRUSTLANE_TODAY": "soon"}
    with pytest.raises(SettingsError) as refused:
        read_settings(environ, tmp_path)
    for part in ("colour", "port", "audit_share", "today", "expected", "got"):
        assert part in str(refused.value)


@pytest.mark.parametrize("text", ["port = ", "port = 1\nport = 2"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "trustlane.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="Expected TOML"):
        read_settings({}, tmp_path)


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TRUSTLANE_CONFIG"):
        read_settings({"TRUSTLANE_CONFIG": str(tmp_path / "none.toml")}, tmp_path)


@given(st.integers(1, 65_535), st.floats(0, 1), st.dates().map(str))
def test_settings_come_through_a_childs_environment_unchanged(port: int, share: float, today: str) -> None:
    settings = read_settings({}, Path("/nowhere"), port=port, audit_share=share, today=today, lake="/a/lake")
    again = read_settings(settings.to_environment(), Path("/nowhere"))
    assert (again.port, again.audit_share, again.today, again.lake) == (port, share, today, Path("/a/lake"))
    assert again.to_environment() == settings.to_environment()


def test_a_child_in_another_folder_finds_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = Settings().to_environment()
    assert environ["TRUSTLANE_LAKE"] == str(tmp_path / ".trustlane/lake")
    assert environ["TRUSTLANE_MLFLOW"] == f"sqlite:///{tmp_path}/mlruns/mlflow.db"


def test_every_setting_is_described() -> None:
    for described in describe_settings():
        assert described.variable == f"TRUSTLANE_{described.name.upper()}"
        assert len(described.meaning) > 10


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "trustlane.example", "::"])
def test_a_service_that_others_reach_is_never_open(host: str) -> None:
    with pytest.raises(SettingsError, match="identity: expected local"):
        read_settings({}, Path("/nowhere"), identity="none", host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_it_may_be_opened_by_a_setting_that_says_so(host: str) -> None:
    assert read_settings({}, Path("/nowhere"), identity="none", host=host).identity == "none"
    assert read_settings({}, Path("/nowhere"), host=host).identity == "local"


def test_another_identity_is_refused() -> None:
    with pytest.raises(SettingsError, match="one of local, none"):
        read_settings({}, Path("/nowhere"), identity="open")
