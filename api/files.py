"""Files: uploaded once, downloaded as they came, and never run by a browser.

Decides which name and media type a file keeps, and the headers that make a download safe. Must
never look into a file.
"""

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, File, Response, UploadFile

from api.addresses import PREFIX
from api.answers import problems
from api.backing import Standing
from api.callers import Caller
from api.codes import Fault
from api.payloads import LimitedRoute
from ledger.files import StoredFile, file_content, find_file, store_file

MAX_FILE: Final = 20 * 1024 * 1024
"""Bytes of an upload, its multipart frame included. Source: the contract of the API."""

OCTETS: Final = "application/octet-stream"

_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
"""Source: RFC 6838 section 4.2, in lower case."""

_LONGEST_NAME: Final = 200


class FileRoute(LimitedRoute):
    """A route that takes a file."""

    limit = MAX_FILE
    too_large = Fault.FILE_TOO_LARGE


router: Final = APIRouter(prefix=PREFIX, tags=["files"], route_class=FileRoute)


@router.post(
    "/files",
    status_code=201,
    summary="Upload a file",
    responses=problems(
        Fault.BAD_PAYLOAD, Fault.FILE_TOO_LARGE, Fault.LEDGER_UNAVAILABLE, Fault.UNKNOWN_CALLER
    ),
)
async def upload(
    file: Annotated[UploadFile, File(description="A quote, minutes, a contract: 20 MB at most.")],
    backing: Standing,
    _caller: Caller,
    response: Response,
) -> StoredFile:
    """Then name it in a fact or as evidence: `{"kind": "document", "file": "<id>"}`."""
    stored = await store_file(
        backing.ledger,
        safe_name(file.filename or ""),
        safe_type(file.content_type or ""),
        await file.read(),
        now=datetime.now(UTC),
    )
    response.headers["Location"] = f"{PREFIX}/files/{stored.id}"
    return stored


@router.get(
    "/files/{file_id}",
    summary="Download a file",
    response_class=Response,
    responses={
        200: {"content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}},
        **problems(Fault.BAD_PARAMETER, Fault.LEDGER_UNAVAILABLE, Fault.UNKNOWN_FILE),
    },
)
async def download(file_id: str, backing: Standing) -> Response:
    """As it was uploaded, with its media type; always to be saved, never to be shown."""
    stored = await find_file(backing.ledger, file_id)
    content = await file_content(backing.ledger, file_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "ETag": f'"{stored.sha256}"',
    }
    return Response(content, headers=headers, media_type=stored.media_type)


def safe_name(given: str) -> str:
    """The last part of the name, printable and not too long."""
    last = PurePosixPath(PureWindowsPath(given).name).name
    printable = "".join(char for char in last if char.isprintable()).strip()
    return printable[-_LONGEST_NAME:] or "file"


def safe_type(given: str) -> str:
    """The media type without parameters; of nonsense, that of any bytes."""
    media_type = given.partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else OCTETS
