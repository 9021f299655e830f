"""The words of pages, in every language they are written in: `words/<language>.po`.

Decides where they are. English is the source, so its messages stand for themselves. Must never
decide what is said; the templates do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from babel.support import Translations

from letters.words import Language, read_catalog

FOLDER: Final = Path(__file__).with_name("words")


def catalog(language: Language) -> Translations:
    """What every message is in that language."""
    return read_catalog(FOLDER, language)
