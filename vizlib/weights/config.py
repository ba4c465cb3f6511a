"""The config.json of a network's own folder: timm's layout, with everything that it says about the classes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from timm.models import PretrainedCfg

from vizlib.errors import CheckpointMismatch, UnknownName
from vizlib.weights import registry
from vizlib.weights.labels import KEYS, stated_names
from vizlib.weights.names import LONGEST

_LARGEST = 1_000_000  # of the numbers that describe a network; a larger one would use up the memory
_LARGEST_SIDE = 4096  # px
_TIMMS = {each.name for each in fields(PretrainedCfg)} - {"label_names", "label_descriptions"}
_LISTS = ("labels.txt", "classes.txt")  # one name a line, as many training scripts write them
# Arguments of timm.create_model that would load other weights than those of the folder.
_RESERVED = ("pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir", "model_name")


@dataclass(frozen=True)
class Config:
    """What the config.json of a folder says."""

    folder: Path
    architecture: str
    pretrained_cfg: dict[str, Any]  # as timm takes it, without the names of the classes
    arguments: dict[str, Any]  # for timm.create_model
    counts: tuple[int, ...]  # every number of classes that it gives
    key: str  # where it names its classes ("id2label"), or ""
    names: list[str]
    problem_type: str  # "multi_label_classification" and the like, or ""


def read_config(folder: Path, given: bytes | None = None) -> Config:
    """The configuration in a folder, or the one given, of a folder that is only in memory.

    Raises CheckpointMismatch or UnknownName for one that cannot be believed.
    """
    content = _read(folder, given)
    if odd := _odd_setting(content):
        raise CheckpointMismatch(f"In the config.json of {folder.name}, {odd}.", "Correct it, or leave it out.")
    own = content.get("pretrained_cfg")
    flat = {**own, **content} if isinstance(own, dict) else content
    key, names = _names(flat, folder)
    known = {each: content[each] for each in _TIMMS & set(content)}
    arguments = content.get("model_args") or {}
    problem_type = str(flat.get("problem_type") or "")
    ours = ("label_descriptions", "problem_type", *KEYS)
    return Config(
        folder,
        content["architecture"],
        {each: value for each, value in own.items() if each.lower() not in ours} if isinstance(own, dict) else known,
        arguments,
        tuple(each for each in (flat.get("num_classes"), arguments.get("num_classes")) if each is not None),
        key,
        names,
        problem_type,
    )


def _read(folder: Path, given: bytes | None) -> dict[str, Any]:
    try:
        text = (folder / "config.json").read_bytes() if given is None else given
        content = json.loads(text.decode("utf-8"))
        architecture = content["architecture"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise CheckpointMismatch(
            f"The folder {folder.name} has no config.json that names an architecture.",
            "Save the network with timm.models.save_for_hf.",
        ) from problem
    if not isinstance(architecture, str) or not registry.is_model(architecture):
        raise UnknownName.among("timm network", str(architecture)[:LONGEST], registry.list_models())
    for section in ("pretrained_cfg", "model_args"):
        if not isinstance(content.get(section) or {}, dict):
            raise CheckpointMismatch(
                f"The config.json of {folder.name} does not fit timm ({section} is no dictionary).",
                "Correct it, or save the network again with timm.models.save_for_hf.",
            )
    return content


def _names(config: dict[str, Any], folder: Path) -> tuple[str, list[str]]:
    try:
        key, names = stated_names(config)
    except ValueError as odd:
        raise CheckpointMismatch(
            f"In the config.json of {folder.name}, {odd!s}.", "Correct it, or leave it out."
        ) from odd
    for file in _LISTS:
        if not key and (folder / file).is_file():
            lines = (folder / file).read_text(encoding="utf-8", errors="replace").splitlines()
            key, names = file, [line.strip() for line in lines if line.strip()]
    return key, names


def _odd_setting(config: dict[str, Any]) -> str:
    """The first impossible value in the content of a config.json, or "": timm would find it late or never."""
    sections = [config, config.get("pretrained_cfg") or {}]
    said = [(key, each[key]) for each in sections for key in _FITTING if each.get(key) is not None]
    odd = [f"{key} is {str(value)[:60]}" for key, value in said if not _FITTING[key](value)]
    return odd[0] if odd else ""


def _number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high


def _numbers(value: Any, low: float, high: float) -> bool:
    return isinstance(value, list) and all(_number(each, low, high) for each in value)


def _size(value: Any) -> bool:
    return _numbers(value, 1, _LARGEST_SIDE) and len(value) == 3 and all(isinstance(each, int) for each in value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _number(value, 0, _LARGEST)


def _modest(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return all(_modest(each) for each in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, (str, bool)) or value is None or _number(value, -_LARGEST, _LARGEST)


def _arguments(value: Any) -> bool:
    return _modest(value) and not set(_RESERVED) & set(value) and _count(value.get("num_classes") or 0)


_FITTING: dict[str, Callable[[Any], bool]] = {
    "num_classes": _count,
    "model_args": _arguments,
    **dict.fromkeys(("input_size", "test_input_size"), _size),
    "mean": lambda value: _numbers(value, -1000, 1000),
    "std": lambda value: _numbers(value, 1e-6, 1000),
    **dict.fromkeys(("crop_pct", "test_crop_pct"), lambda value: _number(value, 0.01, 100)),
    "crop_mode": lambda value: value in ("center", "squash", "border"),
    "interpolation": lambda value: value in ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos"),
}
