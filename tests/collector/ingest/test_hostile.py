"""Malformed and hostile messages: no crash, no bad point, each accounted for."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from collector.ingest.batch import keep
from collector.ingest.decoding import read
from collector.store.ledger import LETTERS_FORGOTTEN, LETTERS_TAKEN, MOST_LETTERS
from collector.store.reading import Span
from collector.store.sqlite import SqliteStore
from collector.store.writing import DeadLetter, Received
from contract import Evidence, Health, Kind, encode
from tests.support.hostile import messages
from tests.support.traffic import DAWN, boot, observation, topic

_BATCH = 2000


@pytest.mark.parametrize("number", [10_000, pytest.param(1_000_000, marks=pytest.mark.full)])
def test_each_is_accounted_for(tmp_path: Path, number: int) -> None:
    good = 0
    with closing(SqliteStore(tmp_path / "s.sqlite")) as store:
        sent = messages(Random(20), number)
        while some := list(islice(sent, _BATCH)):
            found = [read(where, payload, DAWN) for where, payload in some]
            taken = [one for one in found if isinstance(one, Received)]
            keep(store, taken, [one for one in found if isinstance(one, DeadLetter)])
            good += len(taken)
        reader = store.reader
        assert reader.tally(LETTERS_TAKEN) + good == number
        kept = reader.letters()
        assert len(kept) <= MOST_LETTERS
        assert sum(one.times for one in kept) + reader.tally(LETTERS_FORGOTTEN) >= reader.tally(LETTERS_TAKEN) * 0.5
        assert all(one.letter.reason for one in kept)
        span = Span(DAWN - timedelta(days=80), DAWN + timedelta(days=9000))
        points = store.volumes(span, 3600)
        assert points
        assert all(0 <= point.count <= 100_000 * 60 for point in points)
        assert {point.vehicle for point in points} <= set(type(points[0].vehicle))


def test_what_the_store_stumbles_over_is_found_and_the_rest_kept(tmp_path: Path) -> None:
    vast = Health(boot_id=boot(), time=DAWN, uptime_s=1, disk_free_mb=1, memory_mb=1, outbox_depth=10**30)
    small = vast.model_copy(update={"outbox_depth": 3})
    with closing(SqliteStore(tmp_path / "s.sqlite")) as store:
        batch = [Received(topic(n, Kind.HEALTH), vast if n == 4 else small, DAWN) for n in range(7)]
        keep(store, batch, [DeadLetter("x", b"y", "z", DAWN)])
        assert len(store.units()) == 6
        assert sorted(kept.letter.topic for kept in store.reader.letters()) == [str(topic(4, Kind.HEALTH)), "x"]


@pytest.mark.parametrize(("site", "taken"), [(None, True), ("bandung", True), ("medan", False)])
def test_a_unit_of_an_unknown_site_is_a_dead_letter(site: str | None, taken: bool) -> None:
    found = read(str(topic(1)), encode(observation(1, 1)), DAWN, site=site)
    assert isinstance(found, Received) is taken
    if isinstance(found, DeadLetter):
        assert found.reason == "site 'bandung' is unknown here: this centre is that of 'medan'"


def test_a_picture_that_is_not_what_its_hash_says_is_refused() -> None:
    picture = Evidence.model_validate_json(
        f'{{"boot_id": "{boot()}", "time": "{DAWN.isoformat()}", "seq": 1, "case": "c", "camera": "k", '
        f'"moment": "opened", "sha256": "{64 * "0"}", "jpeg": "AAAA"}}'
    )
    found = read(str(topic(1, Kind.EVIDENCE)), encode(picture), DAWN)
    assert isinstance(found, DeadLetter)
    assert "sha256" in found.reason
