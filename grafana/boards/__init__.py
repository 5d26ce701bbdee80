"""The boards, one module each; `every_board` makes them all for one city in one language."""

from __future__ import annotations

from grafana.boards.actions import actions
from grafana.boards.cameras import cameras
from grafana.boards.city import city
from grafana.boards.frame import Board, Folder
from grafana.boards.junction import junction
from grafana.boards.modes import modes
from grafana.boards.parking import parking
from grafana.boards.units import units
from grafana.boards.wall import wall
from grafana.scene import Scene

__all__ = ["Board", "Folder", "every_board"]


def every_board(scene: Scene) -> list[Board]:
    """All boards of the city: Dishub's, a board for each junction with a camera, Diskominfo's."""
    junctions = [junction(scene, place) for place in scene.site.junctions if place.cameras]
    single = (city, wall, modes, parking, actions, units, cameras)
    return [make(scene) for make in single] + junctions
