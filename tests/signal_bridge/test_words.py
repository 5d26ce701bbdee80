"""Every reason and outcome has its sentence, in both languages."""

from __future__ import annotations

from typing import get_args

import pytest

from contract import SignalReason
from signal_bridge.desk import Outcome
from signal_bridge.words import SENTENCES, sentence


def test_every_reason_has_words_of_its_own() -> None:
    assert set(SENTENCES) == set(SignalReason)
    for words in (*zip(*SENTENCES.values(), strict=True),):
        assert len(set(words)) == len(words)
        assert all(one.endswith(".") and len(one) < 120 for one in words)


@pytest.mark.parametrize("outcome", get_args(Outcome))
def test_every_outcome_can_be_told(outcome: str) -> None:
    told = sentence(outcome, SignalReason.PEDESTRIANS, 12.4)
    assert "Pejalan kaki" in told.id
    assert "12 detik" in told.id
    assert "12 s" in told.en
