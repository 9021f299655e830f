"""What can be set, and what is refused."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DEALPACE_")]:
        monkeypatch.delenv(name)


def test_the_defaults_are_the_contract() -> None:
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.temporal_target, settings.temporal_ui_port) == ("127.0.0.1:7233", 8233)
    assert settings.data_dir == Path(".dealpace").resolve()
    assert settings.embedded


def test_variables_override_and_empty_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALPACE_PORT", "8001")
    monkeypatch.setenv("DEALPACE_TEMPORAL_PORT", "")
    assert (Settings().port, Settings().temporal_port) == (8001, 7233)


def test_the_ledger_follows_the_data_folder(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).database_url == f"sqlite:///{tmp_path}/ledger.db"


@pytest.mark.parametrize("url", ["postgresql://u:p@db/x", "postgres://db/x", "sqlite:///x.db"])
def test_the_ledger_can_be_another_database(url: str) -> None:
    assert Settings(database_url=url).database_url == url


@pytest.mark.parametrize("url", ["mysql://db/x", "ledger.db", "postgresql:db"])
def test_a_database_we_do_not_speak_to_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="database_url"):
        Settings(database_url=url)


def test_settings_survive_the_way_through_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path,
        port=8001,
        temporal_tls=True,
        temporal_api_key=SecretStr("key"),
        sandboxed_workflows=True,
        mail_url=SecretStr("mailtos://dealpace:hush@smtp.example.com"),
        time_zone="Asia/Shanghai",
    )
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_a_secret_does_not_travel_in_the_clear() -> None:
    with pytest.raises(ValidationError, match="TEMPORAL_API_KEY needs DEALPACE_TEMPORAL_TLS=true"):
        Settings(temporal_api_key=SecretStr("key"))


def test_half_of_a_mutual_tls_is_refused() -> None:
    with pytest.raises(ValidationError, match="go together"):
        Settings(temporal_tls=True, temporal_tls_client_key=Path("key.pem"))


def test_a_secret_is_not_shown() -> None:
    settings = Settings(temporal_tls=True, temporal_api_key=SecretStr("very secret"))
    assert "very secret" not in repr(settings)


def test_a_mail_server_that_is_none_and_a_zone_nobody_knows_are_refused() -> None:
    with pytest.raises(ValidationError, match="mailto"):
        Settings(mail_url=SecretStr("json://example.com"))
    with pytest.raises(ValidationError, match="no time zone"):
        Settings(time_zone="Mars/Olympus")
    with pytest.raises(ValidationError, match="locale"):
        Settings(locale="english, please")
