"""Evidence pictures of the example city: drawn, not filmed, and said to be synthetic in their caption."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np

from contract import VehicleClass

CAR, ANGKOT, MOTORCYCLE, TRUCK = VehicleClass.CAR, VehicleClass.ANGKOT, VehicleClass.MOTORCYCLE, VehicleClass.TRUCK
_PAINT = {CAR: (205, 205, 200), ANGKOT: (64, 140, 60), MOTORCYCLE: (60, 60, 170), TRUCK: (40, 170, 215)}
_SIZE = {CAR: (120, 74), ANGKOT: (118, 84), MOTORCYCLE: (44, 58), TRUCK: (170, 120)}


def draw_evidence(vehicle: VehicleClass, seed: int, moment: str, caption: str, time: datetime) -> bytes:
    """A drawn kerb at dusk with one vehicle that stands and some that pass: JPEG, 640 x 400."""
    random = np.random.default_rng([seed, len(moment)])
    scene = np.zeros((400, 640, 3), np.uint8)
    scene[:] = (74, 66, 60)
    for y in range(150):
        scene[y] = tuple(int(a + (b - a) * y / 150) for a, b in zip((120, 84, 66), (128, 130, 172), strict=True))
    for x in range(0, 640, 58):
        high = int(random.integers(46, 118))
        cv2.rectangle(scene, (x, 150 - high), (x + 54, 168), tuple(int(c) for c in random.integers(44, 88, 3)), -1)
        for window in range(158 - high, 150, 17):
            lit = (120, 200, 240) if random.random() < 0.4 else (52, 50, 52)
            cv2.rectangle(scene, (x + 9, window), (x + 21, window + 8), lit, -1)
            cv2.rectangle(scene, (x + 31, window), (x + 43, window + 8), lit, -1)
    cv2.fillPoly(scene, [np.array([(0, 400), (0, 250), (210, 160), (262, 160), (150, 400)])], (112, 112, 116))
    cv2.line(scene, (152, 400), (263, 160), (210, 214, 216), 5, cv2.LINE_AA)
    for start in range(5):
        a, b = 175 + 48 * start, 192 + 54 * start
        cv2.line(scene, (352 + 18 * start, a), (356 + 22 * start, b), (200, 205, 208), 3 + start, cv2.LINE_AA)
    for _ in range(5):
        x, y = int(random.integers(330, 600)), int(random.integers(190, 380))
        _vehicle(scene, (x, y), 0.35 + (y - 180) / 330, MOTORCYCLE if random.random() < 0.6 else CAR, lamps=True)
    _vehicle(scene, (232, 330), 1.0, vehicle, lamps=False)
    wide, high = _SIZE[vehicle]
    corner = (232 - wide // 2 - 8, 330 - high - 10), (232 + wide // 2 + 8, 330 + 12)
    cv2.rectangle(scene, *corner, (60, 180, 250), 2, cv2.LINE_AA)
    grain = random.normal(0, 5, scene.shape)
    scene = np.clip(cv2.GaussianBlur(scene, (3, 3), 0) + grain, 0, 255).astype(np.uint8)
    text = f"{caption.replace('–', '-')}  {time:%Y-%m-%d %H:%M:%S}Z  {moment}  SINTETIS".encode(
        "ascii", "replace"
    ).decode()
    cv2.rectangle(scene, (0, 0), (640, 22), (20, 20, 20), -1)
    cv2.putText(scene, text, (8, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (235, 235, 235), 1, cv2.LINE_AA)
    done, jpeg = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert done
    return jpeg.tobytes()


def _vehicle(
    scene: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    foot: tuple[int, int],
    scale: float,
    kind: VehicleClass,
    *,
    lamps: bool,
) -> None:
    (x, y), (wide, high) = foot, (int(scale * side) for side in _SIZE[kind])
    cv2.ellipse(scene, (x, y), (int(wide * 0.56), max(2, int(high * 0.12))), 0, 0, 360, (38, 34, 32), -1, cv2.LINE_AA)
    body, left = _PAINT[kind], x - wide // 2
    cv2.rectangle(scene, (left, y - int(high * 0.62)), (left + wide, y - int(high * 0.08)), body, -1)
    roof = [
        (left + wide // 8, y - int(high * 0.6)),
        (left + wide // 4, y - high),
        (left + 3 * wide // 4, y - high),
        (left + 7 * wide // 8, y - int(high * 0.6)),
    ]
    cv2.fillPoly(scene, [np.array(roof)], tuple(int(c * 0.8) for c in body), cv2.LINE_AA)
    glass = [(px + (4 if px < x else -4), py + (5 if py < y - int(high * 0.7) else -3)) for px, py in roof]
    cv2.fillPoly(scene, [np.array(glass)], (58, 52, 46), cv2.LINE_AA)
    for wheel in (left + wide // 5, left + 4 * wide // 5):
        cv2.circle(scene, (wheel, y - 2), max(2, high // 9), (24, 24, 26), -1, cv2.LINE_AA)
    if lamps:
        for lamp in (left + wide // 9, left + 8 * wide // 9):
            cv2.circle(scene, (lamp, y - int(high * 0.4)), max(1, high // 14), (190, 235, 255), -1, cv2.LINE_AA)
