"""Both languages say the same things, the pages say nothing else, and every key that may be asked for is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from collector.console import app
from collector.console.accounts import Role
from collector.console.advice import Severity
from collector.console.judging import USABLE, Condition
from collector.console.pages.cases import REJECTIONS
from collector.console.words import LANGUAGES, NOTHING, Words, catalogue
from contract import TRAFFIC, CameraCondition, IncidentKind, Light, Quality, State

CONSOLE = Path(app.__file__).parent
SOURCES = sorted(CONSOLE.rglob("*.py"))
TEMPLATES = sorted((CONSOLE / "templates").glob("*.jinja"))
JAKARTA = ZoneInfo("Asia/Jakarta")


def test_both_languages_have_the_same_keys_and_blanks() -> None:
    indonesian, english = (catalogue(language) for language in LANGUAGES)
    assert indonesian.keys() == english.keys()
    for key, text in indonesian.items():
        assert blanks(text) == blanks(english[key]), key
        assert text.strip()
        assert english[key].strip()


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def asked(path: Path) -> Iterator[str]:
    """Patterns of the keys that a source asks for: a literal, or a regular expression of an f-string."""
    if path.suffix == ".jinja":
        for key, more in re.findall(r"""\bt\(\s*["']([a-z_.]+)["']\s*(~)?""", path.read_text(encoding="utf-8")):
            yield re.escape(key) + (".+" if more else "")
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and called(node.func) in {"t", "words"} and node.args:
            yield from pattern(node.args[0])
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "_texts":
            yield from pattern(node.slice)


def called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner):
            return called(inner)
        case _:
            return ""


def pattern(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(key)):
            yield re.escape(key)
        case ast.JoinedStr(values=parts):
            yield "".join(re.escape(str(one.value)) if isinstance(one, ast.Constant) else ".+" for one in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from pattern(one)
            yield from pattern(other)


ASKED = {found for path in (*SOURCES, *TEMPLATES) for found in asked(path)}


@pytest.mark.parametrize("found", sorted(one for one in ASKED if one != ".+"))
def test_what_is_asked_for_is_there(found: str) -> None:
    assert any(re.fullmatch(found, key) for key in catalogue("id"))


def test_nothing_in_the_catalogue_is_forgotten() -> None:
    named = {"map.last_interval", "map.last_hour", "cases.accepted", "cases.rejected"}
    forgotten = [key for key in catalogue("id") if not any(re.fullmatch(one, key) for one in ASKED if one != ".+")]
    assert set(forgotten) <= named


def literals(path: str, call: str) -> set[str]:
    """First string argument of every call of this name in a module."""
    tree = ast.parse((CONSOLE / path).read_text(encoding="utf-8"))
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node.func) == call
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


TROUBLED = [condition for condition in CameraCondition if condition not in USABLE]
ENUMERATED = [
    *(f"condition.{one}" for one in Condition),
    *(f"public.{one}" for one in ("flowing", "dense", "jammed", "counted", "no_data")),
    *(f"public.advice_{one}" for one in ("flowing", "dense", "jammed", "counted", "no_data")),
    *(f"class.{one}" for one in TRAFFIC),
    *(f"camera.{one}" for one in CameraCondition),
    *(f"why.camera_{one}" for one in TROUBLED),
    *(f"finding.camera_{one}" for one in TROUBLED),
    *(f"why.{one}" for one in get_args(State.model_fields["reason"].annotation)),
    *(f"reason.{one}" for one in get_args(State.model_fields["reason"].annotation)),
    *(f"why.{one}" for one in sorted(literals("judging.py", "Reason") | {"vc", "queue", "occupancy"})),
    *(f"finding.{one}" for one in sorted(literals("advice.py", "Finding"))),
    *(f"light.{one}" for one in Light),
    *(f"incident.{one}" for one in IncidentKind),
    *(f"severity.{one}" for one in Severity),
    *(f"role.{one}" for one in Role),
    *(f"quality.{one}" for one in get_args(Quality.model_fields["grade"].annotation)),
    *(f"quality_reason.{one}" for one in get_args(get_args(Quality.model_fields["reasons"].annotation)[0])),
    *(f"rejection.{one}" for one in REJECTIONS),
    *(f"refused.{one}" for one in sorted(literals("operators.py", "OperatorError") - {"name_taken", "no_such_name"})),
    *(f"action.{one}" for one in ("operator_role", "operator_password", "operator_totp", "case_accepted")),
]


@pytest.mark.parametrize("key", ENUMERATED)
def test_every_member_of_what_may_be_said_has_words(key: str) -> None:
    assert key in catalogue("id")


SAYING = {"label", "button", "notify", "input", "radio", "toggle", "tooltip", "set_text", "link", "page_title"}


@pytest.mark.parametrize("path", sorted((CONSOLE / "pages").glob("*.py")), ids=lambda path: path.name)
def test_a_page_says_nothing_of_its_own(path: Path) -> None:
    said = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if called(node.func) in SAYING and node.args:
            said += [part for part in texts(node.args[0]) if re.search("[A-Za-z]{2}", part)]
        if called(node.func) == "props" and node.args:
            whole = "".join(texts(node.args[0]))
            said += re.findall(r"""(?:alt|aria-label|title|placeholder)=["'][^"'{]*[A-Za-z][^"'{]*["']""", whole)
    assert set(said) <= {"Simpang", " · Simpang"}


def texts(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return [str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts]
        case _:
            return []


class Shown(HTMLParser):
    """What a template shows that is not filled in."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts += re.findall(r"[A-Za-z]{2,}", data)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_of_its_own(path: Path) -> None:
    shown = Shown()
    shown.feed(re.sub(r"{[{%].*?[}%]}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))
    assert set(shown.texts) <= {"Simpang"}


@pytest.mark.parametrize(
    ("language", "value", "digits", "expected"),
    [
        ("id", 87844, 0, "87.844"),
        ("en", 87844, 0, "87,844"),
        ("id", 1234.56, 1, "1.234,6"),
        ("en", 0, 0, "0"),
        ("id", None, 0, NOTHING),
    ],
)
def test_numbers_are_written_as_the_language_does(
    language: str, value: float | None, digits: int, expected: str
) -> None:
    assert Words(language, JAKARTA).number(value, digits) == expected


def test_times_are_local_and_dated_when_not_of_today() -> None:
    time, t = datetime(2026, 3, 12, 10, 42, 7, tzinfo=UTC), Words("id", JAKARTA)
    assert t.clock(time) == "17.42"
    assert t.moment(time, today=time, seconds=True) == "17.42.07"
    assert t.moment(time, today=time + timedelta(days=1)) == "12 Mar 17.42"
    assert Words("en", JAKARTA).clock(time) == "17:42"
    assert t.zone_name == "WIB"


@pytest.mark.parametrize(("seconds", "said"), [(-3, "0 detik"), (59.9, "59 detik"), (60, "1 menit"), (7300, "2 jam")])
def test_ages_are_rounded_down(seconds: float, said: str) -> None:
    assert Words("id", JAKARTA).lasting(seconds) == said


def test_a_key_that_does_not_exist_is_a_bug() -> None:
    with pytest.raises(KeyError):
        Words("id", JAKARTA)("no.such")
