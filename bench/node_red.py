"""Node-RED doing the collector's job, for comparison: `npm install node-red node-red-contrib-influxdb`.

Its best flow known to us: every report becomes its points in a function node, as many points of as many fields as the
collector's, 1,000 reports or half a second are joined (of 250 to 2,000 none was faster at both sizes), and the batch
node writes them. It acknowledges what it receives, before the store has it, checks nothing, and keeps no ledger.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from collector.store.influxql import Login
from tests.support.mosquitto import Mosquitto, free_port

_TO_POINTS = """
const report = msg.payload, parts = msg.topic.split('/'), points = [], timestamp = new Date(report.start);
for (const camera of report.cameras) {
    const tags = { site: parts[2], unit: parts[3], camera: camera.camera };
    for (const line of camera.lines)
        points.push({ measurement: 'volume', timestamp, fields: line.counts,
                      tags: { ...tags, line: line.line, direction: line.direction } });
    const interval_s = report.interval_s;
    for (const { approach, ...fields } of camera.approaches)
        points.push({ measurement: 'approach', timestamp, fields: { ...fields, interval_s },
                      tags: { ...tags, approach } });
    const quality = { ...camera.quality, reasons: camera.quality.reasons.join(','), interval_s };
    quality.countable = quality.grade === 'blind' ? 0 : 1;
    points.push({ measurement: 'quality', timestamp, fields: quality, tags });
}
msg.payload = points;
return msg;
"""
_JOIN = """
const waiting = context.get('waiting') || [];
waiting.push(...msg.payload);
if (waiting.length < 1000 * msg.payload.length && msg.last !== true) { context.set('waiting', waiting); return null; }
context.set('waiting', []);
return { payload: waiting };
"""


def flow(broker: Mosquitto, login: Login) -> list[dict[str, object]]:
    """The nodes, as Node-RED keeps them."""
    place = urlsplit(login.url)
    tick: dict[str, object] = {
        "id": "tick",
        "type": "inject",
        "z": "tab",
        "props": [],
        "repeat": "0.5",
        "wires": [["flush"]],
    }
    flush = "msg.payload = []; msg.last = true; return msg;"
    return [
        {"id": "tab", "type": "tab", "label": "simpang"},
        {
            "id": "broker",
            "type": "mqtt-broker",
            "broker": broker.host,
            "port": str(broker.port),
            "clientid": "node-red",
            "protocolVersion": "4",
            "cleansession": False,
            "autoConnect": True,
            "keepalive": "60",
        },
        {
            "id": "influx",
            "type": "influxdb",
            "hostname": place.hostname,
            "port": str(place.port),
            "protocol": "http",
            "database": login.database,
            "influxdbVersion": "1.x",
            "name": "",
        },
        {
            "id": "in",
            "type": "mqtt in",
            "z": "tab",
            "topic": "simpang/v1/+/+/observation",
            "qos": "1",
            "datatype": "json",
            "broker": "broker",
            "inputs": 0,
            "wires": [["points"]],
        },
        {"id": "points", "type": "function", "z": "tab", "func": _TO_POINTS, "outputs": 1, "wires": [["join"]]},
        tick,
        {"id": "flush", "type": "function", "z": "tab", "func": flush, "outputs": 1, "wires": [["join"]]},
        {"id": "join", "type": "function", "z": "tab", "func": _JOIN, "outputs": 1, "wires": [["out"]]},
        {"id": "out", "type": "influxdb batch", "z": "tab", "influxdb": "influx", "wires": []},
    ]


@contextmanager
def node_red(modules: Path, folder: Path, broker: Mosquitto, login: Login) -> Iterator[None]:
    """A context in which it runs `flow`; entered once its flows have started."""
    folder.mkdir(exist_ok=True)
    name, _, password = login.token.partition(":")
    (folder / "flows.json").write_text(json.dumps(flow(broker, login)))
    (folder / "flows_cred.json").write_text(json.dumps({"influx": {"username": name, "password": password}}))
    (folder / "settings.js").write_text(
        "module.exports = { flowFile: 'flows.json', credentialSecret: false, httpAdminRoot: false, "
        f"uiPort: {free_port()}, uiHost: '127.0.0.1', nodesDir: {str(modules / 'node-red-contrib-influxdb')!r} }};"
    )
    command = ["node", str(modules / "node-red" / "red.js"), "--userDir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "Connected to broker" in line:
                break
        else:
            raise OSError("Node-RED did not start:\n" + "".join(said))
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield
    finally:
        process.kill()  # ended politely, it would unsubscribe, and the broker keep nothing for it
        process.wait()
