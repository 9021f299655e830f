"""Writes the OpenAPI document: `python -m api.openapi > docs/openapi.json`.

Must never connect to anything.
"""

import json
import sys
from contextlib import AbstractAsyncContextManager

from api.app import assemble
from api.backing import Backing


def document() -> str:
    """The document as it is committed."""
    return json.dumps(assemble(_unopened).openapi(), ensure_ascii=False, indent=2) + "\n"


def _unopened() -> AbstractAsyncContextManager[Backing]:
    raise RuntimeError("this application is described, never run")


if __name__ == "__main__":
    sys.stdout.write(document())
