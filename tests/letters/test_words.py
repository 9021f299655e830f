"""Every message of every template is in every catalog, and says the same with the same values."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from letters import render, words

PLACES = re.compile(r"%\((\w+)\)[ds]")

languages = pytest.mark.parametrize("language", words.LANGUAGES)


def written() -> set[str | tuple[str, ...]]:
    """What templates say, a message with a plural as both of its forms."""
    found = extract_from_dir(
        Path(render.__file__).parent,
        method_map=[("**.txt", "jinja2.ext:babel_extract")],
        options_map={"**.txt": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}},
    )
    return {message if isinstance(message, str) else tuple(message) for _, _, message, *_ in found}


def kept(language: str) -> Catalog:
    with (words.FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


@languages
def test_a_catalog_holds_what_templates_say_and_nothing_else(language: str) -> None:
    messages = [message.id for message in kept(language) if message.id]
    said = {one if isinstance(one, str) else tuple(one) for one in messages}
    assert said == written()
    assert len(said) == len(messages)


def test_every_message_is_in_chinese_with_the_values_of_the_english_one() -> None:
    for message in kept("zh"):
        if message.id:
            values = {name for form in forms(message.id) for name in PLACES.findall(form)}
            for form in forms(message.string):
                assert re.search("[\u4e00-\u9fff]", form), message.id
                assert set(PLACES.findall(form)) == values, message.id


@languages
def test_a_message_with_a_plural_has_as_many_forms_as_the_language(language: str) -> None:
    catalog = kept(language)
    assert not [
        message.id
        for message in catalog
        if message.pluralizable and len(forms(message.string)) != catalog.num_plurals
    ]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh_CN", "zh"),
        ("zh-Hans", "zh"),
        ("ZH-hans-sg", "zh"),
        ("zh-TW", "en"),
        ("zh-Hant", "en"),
        ("en", "en"),
        ("en-GB", "en"),
        ("de", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_tag_means_chinese_or_english(tag: str | None, language: str) -> None:
    assert words.language_of(tag) == language
