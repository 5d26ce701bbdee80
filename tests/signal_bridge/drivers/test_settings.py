"""What a technician may write about a line, and what is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contract.base import Model
from signal_bridge.drivers.modbus import ModbusSettings
from signal_bridge.drivers.modbus_line import ModbusLineSettings
from signal_bridge.drivers.ntcip import NtcipSettings
from signal_bridge.drivers.ntcip_objects import NtcipObjects
from signal_bridge.drivers.pmpp_line import PmppLineSettings


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (PmppLineSettings, {"port": ""}),
        (PmppLineSettings, {"port": "p", "baud": 9601}),
        (PmppLineSettings, {"port": "p", "parity": "mark"}),
        (PmppLineSettings, {"port": "p", "addresses": []}),
        (PmppLineSettings, {"port": "p", "addresses": [0]}),
        (PmppLineSettings, {"port": "p", "addresses": [8192]}),
        (PmppLineSettings, {"port": "p", "reply_timeout_s": 60}),
        (PmppLineSettings, {"port": "p", "bauds": 9600}),
        (ModbusLineSettings, {"port": "p", "addresses": [248]}),
        (NtcipSettings, {"phases": []}),
        (NtcipSettings, {"phases": [0]}),
        (NtcipSettings, {"phases": [17]}),
        (NtcipSettings, {"phases": [1], "preempts": [41]}),
        (NtcipSettings, {"phases": [1], "objects": {"hold": "phaseControlGroupHold"}}),
        (NtcipSettings, {"phases": [1], "objects": {"hold": "1.3.6.01"}}),
        (NtcipSettings, {"phases": [1], "bindings": 0}),
        (ModbusSettings, {"phases": [1], "address": 0}),
        (ModbusSettings, {"phases": [17]}),
    ],
)
def test_what_cannot_be_is_refused(model: type[Model], given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(given)


@pytest.mark.parametrize("model", [PmppLineSettings, ModbusLineSettings, NtcipSettings, ModbusSettings, NtcipObjects])
def test_every_setting_explains_itself(model: type[Model]) -> None:
    silent = [
        name
        for name, field in model.model_fields.items()
        if not (field.description or field.title) and name != "protocol"
    ]
    assert not silent


def test_every_object_has_its_ntcip_name_and_a_number_of_its_own() -> None:
    numbers = [getattr(NtcipObjects(), name) for name in NtcipObjects.model_fields]
    assert len(set(numbers)) == len(numbers)
    assert all(field.title for field in NtcipObjects.model_fields.values())
