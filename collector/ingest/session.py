"""The session with the broker: who we are, what we subscribe to, and how much may be under way.

MQTT v5 with a session that outlives us (`clean_start` false, session expiry) and manual acknowledgement; 3.1.1 only
towards the embedded broker, which speaks no v5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from collector.calling import identify
from collector.config import BrokerSettings
from contract import Kind, subscription

# paho leaves these untyped.
_properties: Callable[[int], Properties] = Properties
_options: Callable[..., SubscribeOptions] = SubscribeOptions

_SHARED = (
    Kind.OBSERVATION,
    Kind.EVENT,
    Kind.EVIDENCE,
    Kind.HEALTH,
    Kind.SIGNAL_REQUEST,
)
_BY_EACH = (Kind.STATE, Kind.CONFIG_REPORTED, Kind.UPDATE_REPORTED, Kind.SIGNAL_REPLY)
"""Retained kinds, because a shared subscription is never sent what the broker keeps; and a bridge's replies, because
whoever asked may wait at any collector's console. Every collector hears these itself; a reply is kept once."""
_LIVE = (Kind.SIGNAL_STATUS,)
"""How things are this second: heard by every collector, and at QoS 0, so that the broker keeps none for one away."""


_C = TypeVar("_C", bound=Client)


def new_client(settings: BrokerSettings, kind: type[_C]) -> _C:
    """A client for `settings`, not connected yet. `kind`: `BufferedClient` for whoever flushes it, else paho's own."""
    if settings.protocol == "5":
        client = kind(CallbackAPIVersion.VERSION2, settings.client_id, protocol=MQTTv5, manual_ack=True)
    else:
        client = kind(
            CallbackAPIVersion.VERSION2, settings.client_id, clean_session=False, protocol=MQTTv311, manual_ack=True
        )
    identify(client, settings)
    return client


def connect(client: Client, settings: BrokerSettings) -> None:
    """Open the connection; OSError when nobody answers."""
    if settings.protocol == "5":
        wanted = _properties(PacketTypes.CONNECT)
        wanted.SessionExpiryInterval = settings.session_expiry_s
        wanted.ReceiveMaximum = settings.receive_maximum
        client.connect(settings.host, settings.port, settings.keepalive_s, clean_start=False, properties=wanted)
    else:
        client.connect(settings.host, settings.port, settings.keepalive_s)


def subscribe(client: Client, settings: BrokerSettings) -> None:
    """Ask for everything that units say. Kept messages come only where the subscription is new."""
    filters = [subscription(kind, share=settings.share) for kind in _SHARED]
    filters += [subscription(kind) for kind in _BY_EACH]
    wanted = [(one, 1) for one in filters] + [(subscription(kind), 0) for kind in _LIVE]
    if settings.protocol == "5":
        keep_as_sent = {"retainAsPublished": False, "retainHandling": SubscribeOptions.RETAIN_SEND_IF_NEW_SUB}
        client.subscribe([(one, _options(qos=qos, **keep_as_sent)) for one, qos in wanted])
    else:
        client.subscribe(wanted)
