"""A camera: whether it opens, how many pictures come, and what they are worth."""

from __future__ import annotations

from collections.abc import Mapping

from contract import CameraCondition
from edge.doctor.finding import Check, Finding, Words, attention, broken, fine, words
from edge.doctor.readings import CameraReading
from edge.doctor.rules.model import LEAST_FPS

SOFT = 0.35
"""Sharpness below which a picture that nobody has seen before is taken to be out of focus. Nine clips of the shared
footage: 0.69 to 1.06 as they are; blurred by 0.2 % of their width 0.38 to 0.51, by 0.4 % 0.18 to 0.31."""
_SMALL = 320
"""Pixels of width under which a motorcycle far away is a few dots."""

_CONDITIONS: Mapping[CameraCondition, tuple[Words, Words]] = {
    CameraCondition.LOST: (
        words("tidak ada gambar", "there is no picture"),
        words("periksa listrik dan kabel kamera", "check the camera's power and cable"),
    ),
    CameraCondition.BLACK: (
        words("gambar hitam", "the picture is black"),
        words(
            "buka tutup lensa; periksa lampu inframerah dan penerangan", "uncover the lens; check infrared and lighting"
        ),
    ),
    CameraCondition.FROZEN: (
        words("gambar beku", "the picture is frozen"),
        words("mulai ulang kamera", "restart the camera"),
    ),
    CameraCondition.COVERED: (
        words("lensa tertutup", "the lens is covered"),
        words("bersihkan lensa, singkirkan yang menghalangi", "clean the lens, remove what stands before it"),
    ),
    CameraCondition.DEFOCUSED: (
        words("gambar tidak tajam", "the picture is out of focus"),
        words("atur fokus, bersihkan lensa", "set the focus, clean the lens"),
    ),
    CameraCondition.MOVED: (
        words("kamera bergeser dari arah semula", "the camera was turned away from its view"),
        words("arahkan kembali, atau gambar ulang garis dan zona", "aim it again, or draw lines and zones anew"),
    ),
}


def camera(seen: CameraReading) -> Finding:
    """What keeps it from being counted from, the worst first."""
    if seen.fault or not seen.frames:
        return broken(
            Check.CAMERA,
            words(seen.fault or f"{seen.address}: tidak ada gambar", seen.fault or f"{seen.address}: no picture comes"),
            words(
                "periksa listrik, kabel, alamat, nama dan sandi kamera",
                "check the camera's power, cable, address, user and password",
            ),
            seen.camera,
        )
    if seen.condition is not None and seen.condition in _CONDITIONS:
        found, do = _CONDITIONS[seen.condition]
        return broken(Check.CAMERA, found, do, seen.camera)
    weakness = _weakness(seen)
    if weakness is not None:
        found, do = weakness
        return attention(Check.CAMERA, found, do, seen.camera)
    told = f"{seen.width} × {seen.height}, {seen.fps:.1f}"
    night = seen.condition is CameraCondition.NIGHT
    dark = words(", malam", ", night") if night else words("", "")
    return fine(
        Check.CAMERA,
        words(f"{told} gambar per detik{dark.id}", f"{told} pictures a second{dark.en}"),
        seen.camera,
    )


def _weakness(seen: CameraReading) -> tuple[Words, Words] | None:
    """What makes a picture that can be counted from worse than it should be, and what to do."""
    if seen.fps < min(seen.wanted_fps, LEAST_FPS) * 0.9:
        return (
            words(f"hanya {seen.fps:.1f} gambar per detik", f"only {seen.fps:.1f} pictures a second"),
            words(
                "naikkan laju gambar pada kamera (10 atau lebih); periksa jaringan ke kamera",
                "raise the camera's frame rate (10 or more); check the network to it",
            ),
        )
    if 0 < seen.width < _SMALL:
        size = f"{seen.width} × {seen.height}"
        return (
            words(f"gambar kecil: {size}", f"the picture is small: {size}"),
            words("pilih aliran 640 × 360 atau lebih", "choose a stream of 640 × 360 or more"),
        )
    if seen.sharpness is not None and seen.sharpness < SOFT:
        return _CONDITIONS[CameraCondition.DEFOCUSED]
    if not seen.drawn:
        return (
            words("belum ada garis atau zona", "no line or zone is drawn yet"),
            words("gambarlah di halaman unit", "draw them on the unit's page"),
        )
    return None
