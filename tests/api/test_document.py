"""The committed OpenAPI document is the code's, and it is whole."""

import json
from pathlib import Path
from typing import Any

from api.bodies import FILLED_IN, body_of
from api.codes import MEANINGS
from api.openapi import document
from deals.commands import Base, RecordAction, RecordFacts

DOCUMENT: dict[str, Any] = json.loads(document())
COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_the_committed_document_is_the_codes() -> None:
    assert COMMITTED.read_text("utf-8") == document(), "run `make openapi`"


def test_every_address_of_the_contract_is_there() -> None:
    verbs = (
        *("actions", "facts", "advance", "return", "hold", "resume"),
        *("assign", "claim", "override", "close", "reopen"),
    )
    wanted = {
        *("post /v1/deals", "get /v1/deals", "get /v1/deals/{id}", "get /v1/deals/{id}/timeline"),
        *(f"post /v1/deals/{{id}}/{verb}" for verb in verbs),
        *("get /v1/deals/{id}/clocks", "get /v1/deals/{id}/commands/{command_id}"),
        *("post /v1/files", "get /v1/files/{file_id}", "get /v1/agenda", "get /v1/escalations"),
        *("post /v1/escalations/{id}/acknowledge", "post /v1/escalations/{id}/comment"),
        *("get /v1/playbooks", "get /v1/playbooks/{playbook_id}/{version}", "post /v1/playbooks"),
        *("get /v1/people", "put /v1/people/{person_id}", "get /healthz", "get /readyz"),
    }
    assert wanted <= {name for name, _ in OPERATIONS}


def test_every_error_is_documented_as_a_problem() -> None:
    for name, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            if status >= "400" and name != "get /readyz":
                assert list(response["content"]) == ["application/problem+json"], name


def test_every_operation_says_what_it_is_for() -> None:
    assert all(operation["summary"] and operation["tags"] for _, operation in OPERATIONS)
    ids = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_documented_codes_exist() -> None:
    text = json.dumps([operation["responses"] for _, operation in OPERATIONS])
    listed = {part.split("`")[0] for part in text.split("- `")[1:]}
    assert listed <= set(MEANINGS)


def test_a_body_has_the_commands_own_fields_and_nothing_that_is_filled_in() -> None:
    shown = set(body_of(RecordAction).model_fields)
    assert shown == set(RecordAction.model_fields) - FILLED_IN
    assert set(Base.model_fields) <= FILLED_IN
    schema = DOCUMENT["components"]["schemas"]["RecordActionBody"]
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == shown
    facts = DOCUMENT["components"]["schemas"][body_of(RecordFacts).__name__]
    assert (facts["type"], facts["minProperties"], facts["maxProperties"]) == ("object", 1, 50)


def test_the_guide_lists_every_code_with_its_status() -> None:
    guide = (COMMITTED.parent / "api.md").read_text("utf-8")
    rows = {
        f"| {meaning.status} | `{code}` | {meaning.title} |" for code, meaning in MEANINGS.items()
    }
    assert rows <= set(guide.splitlines())
