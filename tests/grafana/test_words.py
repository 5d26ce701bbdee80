"""Both catalogues say the same things, and say everything that is asked for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import grafana
from grafana.words import Language, catalogue

SOURCES = sorted(Path(grafana.__file__).parent.rglob("*.py"))
HOLES = re.compile(r"(?<!\{)\{\w+\}(?!\})")


def asked_for() -> tuple[set[str], set[str]]:
    """Keys that the code names whole, and beginnings of those that it puts together."""
    whole: set[str] = set()
    begun: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name != "t":
                continue
            match node.args[0]:
                case ast.Constant(value=str(key)):
                    whole.add(key)
                case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
                    begun.add(start)
    return whole, begun


def test_both_languages_have_the_same_keys_and_holes() -> None:
    first, second = catalogue(Language.INDONESIAN), catalogue(Language.ENGLISH)
    assert set(first) == set(second)
    for key, text in first.items():
        assert set(HOLES.findall(text)) == set(HOLES.findall(second[key])), key
        assert re.findall(r"\{\{.*?\}\}", text) == re.findall(r"\{\{.*?\}\}", second[key]), key


def test_every_text_is_used_and_every_use_has_a_text() -> None:
    whole, begun = asked_for()
    known = set(catalogue(Language.INDONESIAN))
    assert whole <= known
    assert not {key for key in known - whole if not key.startswith(tuple(begun))}
