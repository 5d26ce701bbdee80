"""What drivers are told: how long it stands, what a draft says, what signs, the radio desk and citizens get."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from collector.announcements.book import LONGEST, Announced, AnnouncementBook
from collector.api.announcements import routes
from collector.console.announcing import draft
from collector.console.judging import Condition, Reason
from collector.console.picture_of_now import CityNow, JunctionNow, last_hour
from collector.console.public import view
from collector.console.words import Words
from tests.support.example_city import EVENING, bandung

HALF_HOUR = timedelta(minutes=30)
JAM = Announced(junction="bip", text="Macet di Jl. Merdeka.", instead="Lewat Istana Plaza.")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AnnouncementBook]:
    book = AnnouncementBook(tmp_path / "announcements.sqlite")
    yield book
    book.close()


def test_an_announcement_ends_by_itself_or_by_hand(book: AnnouncementBook) -> None:
    first = book.publish(JAM, HALF_HOUR, "sari", EVENING)
    second = book.publish(Announced(text="Hujan lebat."), timedelta(hours=1), "sari", EVENING)
    assert book.standing(EVENING) == (second, first)
    assert book.standing(EVENING + HALF_HOUR) == (second,)
    book.end(second.id, EVENING + HALF_HOUR)
    assert book.standing(EVENING + HALF_HOUR) == ()
    assert book.standing(EVENING) == (second.model_copy(update={"until": EVENING + HALF_HOUR}), first)


def test_it_outlives_the_process(book: AnnouncementBook, tmp_path: Path) -> None:
    made = book.publish(JAM, HALF_HOUR, "sari", EVENING)
    again = AnnouncementBook(tmp_path / "announcements.sqlite")
    assert again.standing(EVENING) == (made,)
    again.close()


@given(st.timedeltas())
def test_nothing_stands_longer_than_it_may(lasting: timedelta) -> None:
    book = AnnouncementBook(Path(":memory:"))
    try:
        made = book.publish(JAM, lasting, "sari", EVENING)
    except ValueError:
        assert not timedelta(0) < lasting <= LONGEST
    else:
        assert made.until - EVENING == lasting <= LONGEST
    book.close()


@pytest.mark.parametrize("text", ["", "ab", "x" * 161, "two\nlines", "a\ttab"])
def test_what_no_sign_can_show_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="text"):
        Announced(text=text)


def city(**conditions: Condition) -> CityNow:
    """The junctions that are named, as they stand; of the others nothing is known."""
    junctions = tuple(
        JunctionNow(
            junction=junction,
            condition=conditions.get(junction.id.replace("-", "_"), Condition.NO_DATA),
            reason=Reason("queue", 240.0, "Jl. Merdeka"),
            approaches=(),
            cameras=(),
            flows=(),
            time=EVENING,
            seen_share=1.0,
        )
        for junction in bandung().junctions
    )
    return CityNow(EVENING, last_hour(EVENING), junctions, by_id={one.junction.id: one for one in junctions})


T = Words("id", bandung().timezone)
JAMMED, DENSE, FLOWING = Condition.JAMMED, Condition.DENSE, Condition.FLOWING


@pytest.mark.parametrize(
    ("stands", "text", "instead"),
    [
        (city(bip=JAMMED), "Macet di Jl. Merdeka. Hindari bila bisa.", ""),
        (city(bip=JAMMED, gasibu=FLOWING), "Macet di Jl. Merdeka. Hindari bila bisa.", "Pilihan: lewat Gasibu."),
        # What is far, what is full and what nobody measured is no way out.
        (city(bip=DENSE, gasibu=DENSE, ujungberung=FLOWING), "Padat di Jl. Merdeka. Sediakan waktu lebih.", ""),
        (city(bip=FLOWING, gasibu=FLOWING), "Lalu lintas lancar.", ""),
    ],
)
def test_a_draft_says_where_it_is_jammed_and_what_flows_near_by(stands: CityNow, text: str, instead: str) -> None:
    assert draft(stands, "bip", T) == Announced(junction="bip", text=text, instead=instead)


def test_signs_get_json_and_the_radio_desk_text(book: AnnouncementBook) -> None:
    app = FastAPI()
    app.include_router(routes(bandung(), book, lambda: EVENING))
    client = TestClient(app)
    assert client.get("/api/v1/announcements").json() == []
    assert client.get("/api/v1/announcements.txt").text == ""
    book.publish(JAM, HALF_HOUR, "sari", EVENING)
    (told,) = client.get("/api/v1/announcements").json()
    assert (told["junction"], told["text"], told["instead"]) == ("bip", JAM.text, JAM.instead)
    assert "name" not in told, "who said it is the city's business"
    spoken = client.get("/api/v1/announcements.txt")
    assert spoken.headers["content-type"].startswith("text/plain")
    assert spoken.text == "BIP: Macet di Jl. Merdeka. Lewat Istana Plaza. (s.d. 18.12)\n"


def test_citizens_read_it_above_the_junctions(book: AnnouncementBook) -> None:
    made = book.publish(JAM, HALF_HOUR, "sari", EVENING)
    (told,) = view(city(bip=JAMMED), late=False, t=T, announcements=(made,)).told
    assert (told.place, told.text, told.instead, told.until) == ("BIP", JAM.text, JAM.instead, "sampai 18.12")
