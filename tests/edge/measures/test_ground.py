"""From the picture to metres and back; what determines no plane is refused where it is configured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract import Calibration, ContractError
from edge.measures import Ground
from edge.measures.ground import inside

CORNERS = ((0.3, 0.3), (0.7, 0.3), (0.9, 0.9), (0.1, 0.9))
ROAD = ((0.0, 60.0), (10.0, 60.0), (10.0, 0.0), (0.0, 0.0))

TENTH_OF_A_MM = 1e-4
"""OpenCV takes the points in single precision."""

shift = st.floats(-0.08, 0.08)
share = st.floats(0, 1)


@given(st.lists(st.tuples(shift, shift), min_size=4, max_size=4), st.lists(st.tuples(share, share), max_size=6))
def test_places_come_back_through_any_four_corners(
    shifts: list[tuple[float, float]], places: list[tuple[float, float]]
) -> None:
    image = np.array(CORNERS) + np.array(shifts)
    corners = tuple((float(x), float(y)) for x, y in image)
    there = Ground.fit(Calibration(image=corners, metres=ROAD))
    assert there.residual_m < TENTH_OF_A_MM
    assert there.metres(image) == pytest.approx(np.array(ROAD), abs=TENTH_OF_A_MM)
    road = np.array(places).reshape(-1, 2) * (10, 60)
    seen = np.column_stack([road, np.ones(len(road))]) @ np.linalg.inv(there.matrix).T
    assert there.metres(seen[:, :2] / seen[:, 2:]) == pytest.approx(road, abs=1e-5)


@given(st.floats(0.5, 5.0))
def test_the_residual_shows_a_point_that_does_not_fit(wrong_m: float) -> None:
    true = Ground.fit(Calibration(image=CORNERS, metres=ROAD))
    more = np.array([(0.5, 0.4), (0.5, 0.6), (0.4, 0.7)])
    places = true.metres(more)
    agreeing = Calibration(image=(*CORNERS, *map(tuple, more.tolist())), metres=(*ROAD, *map(tuple, places.tolist())))
    places[1, 0] += wrong_m
    off = Calibration(image=agreeing.image, metres=(*ROAD, *map(tuple, places.tolist())))
    assert Ground.fit(agreeing).residual_m < TENTH_OF_A_MM
    assert 0.05 * wrong_m < Ground.fit(off).residual_m < wrong_m


def test_above_the_horizon_there_is_no_road() -> None:
    ground = Ground.fit(Calibration(image=CORNERS, metres=ROAD))
    assert np.isnan(ground.metres(np.array([[0.5, -0.5]]))).all()


LINE = ((0.1, 0.1), (0.3, 0.3), (0.5, 0.5), (0.9, 0.9))
REFUSED = [
    # what is wrong                     picture                                            metres
    ("all four on a line", LINE, ROAD),
    ("three of four on a line", ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9), (0.9, 0.1)), ROAD),
    ("one point twice", (CORNERS[0], CORNERS[0], CORNERS[1], CORNERS[2]), ROAD),
    ("all in one spot", ((0.5, 0.5),) * 4, ROAD),
    ("the places on a line", CORNERS, ((0, 0), (0, 10), (0, 20), (0, 40))),
]


@pytest.mark.parametrize(("what", "image", "metres"), REFUSED, ids=[row[0] for row in REFUSED])
def test_points_on_a_line_are_refused_where_they_are_configured(
    what: str, image: tuple[tuple[float, float], ...], metres: tuple[tuple[float, float], ...]
) -> None:
    with pytest.raises(ValidationError, match="give four corners of an area"):
        Calibration(image=image, metres=metres)


def test_corners_in_another_order_than_their_places_are_refused() -> None:
    swapped = (ROAD[1], ROAD[0], *ROAD[2:])
    with pytest.raises(ContractError, match="same order"):
        Ground.fit(Calibration(image=CORNERS, metres=swapped))


def test_places_in_a_bent_area() -> None:
    bent = np.array([(0, 0), (4, 0), (4, 4), (2, 2), (0, 4)], np.float64)
    places = np.array([(1, 1), (2, 3), (0.5, 3), (5, 1), (-1, 2)], np.float64)
    assert inside(bent, places).tolist() == [True, False, True, False, False]
