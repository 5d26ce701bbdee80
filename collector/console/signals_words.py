"""Signals in sentences of one language: phases, actions, who asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from collector.console.signals import Proposal, approaches_of
from collector.console.words import NOTHING, Words
from collector.signals.actions import Action
from collector.signals.board import Heard
from contract import LeaseState, Site
from contract.signals import PhaseNumber, SignalAction

STAGES = ("requested", "queued", "activated", "completed", "rejected", "cooldown")
"""Of a priority's life (contract.PriorityState)."""
_STAGE_OF = {
    "queued": "queued",
    "active": "activated",
    "completed": "completed",
    "released": "completed",
    "refused": "rejected",
    "expired": "rejected",
}


def junction_name(site: Site, junction: str) -> str:
    """As the site file calls it."""
    return next((one.name for one in site.junctions if one.id == junction), junction)


def approach_name(site: Site, junction: str, approach: str) -> str:
    """As the site file calls it."""
    arms = (arm for one in site.junctions if one.id == junction for arm in one.approaches)
    return next((arm.name for arm in arms if arm.id == approach), approach)


def phases(numbers: Iterable[PhaseNumber], approaches: Iterable[str], t: Words) -> str:
    """ "fase 2 (utara, selatan)"."""
    listed, moving = ", ".join(map(str, numbers)), ", ".join(approaches)
    return t("signals.phases", phases=listed) + (f" ({moving})" if moving else "")


def wish(
    action: SignalAction, numbers: Iterable[PhaseNumber], approaches: Iterable[str], seconds: float | None, t: Words
) -> str:
    """ "Perpanjang hijau 15 dtk: fase 2 (utara)"."""
    text = t(f"signal_action.{action}")
    if seconds is not None:
        text += f" {t.number(seconds)} {t('unit.seconds')}"
    numbers = tuple(numbers)
    if numbers:
        return f"{text}: {phases(numbers, approaches, t)}"
    moving = ", ".join(approaches)
    return f"{text}: {moving}" if moving else text


def proposed(one: Proposal, t: Words) -> str:
    """What a proposal would do."""
    return wish(one.action, one.phases, one.approaches, one.seconds, t)


def leased(one: LeaseState, heard: Heard, t: Words) -> str:
    """What the standing request does."""
    return wish(one.action, one.phases, approaches_of(heard, one.phases), None, t)


def asked(action: Action, heard: Heard | None, t: Words) -> str:
    """What an action wanted; a dash where only the bridge's replies were heard."""
    request = action.request
    if request is None:
        return NOTHING
    moving = (request.approach,) if request.approach else approaches_of(heard, request.phases)
    text = wish(request.action, request.phases, moving, request.seconds, t)
    return f"{t(f'priority.{request.kind}')}. {text}" if request.kind else text


def outcome(action: Action, t: Words) -> str:
    """The bridge's own last word; where it has not spoken, that it has not."""
    last = action.last
    if last is None:
        return t("signals.no_answer")
    return last.text_en if t.language == "en" else last.text_id


def stage(action: Action, heard: Heard | None) -> str:
    """Where a priority is in its life: as the bridge's status says, else by its last reply."""
    if heard is not None and heard.bridge == action.bridge:
        told = next((one.stage for one in heard.status.priorities if one.request == action.id), None)
        if told is not None:
            return told
    return _STAGE_OF.get(action.outcome, "requested")
