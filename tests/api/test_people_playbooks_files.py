"""People, playbooks and files: what ops and reps keep beside the deals."""

from pathlib import Path
from typing import Any

import pytest

from playbooks.load import shipped
from tests.api.conftest import Scene, refused
from tests.api.fake_engine import FakeRounds

PERSON = {"name": "Newcomer", "role": "rep"}
SHIPPED = {path.stem: path.read_text() for path in map(Path, shipped())}
YAML = {"Content-Type": "application/yaml"}


async def test_people_are_listed_by_id(scene: Scene) -> None:
    people = (await scene.http.get("/v1/people")).json()["items"]
    assert [person["id"] for person in people] == ["ana", "bo", "dora", "max", "ola"]


async def test_a_person_is_put_whole(scene: Scene) -> None:
    own = {"time_zone": "Asia/Shanghai", "hours": {"tue": "09:00-12:00", "sat": "10:00-16:00"}}
    whole = PERSON | {"email": "n@example.com", "locale": "zh"} | own
    answer = await scene.http.put("/v1/people/new", json=whole | {"manager": "max"})
    assert answer.json() == whole | {
        "id": "new",
        "manager": "max",
        "team": None,
        "automatic": False,
        "last_on": None,
    }
    answer = await scene.http.put("/v1/people/new", json=PERSON)
    assert answer.json()["email"] is None


async def test_the_schedules_of_briefings_follow_a_person(scene: Scene) -> None:
    rounds = scene.backing.rounds
    assert isinstance(rounds, FakeRounds)
    await scene.http.put("/v1/people/new", json=PERSON | {"time_zone": "Europe/Berlin"})
    assert rounds.times == 1
    await scene.http.put("/v1/people/new", json=PERSON | {"role": "king"})
    assert rounds.times == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"manager": "nobody"}, "bad_person"),
        ({"manager": "new"}, "bad_person"),
        ({"role": "king"}, "bad_payload"),
        ({"name": ""}, "bad_payload"),
        ({"email": "nowhere"}, "bad_payload"),
        ({"locale": "English!"}, "bad_payload"),
        ({"time_zone": "Mars/Olympus"}, "bad_payload"),
        ({"time_zone": "../etc/passwd"}, "bad_payload"),
        ({"time_zone": "x" * 100_000}, "bad_payload"),
        ({"name": "nul\x00"}, "bad_payload"),
        ({"id": "other"}, "bad_payload"),
        ({"age": 40}, "bad_payload"),
        ({"hours": "closed"}, "bad_payload"),
        ({"hours": {}}, "bad_payload"),
        ({"hours": {"mon": "18:00-09:00"}}, "bad_payload"),
    ],
)
async def test_a_person_who_cannot_be_is_refused(
    scene: Scene, change: dict[str, Any], code: str
) -> None:
    refused(await scene.http.put("/v1/people/new", json=PERSON | change), 422, code)


async def test_nobody_reports_to_themselves_by_any_way_round(scene: Scene) -> None:
    body = {"name": "Dora", "role": "director", "manager": "ana"}
    facts = refused(await scene.http.put("/v1/people/dora", json=body), 422, "bad_person")
    assert facts == {"circle": ["dora", "ana", "max", "dora"]}


async def test_shipped_playbooks_are_published(scene: Scene) -> None:
    listed = (await scene.http.get("/v1/playbooks")).json()["items"]
    assert [(one["id"], one["version"]) for one in listed] == [
        ("equipment-sales", 1),
        ("short-pipeline", 1),
    ]
    shown = (await scene.http.get("/v1/playbooks/equipment-sales/1")).json()
    assert shown["source"] == SHIPPED["equipment-sales"]
    assert shown["playbook"]["playbook"] == "equipment-sales"
    refused(await scene.http.get("/v1/playbooks/equipment-sales/2"), 404, "unknown_playbook")
    refused(await scene.http.get("/v1/playbooks/none/1"), 404, "unknown_playbook")


async def test_a_version_is_published_once(scene: Scene) -> None:
    text = SHIPPED["short-pipeline"].replace("version: 1", "version: 2", 1)
    first = await scene.http.post("/v1/playbooks", content=text, headers=YAML)
    assert first.status_code == 201
    assert first.headers["location"] == "/v1/playbooks/short-pipeline/2"
    again = await scene.http.post("/v1/playbooks", content=text, headers=YAML)
    assert (again.status_code, again.json()) == (200, first.json())
    other = text.replace("Short pipeline", "Other pipeline")
    answer = await scene.http.post("/v1/playbooks", content=other, headers=YAML)
    facts = refused(answer, 409, "version_exists")
    assert (facts["playbook"], facts["version"]) == ("short-pipeline", 2)
    assert (await scene.open(playbook="short-pipeline"))["playbook"]["version"] == 2


async def test_a_playbook_may_come_as_json(scene: Scene) -> None:
    body = {
        "playbook": "mini",
        "version": 1,
        "name": "Mini",
        "calendar": {"time_zone": "UTC", "hours": "around-the-clock"},
        "currency": "EUR",
        "stages": [{"id": "only", "name": "Only"}],
    }
    assert (await scene.post("/v1/playbooks", body)).status_code == 201
    assert (await scene.open(playbook="mini@1"))["currency"] == "EUR"


async def test_a_broken_playbook_is_refused_with_every_fault(scene: Scene) -> None:
    text = SHIPPED["short-pipeline"].replace("version: 1", "version: 0", 1) + "\nnonsense: 1\n"
    answer = await scene.http.post("/v1/playbooks", content=text, headers=YAML)
    faults = refused(answer, 422, "bad_playbook")["faults"]
    assert {fault["path"] for fault in faults} == {"version", "nonsense"}
    assert all(fault["line"] and fault["message"] for fault in faults)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"- " * 10_000,
        b"[" * 50_000,
        b"a: &a [*a]",
        b"!!python/object/apply:os.system [ls]",
        b"just text",
        b"a: \x00",
        b"? {a: 1}\n: 2",
        b"x: " + b"9" * 5_000,
    ],
)
async def test_what_is_no_playbook_is_refused(scene: Scene, content: bytes) -> None:
    answer = await scene.http.post("/v1/playbooks", content=content, headers=YAML)
    refused(answer, 422, "bad_playbook")


async def test_a_playbook_of_another_type_or_size_is_refused(scene: Scene) -> None:
    answer = await scene.http.post("/v1/playbooks", content=b"x", headers={"Content-Type": "a/b"})
    refused(answer, 415, "unsupported_media_type")
    answer = await scene.http.post("/v1/playbooks", content=b"#" * 2**20, headers=YAML)
    refused(answer, 413, "payload_too_large")


async def test_a_file_comes_back_as_it_was_and_is_never_shown(scene: Scene) -> None:
    name = '报价 "1"\r\n.html'
    page = b"<script>alert(1)</script>\x00\xff"
    answer = await scene.http.post("/v1/files", files={"file": (name, page, "text/html")})
    stored = answer.json()
    assert answer.status_code == 201
    assert (stored["size"], stored["media_type"]) == (len(page), "text/html")
    got = await scene.http.get(answer.headers["location"])
    assert got.content == page
    assert got.headers["content-type"].startswith("text/html")
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E6%8A%A5")
    assert got.headers["x-content-type-options"] == "nosniff"


async def test_the_same_content_is_the_same_file(scene: Scene) -> None:
    upload = {"file": ("../../quote.pdf", b"%PDF", "application/pdf")}
    one, two = [(await scene.http.post("/v1/files", files=upload)).json() for _ in range(2)]
    assert one == two
    assert one["name"] == "quote.pdf"


@pytest.mark.parametrize("media_type", ["text/html\r\nX: y", "nonsense", "a" * 300 + "/b"])
async def test_an_odd_media_type_is_kept_as_octets(scene: Scene, media_type: str) -> None:
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
    body = f"{head}Content-Type: {media_type}\r\n\r\nx\r\n--b--\r\n".encode()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await scene.http.post("/v1/files", content=body, headers=headers)
    assert answer.json()["media_type"] in {"application/octet-stream", "text/html"}


async def test_an_upload_that_is_none_is_refused(scene: Scene) -> None:
    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    for content, headers in (
        (b"", multipart),
        (b"--b\r\nnonsense", multipart),
        (b"--b--\r\n", multipart),
        (b"x", {"Content-Type": "multipart/form-data"}),
        (b"{}", {"Content-Type": "application/json"}),
    ):
        answer = await scene.http.post("/v1/files", content=content, headers=headers)
        refused(answer, 422, "bad_payload")
    refused(await scene.http.post("/v1/files", data={"file": "x"}), 422, "bad_payload")
    refused(await scene.http.get("/v1/files/none"), 404, "unknown_file")


async def test_a_file_that_is_too_large_is_refused(scene: Scene) -> None:
    upload = {"file": ("big", b"x" * (20 * 2**20 + 1), "a/b")}
    answer = await scene.http.post("/v1/files", files=upload)
    refused(answer, 413, "file_too_large")
