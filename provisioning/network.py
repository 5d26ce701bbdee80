"""A unit's network in the words of those who make it: NetworkManager (keyfile) and cloud-init (network-config).

NetworkManager runs on Raspberry Pi OS since bookworm and on JetPack. On trixie cloud-init writes the cable's
configuration by itself, so there it is told about the cable, and about nothing that needs a password: `network-config`
lies on a partition that any computer reads. Sources: nm-settings-keyfile(5); cloud-init, "Networking config version 2".
"""

from __future__ import annotations

import json

from provisioning.fleet import Lan, Lte, Network, Secrets, Wifi

KEYFILE = "etc/NetworkManager/system-connections/simpang.nmconnection"


def keyfile(network: Network, secrets: Secrets) -> str:
    """NetworkManager's file for `network`. Holds the Wi-Fi password: for root's eyes only."""
    common = {"id": "simpang", "autoconnect-priority": "10", "autoconnect-retries": "0"}
    sections: dict[str, dict[str, str]]
    match network:
        case Lan():
            sections = {"connection": {**common, "type": "ethernet"}, "ipv4": _ipv4(network)}
        case Wifi():
            sections = {
                "connection": {**common, "type": "wifi"},
                # Bytes, so that no character of a name means anything else.
                "wifi": {"mode": "infrastructure", "ssid": "".join(f"{byte};" for byte in network.ssid.encode())},
                "wifi-security": {"key-mgmt": "wpa-psk", "psk": _escaped(secrets.wifi[network.ssid])},
                "ipv4": {"method": "auto"},
            }
        case Lte():
            sections = {
                "connection": {**common, "type": "gsm"},
                "gsm": {"apn": network.apn},
                "ipv4": {"method": "auto"},
            }
    sections["ipv6"] = {"method": "auto"}
    return "\n".join(
        f"[{title}]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())
        for title, lines in sections.items()
    )


def cloud_config(network: Network) -> str:
    """cloud-init's `network-config`: the cable, fixed or by DHCP. Behind Wi-Fi or LTE it is the technician's way in."""
    cable: dict[str, object] = {"match": {"name": "e*"}, "optional": True}
    if isinstance(network, Lan) and network.address is not None:
        cable |= {"dhcp4": False, "addresses": [str(network.address)]}
        if network.gateway is not None:
            cable["routes"] = [{"to": "default", "via": str(network.gateway)}]
        if network.dns:
            cable["nameservers"] = {"addresses": [str(one) for one in network.dns]}
    else:
        cable["dhcp4"] = True
    # JSON is YAML, and needs no library.
    return json.dumps({"version": 2, "ethernets": {"cable": cable}}, indent=2) + "\n"


def _ipv4(network: Lan) -> dict[str, str]:
    if network.address is None:
        return {"method": "auto"}
    gateway = f",{network.gateway}" if network.gateway else ""
    lines = {"method": "manual", "address1": f"{network.address}{gateway}"}
    if network.dns:
        lines["dns"] = "".join(f"{one};" for one in network.dns)
    return lines


def _escaped(text: str) -> str:
    """As GKeyFile reads it back: backslashes doubled, spaces at the start kept."""
    escaped = text.replace("\\", "\\\\")
    spaces = len(escaped) - len(escaped.lstrip(" "))
    return "\\s" * spaces + escaped[spaces:]
