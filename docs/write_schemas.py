"""Write docs/schemas from the contract: `make schemas`."""

from __future__ import annotations

from pathlib import Path

from contract.schema import schemas

FOLDER = Path(__file__).parent / "schemas"


def main() -> None:
    """Replace what is in docs/schemas by what the code says today."""
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.glob("*.schema.json"):
        stale.unlink()
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
