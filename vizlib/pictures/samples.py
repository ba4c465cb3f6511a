"""Photographs that can be shown without a connection.

They are files inside the scikit-image package, which is installed for these files only: its code is never imported.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

# Natural color photographs: public domain (astronaut: NASA, rocket: SpaceX) or CC0 (cat: Stefan van der Walt, coffee:
# Rachel Michetti).
_PHOTOGRAPHS: Final = {
    "cat": "chelsea.png",  # the first one: every network for photographs knows cats
    "astronaut": "astronaut.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
}


def sample_photographs() -> dict[str, Path]:
    """The photographs' files by short name; empty where scikit-image is not installed."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        return {}
    folder = Path(package.origin).parent / "data"
    found = {name: folder / file for name, file in _PHOTOGRAPHS.items()}
    return {name: path for name, path in found.items() if path.is_file()}
