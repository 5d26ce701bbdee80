"""An update that ends at an exact moment: SIGKILL before the n-th thing that it does to the file system.

    python -m tests.support.card_power_cut BUNDLE PUBLIC_KEY UNIT N

Python tells of every file it opens, moves or removes (audit events, PEP 578), so each moment is one that can be chosen
and found again. When it comes through, it prints how many such things it did.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from provisioning.update import Slots, apply

FILES = 60
"""Of the software here: enough that an installation has an inside."""


def software(place: Path, says: str, *, works: bool = True) -> None:
    """A program in many files that only runs when every one of them is there."""
    (place / "bin").mkdir(parents=True)
    for number in range(FILES):
        (place / f"part-{number}").write_text(says)
    check = f'[ "$(cat {place}/part-* | wc -c)" = {FILES * len(says)} ] || exit 1\n'
    (place / "bin/simpang").write_text(f"#!/bin/sh\n{check}{'' if works else 'exit 1'}\necho {says}\n")
    (place / "bin/simpang").chmod(0o755)


def install(bundle: Path, place: Path) -> None:
    """What the wheel of this bundle says becomes the software."""
    software(place, (bundle / "wheels/simpang.whl").read_text())


def main() -> None:
    """Count down, and end where it was said."""
    bundle, public, unit, number = sys.argv[1:]
    done = 0

    def count(event: str, _: object) -> None:
        nonlocal done
        if event == "open" or event.startswith(("os.", "shutil.")):
            done += 1
            if done == int(number):
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    apply(Path(bundle), Path(public), Slots(Path(unit)), install)
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main()
