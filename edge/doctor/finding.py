"""What the doctor says of one thing: how it is, what was found, and what to do. Indonesian first, English beside it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from contract import Model


class Grade(StrEnum):
    """How one thing is; what cannot be told on this board is `ok` and says so."""

    OK = "ok"
    ATTENTION = "attention"
    """It works, and will not for long, or not well."""
    BROKEN = "broken"
    """The unit does not do its work as long as this is so."""


class Check(StrEnum):
    """What is looked at, in the order in which it is told."""

    POWER = "power"
    HEAT = "heat"
    DISK = "disk"
    BOX = "box"
    CLOCK = "clock"
    NETWORK = "network"
    BROKER = "broker"
    OUTBOX = "outbox"
    MODEL = "model"
    CAMERA = "camera"


class Words(Model):
    """One sentence in both languages."""

    id: str = Field(description="Bahasa Indonesia.")
    en: str = Field(description="English.")


class Finding(Model):
    """One thing that was looked at."""

    check: Check
    subject: str = Field(default="", description="Which one, where there are several: the camera.")
    grade: Grade
    found: Words
    do: Words | None = Field(default=None, description="What to do; absent where nothing is to be done.")


def fine(check: Check, found: Words, subject: str = "") -> Finding:
    """All is well."""
    return Finding(check=check, subject=subject, grade=Grade.OK, found=found)


def attention(check: Check, found: Words, do: Words, subject: str = "") -> Finding:
    """It works, but somebody should do this."""
    return Finding(check=check, subject=subject, grade=Grade.ATTENTION, found=found, do=do)


def broken(check: Check, found: Words, do: Words, subject: str = "") -> Finding:
    """It does not work until somebody does this."""
    return Finding(check=check, subject=subject, grade=Grade.BROKEN, found=found, do=do)


def words(indonesian: str, english: str) -> Words:
    """A sentence, Indonesian first."""
    return Words(id=indonesian, en=english)


def well(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing is to be done."""
    return all(one.grade is Grade.OK for one in findings)
