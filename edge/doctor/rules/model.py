"""The detector: whether it loads here, and whether it keeps up with the pictures that are wanted."""

from __future__ import annotations

from edge.doctor.finding import Check, Finding, attention, broken, fine, words
from edge.doctor.readings import ModelReading

LEAST_FPS = 6.0
"""Below, near vehicles are lost between two pictures (measured: README, "What was measured")."""


def model(seen: ModelReading) -> Finding:
    """One camera's share: each has a detector of its own."""
    if seen.fault or seen.picture_ms is None:
        return broken(
            Check.MODEL,
            words(f"{seen.name} tidak dapat dimuat: {seen.fault}", f"{seen.name} does not load: {seen.fault}"),
            words(
                "periksa [detector] di unit.toml;  simpang model list  menyebut yang ada",
                "check [detector] in unit.toml;  simpang model list  names what there is",
            ),
        )
    possible = 1000 / max(seen.picture_ms, 0.1)
    beside = words(" sambil unit menghitung", " while the unit counts") if seen.shared else words("", "")
    told = f"{seen.picture_ms:.0f} ms"
    found = words(
        f"{seen.name}: {told} per gambar{beside.id}, cukup untuk {possible:.0f} gambar per detik",
        f"{seen.name}: {told} a picture{beside.en}, enough for {possible:.0f} a second",
    )
    do = words(
        "naikkan [detector] threads, pakai model yang lebih kecil, atau turunkan target_fps (jangan di bawah 6)",
        "raise [detector] threads, take a smaller model, or lower target_fps (not below 6)",
    )
    if possible < LEAST_FPS and not seen.shared:
        return broken(Check.MODEL, found, do)
    if possible < min(seen.wanted_fps, 10.0) and not seen.shared:
        return attention(Check.MODEL, found, do)
    return fine(Check.MODEL, found)
