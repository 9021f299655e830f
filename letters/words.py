"""The words of letters, in every language they are written in.

Decides which language a person reads and how its catalog is found. A catalog is a gettext file,
`words/<language>.po`, read at first use; English is the source, so its messages stand for
themselves. Must never decide what is said; the templates do.
"""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

Language = Literal["en", "zh"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
"""English, and Chinese in simplified characters."""

FOLDER: Final = Path(__file__).with_name("words")

_TRADITIONAL: Final = frozenset({"hant", "hk", "mo", "tw"})
"""Parts of a Chinese tag that ask for traditional characters, which there are none of."""


def language_of(tag: str | None) -> Language:
    """The language for a tag such as `zh`, `zh-CN` or `en_GB`; English for all others."""
    primary, *rest = re.split("[-_]", (tag or "").lower())
    return "zh" if primary == "zh" and _TRADITIONAL.isdisjoint(rest) else "en"


def catalog(language: Language) -> Translations:
    """What every message of a letter is in that language."""
    return read_catalog(FOLDER, language)


@cache
def read_catalog(folder: Path, language: Language) -> Translations:
    """The catalog of a language in that folder."""
    compiled = BytesIO()
    with (folder / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
