"""Where the weights of a network are, and how a checkpoint becomes a timm network.

Four sources: the checkpoints that the project ships, the folder in VIZLIB_WEIGHTS, timm's hub, or random numbers.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import timm
import torch
from timm.data.imagenet_info import ImageNetInfo, infer_imagenet_subset
from torch import nn

from vizlib.errors import CheckpointMismatch, ModelUnavailable, UnknownName
from vizlib.weights import architectures as _registered  # noqa: F401  timm learns the bundled architectures
from vizlib.weights._refusals import explained, odd_setting

BUNDLED = Path(__file__).resolve().parents[1] / "bundled"
SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
_BUILDING = threading.Lock()  # torch's global generator, seeded for random weights, has one user at a time
_LONGEST = 100  # characters of a name, also in sentences about it
_ABOUT_THE_FOLDER = "VIZLIB_WEIGHTS has to name a folder of checkpoints (resnet18.pth), or of folders with config.json."


@dataclass(frozen=True)
class Source:
    """One network with its weights, found but not yet read."""

    name: str  # as asked for: "resnet18", "bundled/scenes", "local/my_birds"
    kind: str  # "bundled", "local", "file", "hub" or "random"
    architecture: str  # what timm builds: a timm name, or "local-dir:<folder>"
    file: Path | None = None  # the checkpoint, None for the folder's own


def bundled_models() -> list[str]:
    """The networks that the project ships; they need no connection."""
    return [f"bundled/{each.parent.name}" for each in sorted(BUNDLED.glob("*/config.json"))]


def local_models() -> dict[str, Path]:
    """The checkpoints in the folder that VIZLIB_WEIGHTS names: path by name ("local/<stem or folder>")."""
    named = os.environ.get("VIZLIB_WEIGHTS", "")
    if not named:
        return {}
    try:
        inside = [each for each in sorted(Path(named).expanduser().iterdir()) if not each.name.startswith(".")]
        files = [each for each in inside if each.suffix in SUFFIXES and each.is_file()]
        folders = [each for each in inside if (each / "config.json").is_file()]
    except (OSError, RuntimeError, ValueError):  # the folder does not exist or cannot be read
        return {}
    return {f"local/{each.stem}": each for each in files} | {f"local/{each.name}": each for each in folders}


def find(name: str, weights: str = "default") -> Source:
    """The source that `name` and `weights` mean. Raises UnknownName, ModelUnavailable or CheckpointMismatch."""
    name = name[:_LONGEST]
    if name.startswith("bundled/"):
        if name not in bundled_models():
            raise UnknownName.among("bundled network", name, bundled_models())
        source = Source(name, "bundled", _folder(BUNDLED / name.removeprefix("bundled/")))
    elif name.startswith("local/"):
        source = _local(name, name)
    else:
        source = _find_timm(name, look_here_first=weights == "default")
    if weights == "default":
        return source
    return Source(name, "random", source.architecture) if weights == "random" else _given(source, weights)


def _find_timm(name: str, look_here_first: bool) -> Source:
    if look_here_first:
        local = local_models()
        here = next((f"local/{each}" for each in _spellings(name) if f"local/{each}" in local), None)
        if here:
            return _local(name, here)
    architecture = name.partition(".")[0]
    if not timm.is_model(architecture):
        raise UnknownName.among("network", name, [*bundled_models(), *local_models(), *timm.list_models()])
    if _known_tag(name) != name:
        raise UnknownName.among("published network", name, timm.list_pretrained(f"{architecture}.*"))
    return Source(name, "hub", name)


def _known_tag(name: str) -> str:
    """The timm name, without its tag if timm does not know the tag."""
    try:
        timm.get_pretrained_cfg(name)
    except RuntimeError:
        return name.partition(".")[0]
    return name.rstrip(".")


def _spellings(name: str) -> tuple[str, ...]:
    """The names of the same weights: with and without the tag, if that is timm's default."""
    architecture, _, tag = name.partition(".")
    config = timm.get_pretrained_cfg(architecture) if timm.is_model(architecture) else None
    if config is None or not config.tag or tag not in ("", config.tag):
        return (name,)
    return (name, f"{architecture}.{config.tag}" if not tag else architecture)


def _local(name: str, entry: str) -> Source:
    local = local_models()
    if entry not in local:
        error = UnknownName.among("local network", entry, local)
        raise UnknownName(error.sentence, error.remedy or _ABOUT_THE_FOLDER)
    path = local[entry]
    if path.is_dir():
        return Source(name, "local", _folder(path, name))
    if not timm.is_model(path.stem.partition(".")[0]):
        raise CheckpointMismatch(
            f"{path.name} does not say which network it belongs to.",
            "Name the file after its timm network (resnet18.pth), or put it into a folder with a config.json.",
        )
    return Source(name, "local", _known_tag(path.stem), path)


def _given(source: Source, weights: str) -> Source:
    """The source at the path `weights`, a file or a folder, for the network found already."""
    try:
        path = Path(weights).expanduser()
        there = bool(weights) and path.exists()
    except (OSError, RuntimeError, ValueError):  # too long, an unknown user's home, or not readable
        there = False
    if not there:
        raise ModelUnavailable(f"There is no checkpoint at {weights[:100]!r}.", "Check the path of the file or folder.")
    if path.is_dir():
        return Source(source.name, "file", _folder(path, source.name))
    return Source(source.name, "file", source.architecture, path)


def _folder(path: Path, name: str = "") -> str:
    """timm's name for a folder in its own layout; the folder must hold the network `name` if that is a timm name."""
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        architecture = config["architecture"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise CheckpointMismatch(
            f"The folder {path.name} has no config.json that names an architecture.",
            "Save the network with timm.models.save_for_hf.",
        ) from problem
    if not isinstance(architecture, str) or not timm.is_model(architecture):
        raise UnknownName.among("timm network", str(architecture)[:_LONGEST], timm.list_models())
    if odd := odd_setting(config):
        raise CheckpointMismatch(f"In the config.json of {path.name}, {odd}.", "Correct it, or leave it out.")
    asked, own = name.partition(".")[0], architecture.partition(".")[0]
    if timm.is_model(asked) and asked != own:
        raise CheckpointMismatch(f"The folder {path.name} holds {own}, not {asked}.", f"Ask for {own}.")
    return f"local-dir:{path}"


def build(source: Source, file: Path | None = None, seed: int = 0, **model_args: Any) -> nn.Module:
    """The timm network of `source` with its weights, on the CPU.

    `file` is the checkpoint that was fetched from the hub; `model_args` go to timm (`output_stride=8`).
    Raises CheckpointMismatch, TooBig, and VizError for arguments that the architecture does not take.
    """
    file = file or source.file
    overlay = {"file": str(file), "source": "file", "custom_load": file.suffix == ".npz"} if file else {}
    try:
        with _BUILDING, torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            network: Any = timm.create_model(
                source.architecture,
                pretrained=source.kind != "random",
                pretrained_cfg_overlay=overlay,
                **model_args,
            )
    except Exception as problem:  # of any type: checkpoint readers raise unrelated ones
        raise explained(problem, source.name, source.architecture, file, model_args) from problem
    if source.kind != "random":
        _check_classes(network, source.name)
        _check_numbers(network, source.name)
    if "in_chans" in model_args:  # timm changes the weights for it, but not the configuration
        _, *size = network.pretrained_cfg["input_size"]
        network.pretrained_cfg["input_size"] = (model_args["in_chans"], *size)
    return network


def _check_classes(network: Any, name: str) -> None:
    """timm silently drops the classifier's weights if the checkpoint has another number of classes."""
    theirs = network.pretrained_cfg["num_classes"]
    if theirs != network.num_classes:
        raise CheckpointMismatch(
            f"The weights of {name} have {theirs} classes, where {network.num_classes} were asked for.",
            "Leave num_classes out or correct it (in config.json also within model_args), or take weights='random'.",
        )


def _check_numbers(network: nn.Module, name: str) -> None:
    """Weights of a diverged run would make every answer "nan"."""
    if not all(each.isfinite().all() for each in network.state_dict().values()):
        raise CheckpointMismatch(
            f"The weights of {name} hold values that are no finite numbers.",
            "Save them from a run that did not diverge.",
        )


def class_names(network: nn.Module) -> list[str]:
    """The checkpoint's own class names, else ImageNet's from timm, else "class 17"."""
    config = getattr(network, "pretrained_cfg", None) or {}
    count = int(getattr(network, "num_classes", 0))
    names, words = config.get("label_names"), config.get("label_descriptions")
    fits = (1, 2) if count == 1 else (count,)  # two names of one output: its absence and its presence
    if isinstance(names, (list, tuple)) and len(names) in fits:
        words = words if isinstance(words, dict) else {}
        return [_readable(str(words.get(str(name), name))) or f"class {at}" for at, name in enumerate(names)]
    subset = infer_imagenet_subset({"num_classes": count})
    return list(_imagenet(subset)) if subset else [f"class {index}" for index in range(count)]


def _readable(name: str) -> str:
    """The name without characters that cannot be shown (surrogates, control characters), of limited length."""
    return "".join(filter(str.isprintable, name))[:_LONGEST]


@lru_cache(maxsize=4)
def _imagenet(subset: str) -> tuple[str, ...]:
    return tuple(ImageNetInfo(subset).label_descriptions())
