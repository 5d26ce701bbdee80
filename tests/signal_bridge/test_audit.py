"""The log's chain: what breaks it is found where it broke, and a kill in the middle leaves one that holds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_bridge.audit import FIRST, Audit, AuditError, verify

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


def written(path: Path, lines: int = 6) -> list[str]:
    """Hashes of a log of so many lines."""
    audit = Audit(path)
    heads = [audit.append("request", {"who": "budi", "granted_s": number / 2}, NOON) for number in range(lines)]
    audit.close()
    return heads


def test_a_chain_holds_over_restarts(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    heads = written(log) + written(log)
    verdict = verify(log)
    assert (verdict.lines, verdict.head, verdict.broken, verdict.torn) == (12, heads[-1], None, 0)
    assert json.loads(log.read_text().splitlines()[0])["prev"] == FIRST
    assert len(set(heads)) == 12


def remove(lines: list[str]) -> list[str]:
    return lines[:2] + lines[3:]


def swap(lines: list[str]) -> list[str]:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def change(lines: list[str]) -> list[str]:
    return [*lines[:2], lines[2].replace('"granted_s":1.0', '"granted_s":9.0'), *lines[3:]]


def repeat(lines: list[str]) -> list[str]:
    return [*lines[:3], lines[2], *lines[3:]]


def scribble(lines: list[str]) -> list[str]:
    return [*lines[:2], "[]", *lines[3:]]


TAMPERED: list[tuple[Callable[[list[str]], list[str]], int, str]] = [
    (remove, 3, "does not follow"),
    (swap, 3, "does not follow"),
    (change, 3, "not what was written"),
    (repeat, 4, "does not follow"),
    (scribble, 3, "not a line"),
]


@pytest.mark.parametrize(("tamper", "line", "says"), TAMPERED, ids=[row[0].__name__ for row in TAMPERED])
def test_tampering_is_found_where_it_was_done(
    tamper: Callable[[list[str]], list[str]], line: int, says: str, tmp_path: Path
) -> None:
    log = tmp_path / "audit.jsonl"
    written(log)
    log.write_text("\n".join(tamper(log.read_text().splitlines())) + "\n")
    verdict = verify(log)
    assert verdict.broken is not None
    assert verdict.broken.startswith(f"line {line}: ")
    assert says in verdict.broken
    assert verdict.lines == line - 1


@given(data=st.data())
def test_no_single_changed_byte_goes_unseen(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    log = tmp_path_factory.mktemp("log") / "audit.jsonl"
    head = written(log, 3)[-1]
    content = bytearray(log.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    log.write_bytes(bytes(content))
    verdict = verify(log, head)
    assert verdict.broken is not None


def test_an_end_cut_off_is_seen_by_a_published_hash(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    heads = written(log)
    log.write_text("".join(line + "\n" for line in log.read_text().splitlines()[:4]))
    assert verify(log).broken is None
    assert verify(log, heads[3]).broken is None
    assert "cut off" in str(verify(log, heads[5]).broken)


def test_a_torn_end_is_kept_aside_and_recorded(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    written(log)
    with log.open("ab") as file:
        file.write(b'{"seq":7,"kind":"comm')
    assert verify(log).torn == 21
    Audit(log).close()
    assert verify(log).broken is None
    assert json.loads(log.read_text().splitlines()[-1])["kind"] == "torn"
    assert (tmp_path / "audit.jsonl.torn").read_bytes() == b'{"seq":7,"kind":"comm\n'


def test_two_bridges_cannot_write_one_log(tmp_path: Path) -> None:
    first = Audit(tmp_path / "audit.jsonl")
    with pytest.raises(AuditError, match="another bridge"):
        Audit(tmp_path / "audit.jsonl")
    first.close()
    Audit(tmp_path / "audit.jsonl").close()


def test_a_damaged_last_line_is_not_continued(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    written(log)
    log.write_text(log.read_text().replace('"granted_s":2.5', '"granted_s":9.5'))
    with pytest.raises(AuditError, match="last line is damaged"):
        Audit(log)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from signal_bridge.audit import Audit
audit = Audit(Path(sys.argv[1]))
while True:
    print(audit.append("request", {"who": "budi", "text": "x" * 500}, datetime.now(UTC)), flush=True)
"""


def test_kill_9_leaves_every_line_that_was_told(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(log)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(50)]
        writer.send_signal(signal.SIGKILL)
        told += [line.strip() for line in writer.stdout if line.endswith("\n")]
    verdict = verify(log, told[-1])
    assert verdict.broken is None
    assert verdict.lines >= len(told)
    audit = Audit(log)
    audit.append("started", {}, NOON)
    audit.close()
    assert verify(log, told[-1]).broken is None
