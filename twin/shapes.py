"""How each model of the fleet looks: its mesh, by the name in `twin.fleet.Model.shape`, and its colours by seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from twin.fleet import CARGO, CLOTHES, COURIER_GREEN, CRATE, HELMETS, MODELS, PAINTS, Colour, Model
from twin.mesh import Builder, Mesh, Ring

Palette = Mapping[str, Colour]

FIXED: Palette = {
    "glass": (62, 54, 46),
    "tyre": (26, 26, 28),
    "rim": (120, 120, 122),
    "dark": (42, 42, 44),
    "lamp": (235, 240, 245),
    "tail": (36, 30, 190),
    "plate": (200, 200, 200),
    "skin": (96, 132, 176),
    "hair": (28, 26, 26),
    "trousers": (58, 50, 44),
    "white": (222, 224, 224),
    "chassis": (50, 50, 52),
    "board": (50, 120, 190),
}

ANGKOT_STRIPES: tuple[Colour, ...] = ((40, 190, 225), (60, 60, 190), (170, 90, 40), (225, 225, 225), (40, 120, 230))


@cache
def palette(model: Model, seed: int) -> Palette:
    """Material -> colour of one vehicle; the same seed wears the same colours."""
    random = np.random.default_rng(seed)
    cloth = COURIER_GREEN if model.shape == "courier" else _pick(random, CLOTHES)
    paint = _pick(random, PAINTS[model.kind])
    stripe = _pick(random, ANGKOT_STRIPES if model.shape == "angkot" else PAINTS[model.kind])
    return {
        **FIXED,
        "paint": _varied(random, paint),
        "stripe": stripe,
        "cloth": _varied(random, cloth),
        "cloth2": _varied(random, _pick(random, CLOTHES)),
        "helmet": COURIER_GREEN if model.shape == "courier" else _pick(random, HELMETS),
        "helmet2": _pick(random, HELMETS),
        "cargo": _varied(random, _pick(random, CARGO)),
    }


def _pick(random: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(random.integers(len(colours)))]


def _varied(random: np.random.Generator, colour: Colour) -> Colour:
    blue, green, red = (int(np.clip(channel + random.normal(0, 7), 8, 245)) for channel in colour)
    return blue, green, red


def _car(model: Model, *, bonnet: float, boot: float, belt: float, rake: float) -> Mesh:
    """A passenger car: `bonnet` and `boot` are the lengths before and behind the cabin, `belt` the window line."""
    length, half, height = model.length / 2, model.width / 2, model.height
    make = Builder()
    make.solid(
        Ring(-length, length, half - 0.03, 0.22), Ring(-length + 0.06, length - 0.04, half, 0.55), "paint"
    ).decal("front", (0.05, 0.95), (0.1, 0.7), "dark").decal("front", (0.38, 0.62), (0.45, 0.9), "plate").decal(
        "back", (0.05, 0.95), (0.0, 0.45), "dark"
    ).decal("back", (0.36, 0.64), (0.6, 1.0), "plate").wheels((-length * 0.62, length * 0.62), 0.31, half + 0.01)
    make.solid(
        Ring(-length + 0.06, length - 0.04, half, 0.55), Ring(-length + 0.10, length - 0.22, half - 0.06, belt), "paint"
    ).mirrored("front", (0.02, 0.24), (0.3, 0.8), "lamp").decal("front", (0.3, 0.7), (0.15, 0.6), "dark").mirrored(
        "back", (0.0, 0.17), (0.2, 0.95), "tail"
    )
    make.solid(
        Ring(-length + 0.10 + boot, length - bonnet, half - 0.07, belt),
        Ring(-length + 0.30 + boot + rake * 0.4, length - bonnet - rake, half - 0.20, height),
        "paint",
        layer=1,
    ).decal("front", (0.05, 0.95), (0.06, 0.92), "glass").decal("back", (0.08, 0.92), (0.1, 0.85), "glass").flanks(
        (0.05, 0.5), (0.08, 0.86), "glass"
    ).flanks((0.54, 0.93), (0.08, 0.86), "glass")
    make.lamps(length - 0.05, -length + 0.05, half - 0.25, 0.7)
    return make.build()


def _angkot(model: Model) -> Mesh:
    length, half, height = model.length / 2, model.width / 2, model.height
    make = Builder()
    make.solid(Ring(-length, length, half, 0.26), Ring(-length, length - 0.03, half, 0.95), "paint").flanks(
        (0.02, 0.98), (0.55, 0.8), "stripe"
    ).decal("back", (0.02, 0.98), (0.5, 0.75), "stripe").mirrored("back", (0.0, 0.13), (0.45, 0.9), "tail").decal(
        "back", (0.36, 0.64), (0.2, 0.4), "plate"
    ).mirrored("front", (0.04, 0.2), (0.45, 0.75), "lamp").decal("front", (0.26, 0.74), (0.5, 0.72), "white").decal(
        "front", (0.02, 0.98), (0.0, 0.28), "dark"
    ).wheels((-length * 0.62, length * 0.6), 0.29, half + 0.01)
    make.solid(
        Ring(-length, length - 0.05, half, 0.95), Ring(-length + 0.08, length - 0.78, half - 0.10, height), "paint", 1
    ).decal("front", (0.06, 0.94), (0.08, 0.74), "glass").decal("front", (0.12, 0.88), (0.78, 0.96), "board").decal(
        "back", (0.1, 0.9), (0.2, 0.8), "glass"
    ).flanks((0.04, 0.48), (0.16, 0.82), "glass").flanks((0.52, 0.74), (0.16, 0.82), "glass").flanks(
        (0.78, 0.95), (0.16, 0.72), "glass"
    )
    make.lamps(length, -length, half - 0.22, 0.7)
    return make.build()


def _bus(model: Model) -> Mesh:
    length, half, height = model.length / 2, model.width / 2, model.height
    make = Builder()
    body = make.solid(
        Ring(-length, length, half, 0.32), Ring(-length + 0.05, length - 0.12, half - 0.04, height), "paint"
    )
    body.flanks((0.0, 1.0), (0.16, 0.26), "stripe").flanks((0.0, 1.0), (0.3, 0.34), "white")
    panes = max(4, round(model.length / 1.4))
    for pane in range(panes):
        body.flanks(((pane + 0.12) / panes, (pane + 0.9) / panes), (0.50, 0.84), "glass")
    body.decal("front", (0.05, 0.95), (0.36, 0.82), "glass").decal("front", (0.2, 0.8), (0.86, 0.96), "board").mirrored(
        "front", (0.04, 0.2), (0.12, 0.22), "lamp"
    ).decal("front", (0.38, 0.62), (0.08, 0.16), "plate").decal("back", (0.1, 0.9), (0.5, 0.84), "glass").mirrored(
        "back", (0.02, 0.12), (0.14, 0.34), "tail"
    ).decal("back", (0.25, 0.75), (0.05, 0.3), "dark").wheels((-length * 0.5, length * 0.62), 0.46, half + 0.01)
    make.block((-length * 0.35, length * 0.15), (height, height + 0.16), half * 0.6, "white", 1)
    make.lamps(length, -length, half - 0.3, 0.9)
    return make.build()


def _truck(model: Model, load: Callable[[Builder, float, float], None]) -> Mesh:
    """A cab-over truck; `load(make, back, half)` puts on what lies behind the cab."""
    length, half = model.length / 2, model.width / 2
    cab_back, roof = length - 1.55, 2.15 if model.length < 7 else 2.6
    make = Builder()
    make.block((-length, cab_back), (0.55, 0.85), half * 0.7, "chassis").decal(
        "back", (0.0, 1.0), (0.0, 0.6), "dark"
    ).mirrored("back", (0.0, 0.15), (0.3, 0.95), "tail").decal("back", (0.38, 0.62), (0.3, 0.8), "plate").wheels(
        (-length * 0.55,), 0.45, half - 0.05
    )
    cab = make.solid(
        Ring(cab_back, length, half * 0.92, 0.45), Ring(cab_back, length - 0.22, half * 0.86, roof), "paint", 0
    )
    cab.decal("front", (0.06, 0.94), (0.48, 0.86), "glass").mirrored("front", (0.05, 0.2), (0.14, 0.26), "lamp").decal(
        "front", (0.24, 0.76), (0.16, 0.36), "dark"
    ).decal("front", (0.38, 0.62), (0.04, 0.12), "plate").flanks((0.3, 0.88), (0.5, 0.86), "glass").wheels(
        (cab_back + 0.75,), 0.45, half * 0.92 + 0.02
    )
    load(make, -length, half)
    make.lamps(length, -length, half - 0.3, 0.8)
    return make.build()


def _box_truck(model: Model) -> Mesh:
    def load(make: Builder, back: float, half: float) -> None:
        make.block((back, model.length / 2 - 1.7), (0.85, model.height), half, "cargo", 0).decal(
            "back", (0.47, 0.53), (0.02, 0.98), "dark"
        ).flanks((0.15, 0.85), (0.35, 0.6), "stripe")

    return _truck(model, load)


def _bed_truck(model: Model) -> Mesh:
    def load(make: Builder, back: float, half: float) -> None:
        front = model.length / 2 - 1.7
        make.block((back, front), (0.85, 1.45), half, "stripe", 0).decal("top", (0.06, 0.94), (0.03, 0.97), "dark")
        make.solid(
            Ring(back + 0.3, front - 0.2, half - 0.15, 1.45),
            Ring(back + 0.8, front - 0.6, half - 0.5, model.height),
            "cargo",
            1,
        )

    return _truck(model, load)


def _tarp_truck(model: Model) -> Mesh:
    def load(make: Builder, back: float, half: float) -> None:
        front = model.length / 2 - 1.7
        make.block((back, front), (0.85, 2.0), half, "paint", 0)
        make.solid(Ring(back, front, half, 2.0), Ring(back + 0.1, front - 0.1, half - 0.45, model.height), "cargo", 1)

    return _truck(model, load)


def _rider(make: Builder, x: float, seat: float, *, cloth: str, helmet: str, arms: bool = True) -> None:
    """A person astride at `x`, sitting at height `seat`."""
    for y in (0.17, -0.17):
        make.solid(
            Ring(x + 0.12, x + 0.34, 0.07, seat - 0.45, y), Ring(x - 0.1, x + 0.3, 0.08, seat + 0.06, y), "trousers", 1
        )
    make.solid(Ring(x - 0.16, x + 0.12, 0.18, seat), Ring(x - 0.12, x + 0.14, 0.22, seat + 0.52), cloth, 2)
    if arms:
        for y in (0.26, -0.26):
            make.solid(
                Ring(x + 0.2, x + 0.46, 0.05, seat + 0.22, y), Ring(x - 0.04, x + 0.12, 0.055, seat + 0.46, y), cloth, 2
            )
    make.ball((x + 0.04, 0, seat + 0.68), 0.15, helmet, 3)
    make.ball((x + 0.11, 0, seat + 0.66), 0.105, "dark" if helmet != "hair" else "skin", 3)


def _scooter(model: Model, *, pillion: bool = False, crate: bool = False) -> Mesh:
    length, back = model.length / 2, -model.length / 2
    make = Builder()
    make.block((back, back + 0.52), (0.02, 0.5), 0.06, "tyre")
    make.block((length - 0.5, length), (0.02, 0.5), 0.05, "tyre")
    make.solid(
        Ring(back + 0.1, length - 0.45, 0.14, 0.28), Ring(back + 0.02, length - 0.85, 0.15, 0.76), "paint"
    ).mirrored("back", (0.1, 0.45), (0.55, 0.85), "tail").decal("back", (0.2, 0.8), (0.15, 0.45), "plate").decal(
        "top", (0.0, 1.0), (0.0, 1.0), "dark"
    )
    make.solid(
        Ring(length - 0.6, length - 0.35, 0.19, 0.36), Ring(length - 0.7, length - 0.55, 0.16, 1.02), "paint", 1
    ).decal("front", (0.25, 0.75), (0.72, 0.95), "lamp").decal("front", (0.3, 0.7), (0.3, 0.5), "plate")
    make.block((length - 0.72, length - 0.62), (1.0, 1.07), model.width / 2, "dark", 1)
    _rider(make, -0.12, 0.78, cloth="cloth", helmet="helmet")
    if pillion:
        _rider(make, -0.52, 0.82, cloth="cloth2", helmet="helmet2", arms=False)
    if crate:
        make.block((back - 0.02, back + 0.46), (0.78, 1.26), 0.26, "cloth", 1)
    make.lamps(length - 0.45, back, 0.0, 0.85)
    return make.build()


def _bicycle(model: Model) -> Mesh:
    length = model.length / 2
    make = Builder()
    frame = make.solid(
        Ring(-length * 0.5, length * 0.5, 0.03, 0.3), Ring(-length * 0.35, length * 0.4, 0.03, 0.85), "paint"
    )
    frame.wheels((-length + 0.33, length - 0.33), 0.33, 0.035)
    make.block((length - 0.55, length - 0.48), (0.95, 1.0), model.width / 2, "dark", 1)
    _rider(make, -0.2, 0.86, cloth="cloth", helmet="hair")
    return make.build()


def _pedestrian(model: Model) -> Mesh:
    make, arm = Builder(), model.width / 2
    for y, stride in ((0.1, 0.12), (-0.1, -0.12)):
        make.solid(Ring(stride - 0.09, stride + 0.13, 0.07, 0.0, y), Ring(-0.1, 0.1, 0.09, 0.85, y), "trousers")
    make.solid(Ring(-0.11, 0.11, 0.19, 0.82), Ring(-0.11, 0.12, 0.23, 1.42), "cloth", 1)
    for y in (arm, -arm):
        make.solid(Ring(-0.06, 0.08, 0.05, 0.8, y), Ring(-0.06, 0.07, 0.055, 1.4, y), "cloth", 1)
    make.ball((0.02, 0, 1.55), 0.115, "hair", 2)
    make.ball((0.06, 0, 1.53), 0.085, "skin", 2)
    return make.build()


def _crate(model: Model) -> Mesh:
    """A pallet with two boxes on it, one of which has slipped."""
    length, half = model.length / 2, model.width / 2
    make = Builder()
    make.block((-length, length), (0.0, 0.14), half, "chassis")
    make.block((-length + 0.05, length - 0.35), (0.14, model.height), half - 0.08, "cargo", 1)
    make.block((length - 0.4, length), (0.14, model.height * 0.6), half - 0.15, "white", 1)
    return make.build()


@cache
def mesh_of(shape: str) -> Mesh:
    """The mesh of `Model.shape`."""
    model = next(one for group in (*MODELS.values(), (CRATE,)) for one in group if one.shape == shape)
    makers: Mapping[str, Callable[[Model], Mesh]] = {
        "scooter": _scooter,
        "scooter_pillion": lambda one: _scooter(one, pillion=True),
        "courier": lambda one: _scooter(one, crate=True),
        "mpv": lambda one: _car(one, bonnet=1.0, boot=0.0, belt=0.98, rake=0.75),
        "hatchback": lambda one: _car(one, bonnet=0.95, boot=0.0, belt=0.92, rake=0.75),
        "sedan": lambda one: _car(one, bonnet=1.25, boot=0.75, belt=0.90, rake=0.8),
        "suv": lambda one: _car(one, bonnet=1.2, boot=0.0, belt=1.08, rake=0.65),
        "angkot": _angkot,
        "bus": _bus,
        "minibus": _bus,
        "box_truck": _box_truck,
        "bed_truck": _bed_truck,
        "tarp_truck": _tarp_truck,
        "bicycle": _bicycle,
        "pedestrian": _pedestrian,
        "crate": _crate,
    }
    return makers[shape](model)
