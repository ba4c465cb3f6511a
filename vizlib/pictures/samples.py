"""Photographs that can be shown without a connection.

They are files inside the scikit-image package, which is installed for these files only: its code is never imported.
"""

from __future__ import annotations

from collections.abc import Mapping
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
# Surfaces, and what telescopes, microscopes and scanners see.
_TEXTURES: Final = {
    "brick": "brick.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "moon": "moon.png",
    "tissue": "ihc.png",
    "galaxies": "hubble_deep_field.jpg",
    "retina": "retina.jpg",
    "coffee": "coffee.png",
    "page": "page.png",
    "coins": "coins.png",
}


def sample_photographs() -> dict[str, Path]:
    """The photographs' files by short name; empty where scikit-image is not installed."""
    return _found(_PHOTOGRAPHS)


def sample_textures() -> dict[str, Path]:
    """The files of pictures of ten materials by short name; empty where scikit-image is not installed."""
    return _found(_TEXTURES)


def _found(files: Mapping[str, str]) -> dict[str, Path]:
    package = find_spec("skimage")
    if package is None or package.origin is None:
        return {}
    folder = Path(package.origin).parent / "data"
    found = {name: folder / file for name, file in files.items()}
    return {name: path for name, path in found.items() if path.is_file()}
