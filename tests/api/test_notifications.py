"""People say how they are told; secrets come in and never come out."""

from datetime import UTC, datetime
from typing import Any

from ledger.letters import Letter, end_delivery, put_letter
from ledger.preferences import DEFAULTS, channels_of
from tests.api.conftest import Scene, refused
from tests.api.fake_engine import Away, FakeRounds

URL = "/v1/people/ana/notifications"
HOOK = "jsons://ana:hush@hook.example.com/way/hush?+Authorization=hush"
BOT = "wecombot://hush-hush-hush"
PLAIN: dict[str, Any] = DEFAULTS.model_dump()


async def put(scene: Scene, body: object, who: str | None = "ana") -> Any:  # noqa: ANN401 - an answer
    headers = {"Dealpace-Person": who} if who else {}
    return await scene.http.put(URL, json=body, headers=headers)


async def shown(scene: Scene) -> dict[str, Any]:
    answer = await scene.http.get(URL, headers={"Dealpace-Person": "ana"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def addresses(scene: Scene) -> list[str]:
    """What the ledger holds: the addresses with their secrets."""
    return [one.address for one in await scene.backing.ledger.read(channels_of, "ana")]


async def test_whoever_never_chose_has_the_defaults_and_no_channel(scene: Scene) -> None:
    assert await shown(scene) == {**PLAIN, "channels": []}


async def test_the_schedules_of_briefings_follow_a_persons_wishes(scene: Scene) -> None:
    rounds = scene.backing.rounds
    assert isinstance(rounds, FakeRounds)
    assert (await put(scene, {"agenda_at": "07:15"})).status_code == 200
    assert rounds.times == 1
    assert (await put(scene, {"agenda_at": "25:00"})).status_code == 422
    assert rounds.times == 1


async def test_channels_are_kept_in_order_and_shown_without_their_secrets(scene: Scene) -> None:
    wishes = {"digest": True, "digest_at": "17:30", "quiet_from": "22:00", "quiet_to": "07:00"}
    body: dict[str, Any] = {
        **wishes,
        "agenda_at": None,
        "channels": [{"address": HOOK}, {"address": BOT}],
    }
    answer = await put(scene, body)
    assert answer.status_code == 200, answer.text
    assert "hush" not in answer.text
    assert answer.json() == await shown(scene)
    found = answer.json()
    assert {name: found[name] for name in wishes} == wishes
    assert found["agenda_at"] is None
    assert [one["address"] for one in found["channels"]] == [
        "jsons://hook.example.com/…",
        "wecombot://h...h",
    ]
    assert await addresses(scene) == [HOOK, BOT]


async def test_a_channel_is_kept_by_its_id_and_as_it_was_shown(scene: Scene) -> None:
    first = (await put(scene, {"channels": [{"address": HOOK}, {"address": BOT}]})).json()
    hook, bot = first["channels"]
    turned = await put(scene, {"channels": [bot, {"id": hook["id"]}]})
    assert turned.json()["channels"] == [bot, hook]
    assert await addresses(scene) == [BOT, HOOK]
    assert (await put(scene, {})).json() == {**PLAIN, "channels": []}
    assert await addresses(scene) == []


async def test_a_channel_that_leads_nowhere_is_refused_with_the_reason(scene: Scene) -> None:
    for address in ("foo://hush", "mailto://", "wecombot://", "https://example.com/hush", "x" * 9):
        answer = await put(scene, {"channels": [{"address": HOOK}, {"address": address}]})
        facts = refused(answer, 422, "bad_channel")
        assert facts["channel"] == 1
        assert facts["reason"]
    for channel in ({"id": "Cnone"}, {"id": "Cnone", "address": BOT}):
        refused(await put(scene, {"channels": [channel]}), 422, "bad_channel")
    kept = (await put(scene, {"channels": [{"address": BOT}]})).json()["channels"][0]
    refused(await put(scene, {"channels": [kept | {"address": HOOK}]}), 422, "bad_channel")
    refused(await put(scene, {"channels": [kept, kept]}), 422, "bad_channel")
    assert await addresses(scene) == [BOT]


async def test_mail_needs_a_server_and_the_persons_address(scene: Scene) -> None:
    answer = await put(scene, {"channels": [{"address": "mail"}]})
    assert "DEALPACE_MAIL_URL" in refused(answer, 422, "bad_channel")["reason"]


async def test_wishes_that_make_no_sense_are_refused(scene: Scene) -> None:
    senseless: tuple[Any, ...] = (
        {"digest_at": "25:00"},
        {"quiet_from": "22:00"},
        {"quiet_from": "22:00", "quiet_to": "22:00"},
        {"channels": [{}]},
        {"channels": [{"address": BOT}] * 11},
        {"loud": True},
        [],
    )
    for body in senseless:
        refused(await put(scene, body), 422, "bad_payload")


async def test_only_the_person_and_ops_say_and_see_it(scene: Scene) -> None:
    for who in ("bo", "max", "dora"):
        refused(await put(scene, {}, who), 403, "not_allowed")
        answer = await scene.http.get(URL, headers={"Dealpace-Person": who})
        refused(answer, 403, "not_allowed")
        refused(await scene.post(f"{URL}/test", Dealpace_Person=who), 403, "not_allowed")
    for allowed in ("ana", "ola", None):
        assert (await put(scene, {}, allowed)).status_code == 200
    nobody = "/v1/people/nobody/notifications"
    for answer in (await scene.http.get(nobody), await scene.http.put(nobody, json={})):
        refused(answer, 404, "unknown_person")
    refused(await scene.post(f"{nobody}/test"), 404, "unknown_person")


async def test_a_letter_that_waits_goes_by_the_new_wishes(scene: Scene) -> None:
    await put(scene, {"digest": True})
    assert scene.engine.poked == ["ana"]


async def test_a_test_letter_is_queued_once_for_each_key(scene: Scene) -> None:
    await put(scene, {"channels": [{"address": HOOK}, {"address": BOT}]})
    answers = [await scene.post(f"{URL}/test", Idempotency_Key="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    tried = answers[0].json()
    assert [(one["status"], one["channel"]) for one in tried["deliveries"]] == [
        ("queued", "jsons://hook.example.com/…"),
        ("queued", "wecombot://h...h"),
    ]
    assert (await scene.post(f"{URL}/test")).json()["letter_id"] != tried["letter_id"]
    assert scene.engine.poked == ["ana"] * 4


async def test_without_the_engine_wishes_and_letters_are_kept(scene: Scene) -> None:
    scene.engine.away = Away.SERVER
    assert (await put(scene, {"channels": [{"address": BOT}]})).status_code == 200
    answer = await scene.post(f"{URL}/test")
    assert (answer.status_code, len(answer.json()["deliveries"])) == (201, 1)


async def written(scene: Scene) -> None:
    """Two letters, one of which was delivered."""
    await put(scene, {"channels": [{"address": BOT}]})
    now = datetime.now(UTC)
    for n, person in enumerate(("ana", "ana", "bo")):
        letter = Letter(person, "alarms", f"k{n}", "en", f"Subject {n}", "Body")
        await scene.backing.ledger.write(put_letter, letter, now)
        await end_delivery(scene.backing.ledger, f"{letter.id}.1", "sent", now=now)
        if n == 0:
            await end_delivery(scene.backing.ledger, f"{letter.id}.1", "failed", now=now)


async def listed(scene: Scene, path: str, who: str | None = None) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    headers = {"Dealpace-Person": who} if who else {}
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = await scene.http.get(f"{path}&limit=1{cursor}", headers=headers)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if not (following := answer.json()["next_cursor"]):
            return items
        cursor = f"&cursor={following}"


async def test_letters_and_deliveries_are_listed_for_whom_they_are(scene: Scene) -> None:
    await written(scene)
    assert len(await listed(scene, "/v1/letters?")) == 3
    assert len(await listed(scene, "/v1/letters?", "ola")) == 3
    assert {one["person"] for one in await listed(scene, "/v1/letters?", "ana")} == {"ana"}
    assert len(await listed(scene, "/v1/letters?person=bo")) == 1
    sent = await listed(scene, "/v1/deliveries?person=ana&status=sent", "ana")
    assert {one["subject"] for one in sent} == {"Subject 0", "Subject 1"}
    assert {one["status"] for one in sent} == {"sent"}
    assert {one["channel"] for one in sent} == {"wecombot://h...h"}
    assert await listed(scene, "/v1/deliveries?status=failed") == []
    for path in ("/v1/letters?person=bo", "/v1/deliveries?person=bo"):
        answer = await scene.http.get(path, headers={"Dealpace-Person": "ana"})
        refused(answer, 403, "not_allowed")
    for query in ("status=lost", "cursor=x", "who=me", "limit=0"):
        refused(await scene.http.get(f"/v1/deliveries?{query}"), 422, "bad_parameter")
    refused(await scene.http.get("/v1/letters?cursor=x"), 422, "bad_parameter")
