"""The OpenAPI document: what FastAPI derives from the routes, and what it cannot know.

Decides the document's words. Must never describe a field: models do.
"""

from typing import Any, Final

from fastapi import FastAPI

from api.problems import ProblemDetails

TAGS: Final[list[dict[str, Any]]] = [
    {"name": "deals", "description": "Open deals and read them."},
    {"name": "commands", "description": "What can be asked of a deal."},
    {"name": "escalations", "description": "Ladders' rungs that were reached, and answers."},
    {"name": "agenda", "description": "What to do next."},
    {"name": "reports", "description": "What the ledger says about how the process works."},
    {"name": "people", "description": "Who works with deals, and whom they report to."},
    {"name": "letters", "description": "How people are told, and what they were told."},
    {"name": "playbooks", "description": "Sales processes, each version for ever."},
    {"name": "files", "description": "Uploaded documents."},
    {"name": "imports", "description": "Deals taken over from other systems."},
    {"name": "ops", "description": "For operators."},
]

ABOUT: Final = """\
Dealpace runs a sales process: every deal is a durable workflow with a clock of its own.

**Writes** take an `Idempotency-Key`: the same key and body give the same answer and have one
effect. They answer with the deal as it is then, or **202** when the engine cannot answer in time or
`Prefer: respond-async` was sent: the command is durable and is decided once.

**Errors** are problem details (RFC 9457) with a stable `code` and `facts`. 409 means that the
process does not allow it now; nothing was changed.
"""


class Api(FastAPI):
    """An application whose document knows how errors look."""

    def openapi(self) -> dict[str, Any]:
        """The document, derived once."""
        document = super().openapi()
        schemas = document["components"]["schemas"]
        schemas.setdefault("ProblemDetails", ProblemDetails.model_json_schema())
        return document
