"""What an address may be, what is refused, and that no secret is ever shown."""

import pytest

from letters.addresses import WAIT, Addresses, BadChannel, place_of

OURS = Addresses("mailtos://dealpace:hush@smtp.example.com?from=Dealpace<no-reply@example.com>")
EMAIL = "ana@example.com"


@pytest.mark.parametrize(
    ("address", "shown", "place"),
    [
        ("mail", "mail", "smtp.example.com:587"),
        (
            "mailtos://ana:hush@mx.example.com:2525?to=ana@example.org",
            "mailtos://mx.example.com:2525/ana@example.org",
            "mx.example.com:2525",
        ),
        ("mailto://ana:hush@gmail.com", "mailto://smtp.gmail.com:587/ana@gmail.com", None),
        (
            "json://u:hush@hook.example.com:8080/way/hush?+Authorization=hush&-q=hush&:a=hush",
            "json://hook.example.com:8080/…",
            "hook.example.com:8080",
        ),
        ("jsons://hook.example.com/hush", "jsons://hook.example.com/…", "hook.example.com"),
        ("wecombot://hush-hush-hush", "wecombot://h...h", "wecombot"),
        (
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hush-hush",
            "wecombot://h...h",
            "wecombot",
        ),
        ("dingtalk://hush@hushhushhush", "dingtalk://****@h...h", "dingtalk"),
        (
            "https://oapi.dingtalk.com/robot/send?access_token=hushhushhush",
            "dingtalk://h...h",
            "dingtalk",
        ),
        (
            "https://open.feishu.cn/open-apis/bot/v2/hook/hush-hush-hush",
            "feishu://h...h",
            "feishu",
        ),
        ("feishu://hushhushhush", "feishu://h...h", "feishu"),
        ("lark://hushhush-hushhushhush", "lark://****", "lark"),
        (
            "slack://THUSH0001/BHUSH0001/hushhushhushhushhushhush/#deals",
            "slack://T...1/B...1/h...h/%23deals",
            "slack",
        ),
        (
            "workflows://prod-1.logic.azure.com:443/643e69f83c8944/hushhushhush",
            "workflow://prod-1.logic.azure.com:443/6...4/h...h",
            "prod-1.logic.azure.com:443",
        ),
        ("tgram://123456789:hushhush_hush/12315544", "tgram://1...h/12315544", "tgram"),
    ],
)
def test_an_address_of_a_known_service_is_shown_without_its_secrets(
    address: str, shown: str, place: str | None
) -> None:
    assert OURS.shown(address, EMAIL) == shown
    assert "hush" not in OURS.shown(address, EMAIL).lower()
    assert place in {None, place_of(OURS.open(address, EMAIL))}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "mail://",
        "Mail",
        "nonsense",
        "foo://example.com",
        "syslog://localhost",
        "file:///etc/passwd",
        "dbus://",
        "apprise://example.com/token",
        "https://hook.example.com/x",
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x",
        "json://",
        "json://example.com/x?method=DELETE",
        "mailto://",
        "mailto://example.com",
        "mailtos://ana:x@example.com?to=nobody",
        "mailto://ana:x@example.com?mode=loud",
        "wecombot://",
        "wecombot://a b",
        "dingtalk://",
        "feishu://",
        "lark://",
        "slack://x",
        "tgram://x",
        "tgram://123456789:abcdefg_hijklmnop",
        "workflow://x",
        "json://example.com/\nBcc: x",
        f"json://example.com/{'x' * 3000}",
    ],
)
def test_anything_else_is_refused_with_a_reason(address: str) -> None:
    with pytest.raises(BadChannel) as refused:
        OURS.shown(address, EMAIL)
    assert str(refused.value)


def test_the_installations_mail_needs_a_server_and_an_address() -> None:
    with pytest.raises(BadChannel, match="DEALPACE_MAIL_URL"):
        Addresses().open("mail", EMAIL)
    with pytest.raises(BadChannel, match="no mail address"):
        OURS.open("mail", None)


def test_no_address_chooses_how_long_or_how_often_it_is_tried() -> None:
    asks = "json://example.com/x?cto=3600&rto=3600&retry=9&wait=60&optional=yes&redirect=yes"
    opened = OURS.open(asks, None)
    waits = (opened.socket_connect_timeout, opened.socket_read_timeout)
    assert (*waits, opened.retry, opened.optional) == (WAIT, WAIT, 0, False)
    assert opened.redirects is False


def test_a_chinese_text_fits_into_a_message_that_is_counted_in_bytes() -> None:
    opened = OURS.open("wecombot://hush-hush-hush", None)
    pieces = opened._apply_overflow("字" * 2048)  # noqa: SLF001 - what leaves is not seen otherwise
    assert len(pieces) > 1
    assert all(len(piece["body"].encode()) <= 2048 for piece in pieces)
