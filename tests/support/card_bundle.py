"""A bundle that installs in a moment: a real pip, and a Simpang of two lines."""

from __future__ import annotations

import ensurepip
import zipfile
from pathlib import Path

from provisioning.bundle import write_sums


def small_bundle(folder: Path, version: str = "0.1.0") -> Path:
    """A real pip, and a Simpang of two lines: installing it is quick and still the real thing."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    (pip,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    (wheels / pip.name).write_bytes(pip.read_bytes())
    info = f"simpang-{version}.dist-info"
    files = {
        "simpang.py": f"def main():\n    print('simpang {version}')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: simpang\nVersion: {version}\nProvides-Extra: edge\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nsimpang = simpang:main\n",
    }
    record = "".join(f"{name},,\n" for name in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(wheels / f"simpang-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)
    write_sums(folder)
    return folder
