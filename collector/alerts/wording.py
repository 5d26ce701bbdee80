"""Notices as sentences, from `language/id.toml` or `language/en.toml`, with the names of the site file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from collector.alerts.alert import Notice
from contract import Site

_TRANSLATED = ("condition", "vehicle", "incident")
"""Values that stand in the catalogue under a section of their own name."""


class Text(NamedTuple):
    """A message to people."""

    subject: str
    body: str


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """`section.key` -> text."""
    text = files("collector.alerts").joinpath("language", f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{key}": value for section, entries in tomllib.loads(text).items() for key, value in entries.items()
    }


class Wording:
    """One language, at one city."""

    def __init__(self, language: str, site: Site) -> None:
        self._texts = catalogue(language)
        self._site = site

    def sentence(self, notice: Notice) -> str:
        """What is said of one alert."""
        finding = notice.alert.finding
        values = {
            name: self._texts[f"{name}.{value}"] if name in _TRANSLATED else value
            for name, value in finding.values.items()
        }
        said = self._texts[f"kind.{finding.kind}"].format(**values, place=self._place(finding.values))
        return self._texts[f"message.{notice.what}"].format(sentence=said, lasted=self._lasted(notice.lasted_s))

    def text(self, notices: Sequence[Notice]) -> Text:
        """All of them as one message, the most severe first."""
        ordered = sorted(notices, key=lambda notice: -notice.alert.severity.rank)
        sentences = [self.sentence(notice) for notice in ordered]
        subject = (
            self._texts["message.subject_one"].format(sentence=sentences[0])
            if len(sentences) == 1
            else self._texts["message.subject_many"].format(n=len(sentences))
        )
        return Text(subject, "\n".join(sentences))

    def trial(self) -> Text:
        """A message that says nothing but that it came."""
        said = self._texts["message.test"]
        return Text(self._texts["message.subject_one"].format(sentence=said), said)

    def _place(self, values: Mapping[str, str]) -> str:
        """Name of the junction of a camera or a unit; their own names where the site file does not know them."""
        if "camera" in values:
            found = self._site.camera_places.get(values["camera"])
            return found[0].name if found else values["camera"]
        unit = values.get("unit", "")
        names = (junction.name for junction, camera in self._site.camera_places.values() if camera.unit == unit)
        return next(names, unit)

    def _lasted(self, seconds: float) -> str:
        for key, length in (("days", 86_400), ("hours", 3600)):
            if seconds >= 2 * length:
                return self._texts[f"age.{key}"].format(n=int(seconds // length))
        return self._texts["age.minutes"].format(n=max(1, round(seconds / 60)))
