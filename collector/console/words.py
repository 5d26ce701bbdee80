"""Everything the console says, from one catalogue a language: `language/id.toml` and `language/en.toml`.

Numbers, times and ages are written the way each language writes them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

LANGUAGES: tuple[str, ...] = ("id", "en")
"""Indonesian first."""
NOTHING = "–"
"""Stands where nothing was measured; never 0."""
_ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """`section.key` -> text."""
    text = files("collector.console").joinpath("language", f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{key}": value for section, entries in tomllib.loads(text).items() for key, value in entries.items()
    }


class Words:
    """One language, at the city's clock."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self.zone = zone
        self._texts = catalogue(self.language)

    def __call__(self, key: str, **values: str) -> str:
        """The text of `key`, with its `{names}` filled in. A key that does not exist is a bug and raises `KeyError`."""
        return self._texts[key].format(**values) if values else self._texts[key]

    def number(self, value: float | None, digits: int = 0) -> str:
        """1.234,5 in Indonesian, 1,234.5 in English; a dash for what was not measured."""
        if value is None:
            return NOTHING
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.language == "id" else text

    def quantity(self, value: float | None, unit: str, digits: int = 0) -> str:
        """A number with its unit, or a dash."""
        return NOTHING if value is None else f"{self.number(value, digits)} {unit}"

    def percent(self, share: float | None) -> str:
        """A share 0..1 as percent."""
        return self.quantity(None if share is None else share * 100, "%")

    def clock(self, time: datetime, *, seconds: bool = False) -> str:
        """Hour and minute, local; with seconds where they matter."""
        pattern = "%H.%M.%S" if seconds else "%H.%M"
        return time.astimezone(self.zone).strftime(pattern if self.language == "id" else pattern.replace(".", ":"))

    def moment(self, time: datetime, *, today: datetime, seconds: bool = False) -> str:
        """The clock, with the date when it is not `today`."""
        local, clock = time.astimezone(self.zone), self.clock(time, seconds=seconds)
        if local.date() == today.astimezone(self.zone).date():
            return clock
        return f"{local.day} {self._texts[f'month.m{local.month}']} {clock}"

    @property
    def zone_name(self) -> str:
        """WIB, WITA, WIT, or the zone's own name."""
        return _ZONES.get(self.zone.key, self.zone.key)

    def lasting(self, seconds: float) -> str:
        """A length of time in one unit, rounded down: 45 detik, 12 menit, 3 jam, 2 hari."""
        for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
            if seconds >= length:
                return self._texts[f"age.{unit}"].format(n=int(seconds // length))
        return self._texts["age.second"].format(n=max(0, int(seconds)))

    def ages(self) -> Mapping[str, str]:
        """The patterns with which the browser itself writes how long ago something was (static/console.js)."""
        return {name: self._texts[f"age.{name}"] for name in ("second", "minute", "hour", "day", "ago")}
