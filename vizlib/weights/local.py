"""The checkpoints in the folder that VIZLIB_WEIGHTS names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# The order in which one of several files is preferred; the last ".pth" of "x.pth.tar" is not an ending of its own.
SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".pth.tar", ".tar", ".npz")
_OWN = ("model", "pytorch_model")  # names of the checkpoint in a network's own folder


def suffix_of(file: Path) -> str:
    """The ending of a checkpoint's name in lower case (".pth.tar"); "" if the file is no checkpoint by its name."""
    return max((each for each in SUFFIXES if file.name.lower().endswith(each)), key=len, default="")


def stem_of(file: Path) -> str:
    """The name without its ending: "resnet18.a1_in1k" of "resnet18.a1_in1k.pth.tar"."""
    return file.name[: len(file.name) - len(suffix_of(file))]


def own_checkpoint(folder: Path) -> Path | None:
    """The checkpoint of a network's own folder: model.safetensors or the next best."""
    files = [each for each in sorted(folder.iterdir()) if suffix_of(each) and each.is_file()]
    return min(files, key=lambda each: (_rank(stem_of(each)), SUFFIXES.index(suffix_of(each))), default=None)


def _rank(stem: str) -> int:
    return _OWN.index(stem.lower()) if stem.lower() in _OWN else len(_OWN)


def local_models() -> dict[str, Path]:
    """The networks in the folder that the environment variable VIZLIB_WEIGHTS names, each with its path.

    Their names, which `load_model` takes, are "local/" and the name of a folder with a config.json or of a checkpoint
    without its ending. Of several checkpoints with the same name, all but the preferred one keep their ending. The
    variable may also name one network's own folder. Without the variable or the folder there are none.

    Example:
        >>> import vizlib
        >>> for name, path in vizlib.local_models().items():
        ...     model = vizlib.load_model(name)
    """
    named = os.environ.get("VIZLIB_WEIGHTS", "")
    try:
        return _named(_inside(Path(named).expanduser().resolve())) if named else {}
    except (OSError, RuntimeError, ValueError):  # the folder does not exist or cannot be read
        return {}


def _inside(folder: Path) -> Iterator[Path]:
    """The networks' folders, then the files, the preferred of each stem first."""
    there = [each for each in sorted(folder.iterdir()) if not each.name.startswith(".")]
    own = None
    if _is_network(folder):
        yield folder
        own = own_checkpoint(folder)
    yield from (each for each in there if _is_network(each))
    files = [each for each in there if suffix_of(each) and each.is_file()]
    files = [each for each in files if each != own or stem_of(each).lower() not in _OWN]
    yield from sorted(files, key=lambda each: SUFFIXES.index(suffix_of(each)))


def _is_network(folder: Path) -> bool:
    return (folder / "config.json").is_file()


def _named(paths: Iterator[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        stem = _shown(path.name if path.is_dir() else stem_of(path))
        name = f"local/{stem}" if f"local/{stem}" not in found else f"local/{_shown(path.name)}"
        found.setdefault(name, path)
    return found


def _shown(name: str) -> str:
    """The name as text: bytes that are no UTF-8 become question marks, because no page and no link could hold them."""
    return os.fsencode(name).decode("utf-8", "replace")
