"""Addresses of channels: what one may be, what it opens, and how it is shown.

Decides which services there are: a closed list, since Apprise knows many that would run programs or
write files here. An address is Apprise's, with its secrets; `mail` means the installation's own
mail server and the person's mail address. Must never send anything, nor show a secret.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from apprise import Apprise, AppriseAsset, NotifyBase, OverflowMode
from apprise.plugins import url_to_dict
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.email import NotifyEmail
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.workflows import NotifyWorkflows

MAIL: Final = "mail"

SCHEMAS: Final = (
    "dingtalk",
    "feishu",
    "json",
    "jsons",
    "lark",
    "mailto",
    "mailtos",
    "slack",
    "tgram",
    "wecombot",
    "workflow",
    "workflows",
)
"""Mail, the chat services, and webhooks (`json`). Teams is `workflows`."""

LONGEST: Final = 2000
"""Characters of an address. A choice: far above any; a Teams address has about 400."""

WAIT: Final = 10.0
"""Clock seconds that one step of a connection may take. A choice: a healthy server needs one."""

_ROBOTS: Final = (
    (re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=(\w+)$"), "dingtalk"),
    (re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([\w-]+)$"), "feishu"),
)
"""The addresses that these services show for a robot, which Apprise does not read; and schemas."""

_BYTES: Final = frozenset({"dingtalk", "feishu", "lark", "wecombot"})
"""Services whose longest message is counted in bytes, though Apprise counts characters."""

_BYTES_A_CHARACTER: Final = 3
"""Of Chinese text. Source: UTF-8."""

_ASSET: Final = AppriseAsset(
    app_id="Dealpace",
    app_desc="Dealpace",
    app_url="",
    allow_templates=False,
    async_mode=False,
    http_redirects=False,
    interpret_emojis=False,
    service_timeout=0,
)
"""Whoever sends runs in the thread that asks, and follows no redirect with what it carries."""

for _name in ("apprise", "urllib3"):  # lines with addresses; what they tell is kept with deliveries
    _log = logging.getLogger(_name)
    _log.propagate = False
    _log.addHandler(logging.NullHandler())
logging.getLogger("apprise").setLevel(logging.DEBUG)


class BadChannel(Exception):
    """An address that leads nowhere; the text says why."""


class Addresses:
    """The addresses that one installation can open."""

    def __init__(self, mail_url: str | None = None) -> None:
        """Take the installation's mail server.

        Args:
            mail_url: Apprise's address of it, with a sender; None: there is none.
        """
        self._mail_url = mail_url

    def open(self, address: str, email: str | None) -> NotifyBase:
        """What sends to an address.

        Args:
            address: the channel's.
            email: the person's mail address, for `mail`.

        Raises:
            BadChannel: it leads nowhere.
        """
        if address != MAIL:
            return _checked(_opened(_parsed(address)))
        if self._mail_url is None:
            raise BadChannel("this installation has no mail server of its own (DEALPACE_MAIL_URL)")
        if email is None:
            raise BadChannel("the person has no mail address")
        return _checked(_opened(_parsed(self._mail_url) | {"targets": [email]}))

    def shown(self, address: str, email: str | None) -> str:
        """The address without its secrets.

        Raises:
            BadChannel: it leads nowhere.
        """
        opened = self.open(address, email)
        if address == MAIL:
            return MAIL
        if isinstance(opened, NotifyJSON):
            return f"{opened.schema}://{place_of(opened)}/…"
        if isinstance(opened, NotifyEmail):
            to = ", ".join(target for _, target in opened.targets)
            return f"{opened.schema}://{place_of(opened)}/{to}"
        safe: str = opened.url(privacy=True)
        return safe.partition("?")[0].rstrip("/")


def place_of(opened: NotifyBase) -> str:
    """Where it connects to: host and port, or the service, which is one place for everybody."""
    if isinstance(opened, NotifyEmail):
        return f"{opened.smtp_host}:{opened.port}"
    if isinstance(opened, NotifyJSON | NotifyWorkflows):
        return f"{opened.host}:{opened.port}" if opened.port else str(opened.host)
    return str(opened.schema)


def _parsed(address: str) -> dict[str, Any]:
    """What the address says, as Apprise reads it; the services' own addresses are read too."""
    schema = address.partition("://")[0].lower()
    native = schema == "https"
    if len(address) > LONGEST or not address.isprintable() or not (native or schema in SCHEMAS):
        raise BadChannel(f"it has to be `{MAIL}`, or an address of {', '.join(SCHEMAS)}")
    for own, robot in _ROBOTS:
        address = own.sub(rf"{robot}://\1", address)
    try:
        parsed: dict[str, Any] | None = url_to_dict(address)
    except Exception as fault:  # each service of Apprise raises what it likes
        raise BadChannel(f"it cannot be read: {fault}") from fault
    if parsed is None or parsed.get("schema") not in SCHEMAS:
        hint = "; a webhook's address begins with `jsons://`" if native else ""
        raise BadChannel(f"it cannot be read{hint}")
    return parsed


def _opened(parsed: dict[str, Any]) -> NotifyBase:
    """The service, whatever limits of its own the address asks for."""
    ours = {"cto": WAIT, "rto": WAIT, "retry": 0, "optional": False, "overflow": OverflowMode.SPLIT}
    try:
        opened = Apprise.instantiate(parsed | ours, asset=_ASSET, suppress_exceptions=False)
    except Exception as fault:  # the same
        raise BadChannel(str(fault)) from fault
    if opened is None:
        raise BadChannel("it is incomplete")
    opened.redirects = False
    if opened.schema in _BYTES:
        opened.body_maxlen //= _BYTES_A_CHARACTER
    return opened


def _checked(opened: NotifyBase) -> NotifyBase:
    """The service, if it has everything it needs.

    Raises:
        BadChannel: it says to whom or how in a way that cannot work.
    """
    if isinstance(opened, NotifyJSON) and opened.method != "POST":
        raise BadChannel("a webhook is called by POST")
    if isinstance(opened, NotifyEmail | NotifyTelegram) and not opened.targets:
        raise BadChannel("it does not say to whom")
    return opened
