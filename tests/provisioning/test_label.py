"""Labels: printed, looked at, and read as a phone reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2

from provisioning.label import Label, labels_pdf

LABELS = [
    Label("edge-dago", "Simpang Dago", "ab" * 32, "kkkk2345"),
    Label("edge-pasteur", "Pasteur – Surya Sumantri", "cd" * 32, "mmmm6789"),
]


def test_a_phone_reads_every_label_and_people_read_the_name(tmp_path: Path) -> None:
    (tmp_path / "labels.pdf").write_bytes(labels_pdf(LABELS))
    subprocess.run(["pdftoppm", "-r", "300", "-png", "labels.pdf", "page"], cwd=tmp_path, check=True)
    pages = sorted(tmp_path.glob("page*.png"))
    read = [cv2.QRCodeDetector().detectAndDecode(cv2.imread(str(page)))[0] for page in pages]
    assert read == [
        "http://edge-dago.local:8080/#pin=kkkk2345",
        "http://edge-pasteur.local:8080/#pin=mmmm6789",
    ]
    text = subprocess.run(["pdftotext", "labels.pdf", "-"], cwd=tmp_path, check=True, capture_output=True, text=True)
    for label in LABELS:
        assert label.unit in text.stdout
        assert f"Kartu {label.fingerprint[:8]}" in text.stdout
    assert "PIN kkkk 2345" in text.stdout
    assert "kkkk" not in repr(LABELS), "no log shows it"
    assert "Pasteur - Surya Sumantri" in text.stdout
