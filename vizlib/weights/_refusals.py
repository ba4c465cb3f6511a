"""Reasons why a network could not be built from its checkpoint, each with its remedy."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from timm.models import load_state_dict
from torch import Tensor

from vizlib.errors import CheckpointMismatch, TooBig, VizError

_OUT_OF_MEMORY = ("not enough memory", "out of memory", "can't allocate memory")
_MISFITS = ("size mismatch", "Missing key", "Unexpected key", "is inconsistent with")
_SUFFIXES = (".safetensors", ".pth", ".bin")  # the order in which timm looks through a folder
_LARGEST = 1_000_000  # of the numbers that describe a network; a larger one would use up the memory
_LARGEST_SIDE = 4096  # px


def odd_setting(config: dict[str, Any]) -> str:
    """The first impossible value in the content of a config.json, or "": timm would find it late or never."""
    own = config.get("pretrained_cfg")
    flat = {**config, **own} if isinstance(own, dict) else config
    odd = [key for key, fits in _FITTING.items() if flat.get(key) is not None and not fits(flat[key])]
    return f"{odd[0]} is {str(flat[odd[0]])[:60]}" if odd else ""


def _number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high


def _numbers(value: Any, low: float, high: float) -> bool:
    return isinstance(value, list) and all(_number(each, low, high) for each in value)


def _size(value: Any) -> bool:
    return _numbers(value, 1, _LARGEST_SIDE) and len(value) == 3 and all(isinstance(each, int) for each in value)


def _modest(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return all(_modest(each) for each in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, (str, bool)) or value is None or _number(value, -_LARGEST, _LARGEST)


_FITTING: dict[str, Callable[[Any], bool]] = {
    "num_classes": lambda value: isinstance(value, int) and _number(value, 0, _LARGEST),
    "model_args": _modest,
    **dict.fromkeys(("input_size", "test_input_size"), _size),
    "mean": lambda value: _numbers(value, -1000, 1000),
    "std": lambda value: _numbers(value, 1e-6, 1000),
    **dict.fromkeys(("crop_pct", "test_crop_pct"), lambda value: _number(value, 0.01, 100)),
    "crop_mode": lambda value: value in ("center", "squash", "border"),
    "interpolation": lambda value: value in ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"),
}


def explained(problem: Exception, name: str, architecture: str, file: Path | None, arguments: Any) -> Exception:
    """The error as a VizError with its remedy, or `problem` itself if it is a bug.

    `architecture` is what timm should build: a timm name or "local-dir:<folder>". `file` is the checkpoint, None for
    the folder's own or for random weights. `arguments` are those of the caller for timm.
    """
    text = str(problem)
    if isinstance(problem, MemoryError) or any(each in text.lower() for each in _OUT_OF_MEMORY):
        return TooBig(f"There is not enough memory for {name}.", "Choose a smaller network.")
    folder = Path(architecture.removeprefix("local-dir:")) if architecture.startswith("local-dir:") else None
    if file or folder:
        damage = _damage(file, folder)
        if damage:
            return damage
        if any(each in text for each in _MISFITS):
            return _misfit(text, file or folder, name if folder else architecture)
    if arguments:
        return VizError(f"{name} cannot be built with {_listed(arguments)}{_reason(text)}.", "Leave that out.")
    if folder:
        return CheckpointMismatch(
            f"The config.json of {folder.name} does not fit timm{_reason(text)}.",
            "Correct it, or save the network again with timm.models.save_for_hf.",
        )
    return _misfit(text, file, architecture) if file else problem


def _listed(arguments: Any) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in arguments.items())[:100]


def _reason(text: str) -> str:
    """timm's own words, for the author of the configuration or of the call."""
    line = next(iter(text.splitlines()), "").strip().rstrip(".")[:150]
    return f" ({line})" if line else ""


def _damage(file: Path | None, folder: Path | None) -> CheckpointMismatch | None:
    """The reason why the checkpoint cannot be read, None if it can."""
    file = file or _own(folder)
    if file is None:
        name = folder.name if folder else ""
        return CheckpointMismatch(
            f"The folder {name} holds no checkpoint.", "Put model.safetensors beside config.json."
        )
    if file.suffix == ".npz":
        return None
    try:
        state = load_state_dict(str(file))
        whole = bool(state) and all(isinstance(each, Tensor) for each in state.values())
        return None if whole else _no_checkpoint(file)
    except Exception as problem:  # checkpoint readers raise many unrelated types  # noqa: BLE001
        text = str(problem).lower()
    if ("weights_only" in text or "weights only" in text) and "load key" not in text:
        return CheckpointMismatch(
            f"{file.name} holds program code or other things than weights, and was not opened.",
            "Save only the state_dict, best as .safetensors.",
        )
    return _no_checkpoint(file)


def _own(folder: Path | None) -> Path | None:
    """The checkpoint in a folder that timm reads."""
    files = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    for stem in ("model", "pytorch_model", ""):
        for suffix in _SUFFIXES:
            for each in files:
                if each.suffix == suffix and stem in ("", each.stem):
                    return each
    return None


def _no_checkpoint(file: Path) -> CheckpointMismatch:
    # The hub's cache holds links. The file itself must be deleted, or the next download links to it again.
    return CheckpointMismatch(
        f"{file.name} is damaged, or is not a checkpoint.",
        f"Delete {file.resolve()} and download, copy or save it again.",
    )


def _misfit(text: str, path: Path | None, network: str) -> CheckpointMismatch:
    what = path.name if path else network
    sizes = re.findall(r"size mismatch for (\S+): .*?torch\.Size\(\[(\d+).*?torch\.Size\(\[(\d+)", text)
    modules = {key.rsplit(".", 1)[0] for key, _, _ in sizes}
    if len(modules) == 1 and "Missing key" not in text and "Unexpected key" not in text and sizes[0][1] != sizes[0][2]:
        return CheckpointMismatch(
            f"{what} has {sizes[0][1]} classes, where {network} has {sizes[0][2]}.",
            "Put it into a folder with a config.json that gives num_classes and label_names.",
        )
    return CheckpointMismatch(
        f"{what} is not a checkpoint of {network}: its layers have other names or sizes.",
        "Choose the network that it was trained as.",
    )
