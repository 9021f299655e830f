"""What one installation may set, and its defaults.

Read by the doors only (cli, worker, api.app, stack); every other room is handed plain values. Each
field is set by the environment variable of its name with the prefix DEALPACE_, for instance
DEALPACE_PORT; an empty variable means the default. This module opens no socket or connection, no
file but a time zone's, and imports nothing of ours.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK: Final = "127.0.0.1"
ENV_PREFIX: Final = "DEALPACE_"

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=60)]
LogLevel = Literal["debug", "info", "warning", "error"]


def _ledger_in_data_dir(values: dict[str, Any]) -> str:
    """Names the embedded ledger; pydantic hands over the fields validated before it."""
    return f"sqlite:///{values['data_dir'] / 'ledger.db'}"


def _as_variable(value: object) -> str:
    if value is None:
        return ""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


class Settings(BaseSettings):
    """Every setting, validated once, then fixed.

    Without `temporal_address` the installation is embedded: `dealpace up` runs its own Temporal
    server on `temporal_port`. With it, `up`, `api` and `worker` use that cluster.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field(LOOPBACK, description="Address the web and the API listen on.")
    port: Port = Field(8000, description="Port of the web and the API.")
    data_dir: Path = Field(Path(".dealpace"), description="Folder of the embedded installation.")
    database_url: str = Field(
        default_factory=_ledger_in_data_dir,
        pattern=r"^(sqlite|postgres|postgresql)(\+\w+)?://",
        description="SQLAlchemy URL of the ledger; by default ledger.db in the data folder.",
    )
    log_level: LogLevel = "info"

    temporal_address: str | None = Field(
        None, pattern=r"^.+:\d+$", description="host:port of a cluster; none means embedded."
    )
    temporal_namespace: str = "default"
    temporal_port: Port = Field(7233, description="Port of the embedded Temporal server.")
    temporal_ui_port: Port = Field(8233, description="Port of the embedded server's web pages.")
    temporal_binary: Path | None = Field(None, description="The Temporal CLI to run embedded.")

    temporal_tls: bool = Field(default=False, description="Speak TLS to the cluster.")
    temporal_tls_server_ca: Path | None = Field(None, description="PEM file of the cluster's CA.")
    temporal_tls_server_name: str | None = Field(None, description="Name the certificate bears.")
    temporal_tls_client_cert: Path | None = Field(None, description="PEM file, for mutual TLS.")
    temporal_tls_client_key: Path | None = Field(None, description="PEM file, for mutual TLS.")
    temporal_api_key: SecretStr | None = Field(None, description="Sent with every call, over TLS.")

    task_queue: str = Field("dealpace", description="Temporal task queue of the worker.")
    update_timeout: Seconds = Field(
        2.0, description="Clock seconds the API waits for an answer before it signals and says 202."
    )
    sandboxed_workflows: bool = Field(
        default=False, description="Run workflows in the SDK's sandbox: slower, finds faults."
    )
    max_cached_workflows: int = Field(
        5000, ge=1, description="Deals a worker keeps in memory; a choice, 50 to 100 KB each."
    )
    sticky_timeout: Seconds = Field(
        5.0, description="Clock seconds until a worker takes over the deals of a killed one."
    )
    mail_url: SecretStr | None = Field(
        None, description="Apprise address of the mail server for channel `mail`, with a sender."
    )
    time_zone: str = Field("UTC", description="IANA name; of people who name none.")
    locale: str = Field(
        "en",
        pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$",
        description="Language of people who name none: en, or zh for Chinese.",
    )
    gather_seconds: float = Field(
        30.0, ge=0, le=60, description="Clock seconds that an alarm waits for others to go with it."
    )

    worker_metrics_host: str = Field(LOOPBACK, description="Address of the worker's metrics page.")
    worker_metrics_port: Port | None = Field(
        None, description="Port of the worker's Prometheus page; none means no page."
    )

    @property
    def temporal_target(self) -> str:
        """The host:port to connect to, embedded or not."""
        return self.temporal_address or f"{LOOPBACK}:{self.temporal_port}"

    @property
    def embedded(self) -> bool:
        """Whether this installation runs its own Temporal server."""
        return self.temporal_address is None

    def as_environment(self) -> dict[str, str]:
        """The environment variables that make these settings again, secrets included."""
        return {
            f"{ENV_PREFIX}{name.upper()}": _as_variable(getattr(self, name))
            for name in type(self).model_fields
        }

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        """Makes the folder mean the same to a process started elsewhere."""
        return folder.expanduser().resolve()

    @field_validator("mail_url")
    @classmethod
    def _mails(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuses what is no address of a mail server."""
        if url is not None and not url.get_secret_value().startswith(("mailto://", "mailtos://")):
            raise ValueError("give an address that begins with mailto:// or mailtos://")
        return url

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        """Refuses a zone nobody knows."""
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {name!r}") from None

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        """Refuses half of a mutual TLS, and a key that would travel in the clear."""
        if (self.temporal_tls_client_cert is None) != (self.temporal_tls_client_key is None):
            raise ValueError(
                f"{ENV_PREFIX}TEMPORAL_TLS_CLIENT_CERT and {ENV_PREFIX}TEMPORAL_TLS_CLIENT_KEY "
                "go together"
            )
        if self.temporal_api_key is not None and not self.temporal_tls:
            raise ValueError(
                f"{ENV_PREFIX}TEMPORAL_API_KEY needs {ENV_PREFIX}TEMPORAL_TLS=true, "
                "or it would travel in the clear"
            )
        return self


class BadSettings(Exception):
    """The environment sets something that cannot be; one line names every such variable."""


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        BadSettings: one is wrong, or two do not go together.
    """
    try:
        return Settings()
    except ValidationError as refusal:
        raise BadSettings("; ".join(_told(refusal))) from None


def _told(refusal: ValidationError) -> Iterator[str]:
    for fault in refusal.errors():
        if fault["type"] == "default_factory_not_called":
            continue  # it follows from another fault
        variable = "".join(f"{ENV_PREFIX}{name}: ".upper() for name in fault["loc"])
        yield variable + fault["msg"].removeprefix("Value error, ")
