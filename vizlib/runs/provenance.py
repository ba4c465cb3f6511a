"""What a stored result depends on besides its recipe: the engine's own code, the libraries, the kind of device."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import timm
import torch

from vizlib.runs.recipe import Recipe

_ENGINE = Path(__file__).resolve().parent.parent  # vizlib/
_APART = (
    "__main__.py",
    "command/",
    "ui/",
    "batch/gallery/",
    "batch/engines/",
    "batch/saved/",
)  # they draw and carry what is computed elsewhere


@cache
def versions() -> dict[str, str]:
    """The engine's source digest and the versions of the libraries that compute, by name."""
    return {"vizlib": source_digest(_ENGINE), "torch": torch.__version__, "timm": timm.__version__}


def source_digest(folder: Path) -> str:
    """16 hexadecimal digits of all Python files under the engine's folder, except those on which no result depends."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder).as_posix()
        if not inside.startswith(_APART):
            digest.update(inside.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def as_stored(recipe: Recipe, device: str) -> Recipe:
    """The recipe under which the store has the result: another engine or another kind of device is another result.

    device: where it is computed, such as "cuda:1"; only its kind counts.
    """
    return Recipe({**recipe.parts, "device": device.partition(":")[0], "versions": versions()})
