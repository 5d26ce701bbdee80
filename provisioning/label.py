"""Labels for units, as a PDF that any printer takes: name, junction, and a code that opens the unit's own page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioning.terminal import needed

if TYPE_CHECKING:
    from fpdf import FPDF

WIDTH_MM, HEIGHT_MM = 62.0, 29.0
"""A common label (Brother DK-11209); on other paper it prints as large."""
_QR_MM = 25.0
_MARGIN_MM = 2.0
PAGE_PORT = 8080
"""Of the unit's own page; firstboot/nftables.conf lets it in from the local network."""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on one."""

    unit: str
    junction: str
    fingerprint: str
    """SHA-256 of the certificate, hexadecimal; its beginning tells two cards of one unit apart."""
    pin: str
    """Of the unit's own page."""

    @property
    def address(self) -> str:
        """Where a phone on the same network finds the unit (mDNS), signed in: what stands behind # is not sent."""
        return f"http://{self.unit}.local:{PAGE_PORT}/#pin={self.pin}"

    def __repr__(self) -> str:
        """Without the PIN, so that no log shows it."""
        return f"Label({self.unit!r})"


def labels_pdf(labels: Iterable[Label]) -> bytes:
    """One page a label."""
    pdf: FPDF = needed("fpdf").FPDF(unit="mm", format=(HEIGHT_MM, WIDTH_MM), orientation="landscape")
    pdf.set_auto_page_break(False)
    pdf.set_title("Simpang")
    for label in labels:
        pdf.add_page()
        _code(pdf, label.address)
        left = _MARGIN_MM * 2 + _QR_MM
        for y, size, bold, text in (
            (3.0, 11, True, label.unit),
            (9.0, 7, False, label.junction),
            (14.5, 9, True, f"PIN {label.pin[:4]} {label.pin[4:]}"),
            (18.5, 6, False, f"Kartu {label.fingerprint[:8]}"),
            (21.5, 6, False, "Dishub ATCS - jangan dilepas"),
        ):
            pdf.set_font("helvetica", style="B" if bold else "", size=size)
            pdf.set_xy(left, y)
            # The standard fonts know Latin letters only; a junction's dash becomes a hyphen.
            shown = text.replace("–", "-").encode("latin-1", "replace").decode("latin-1")
            pdf.multi_cell(WIDTH_MM - left - _MARGIN_MM, size * 0.4, shown, align="L")
    return bytes(pdf.output())


def _code(pdf: FPDF, text: str) -> None:
    """The QR code as squares: sharp at any size. Error correction Q: a quarter may be scratched."""
    rows = tuple(needed("segno").make(text, error="q", micro=False).matrix_iter(border=2))
    side = _QR_MM / len(rows)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                pdf.rect(_MARGIN_MM + x * side, _MARGIN_MM + y * side, side, side, style="F")
