"""Everything that boards and alerts say, from one catalogue a language: `language/id.toml` and `language/en.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files

_UID = 40
"""Characters of a uid, at most."""


class Language(StrEnum):
    """Indonesian first."""

    INDONESIAN = "id"
    ENGLISH = "en"


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """`section.key` -> text."""
    text = files("grafana").joinpath("language", f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{key}": value for section, entries in tomllib.loads(text).items() for key, value in entries.items()
    }


class Words:
    """One language. A key that does not exist is a bug and raises `KeyError`."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key`, with its `{names}` filled in."""
        return self._texts[key].format(**values) if values else self._texts[key]

    def uid(self, name: str) -> str:
        """A fixed uid: `simpang-<name>`, with the language behind it where it is not the first.

        Grafana takes 40 characters; a longer name ends in a digest of itself.
        """
        ending = "" if self.language is Language.INDONESIAN else f"-{self.language}"
        room = _UID - len("simpang-") - len(ending)
        if len(name) > room:
            digest = sha256(name.encode()).hexdigest()[:6]
            name = f"{name[: room - 7]}-{digest}"
        return f"simpang-{name}{ending}"
