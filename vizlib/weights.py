"""Where a network's weights come from, and how a checkpoint becomes a timm network.

Four sources: the checkpoints that the project ships, the folder in VIZLIB_WEIGHTS, timm's hub, or random numbers.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import timm
import torch
from timm.data import ImageNetInfo, infer_imagenet_subset
from torch import nn

from vizlib import architectures as _registered  # noqa: F401  timm learns the bundled architectures
from vizlib.errors import CheckpointMismatch, ModelUnavailable, TooBig, UnknownName, VizError

BUNDLED = Path(__file__).with_name("bundled")
SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")


@dataclass(frozen=True)
class Source:
    """One network with its weights, found but not yet read."""

    name: str  # as asked for: "resnet18", "bundled/scenes", "local/my_birds"
    kind: str  # "bundled", "local", "file", "hub" or "random"
    architecture: str  # what timm builds: a timm name, or "local-dir:<folder>"
    file: Path | None = None  # the checkpoint, where it is not the folder's own


def bundled_models() -> list[str]:
    """The networks that the project ships, each opened without a connection."""
    return [f"bundled/{each.parent.name}" for each in sorted(BUNDLED.glob("*/config.json"))]


def local_models() -> dict[str, Path]:
    """What lies in the folder that VIZLIB_WEIGHTS names: "local/<stem or folder>" and where."""
    named = os.environ.get("VIZLIB_WEIGHTS", "")
    folder = Path(named).expanduser()
    if not named or not folder.is_dir():
        return {}
    found = {f"local/{_stem(each)}": each for each in sorted(folder.iterdir()) if each.suffix in SUFFIXES}
    found |= {f"local/{each.parent.name}": each.parent for each in sorted(folder.glob("*/config.json"))}
    return found


def _stem(file: Path) -> str:
    return file.name[: -len(file.suffix)]


def find(name: str, weights: str = "default") -> Source:
    """Which weights `name` means. Raises UnknownName and ModelUnavailable."""
    source = _find_default(name)
    if weights == "default":
        return source
    if weights == "random":
        return Source(name, "random", source.architecture)
    path = Path(weights).expanduser()
    if not path.exists():
        raise ModelUnavailable(f"There is no checkpoint {path.name}.", "Check the path of the file or folder.")
    if path.is_dir():
        return Source(name, "file", _folder(path))
    return Source(name, "file", source.architecture, path)


def _find_default(name: str) -> Source:
    if name.startswith("bundled/"):
        if name not in bundled_models():
            raise UnknownName.among("bundled network", name, bundled_models())
        return Source(name, "bundled", _folder(BUNDLED / name.removeprefix("bundled/")))
    local = local_models()
    if name.startswith("local/"):
        if name not in local:
            raise UnknownName.among("local network", name, local)
        return _local(name, local[name])
    for each in (name, f"{name}.{_default_tag(name)}"):
        if f"local/{each}" in local:
            return _local(name, local[f"local/{each}"])
    if not timm.is_model(name.split(".", 1)[0]):
        raise UnknownName.among("network", name, [*bundled_models(), *local, *timm.list_models()])
    return Source(name, "hub", name)


def _default_tag(name: str) -> str:
    if "." in name or not timm.is_model(name):
        return ""
    config = timm.get_pretrained_cfg(name)
    return config.tag or "" if config else ""


def _local(name: str, path: Path) -> Source:
    if path.is_dir():
        return Source(name, "local", _folder(path))
    architecture = _stem(path)
    if not timm.is_model(architecture.split(".", 1)[0]):
        raise CheckpointMismatch(
            f"{path.name} does not say which network it belongs to.",
            "Name the file after its timm network (resnet18.pth), or put it into a folder with a config.json.",
        )
    return Source(name, "local", architecture, path)


def _folder(path: Path) -> str:
    try:
        architecture = json.loads((path / "config.json").read_text())["architecture"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CheckpointMismatch(
            f"The folder {path.name} has no config.json that names an architecture.",
            "Save the network with timm.models.save_for_hf.",
        ) from problem
    if not timm.is_model(architecture):
        raise UnknownName.among("timm network", architecture, timm.list_models())
    return f"local-dir:{path}"


def build(source: Source, file: Path | None = None, seed: int = 0, **model_args: Any) -> nn.Module:
    """The timm network of `source` with its weights, on the CPU.

    `file` is the checkpoint to read where the hub's was fetched; `model_args` go to timm (`output_stride=8`).
    Raises CheckpointMismatch, TooBig, and VizError for arguments that the architecture does not take.
    """
    file = file or source.file
    overlay = {"file": str(file), "source": "file"} if file else {}
    try:
        with torch.random.fork_rng(devices=[]):  # so that random weights are the seed's and nobody else's numbers move
            torch.manual_seed(seed)
            return timm.create_model(
                source.architecture,
                pretrained=source.kind != "random",
                pretrained_cfg_overlay=overlay,
                **model_args,
            )
    except Exception as problem:  # checkpoint readers raise many unrelated types  # noqa: BLE001
        raise _explained(problem, source, file) from problem


def _explained(problem: Exception, source: Source, file: Path | None) -> Exception:
    text = str(problem)
    what = file.name if file else source.name
    network = source.name if source.architecture.startswith("local-dir:") else source.architecture
    if isinstance(problem, MemoryError) or "not enough memory" in text or "out of memory" in text.lower():
        return TooBig(f"There is not enough memory for {source.name}.", "Choose a smaller network.")
    if "weights_only" in text:
        return CheckpointMismatch(
            f"{what} holds program code, not only weights, and was not opened.",
            "Save only the state_dict, best as .safetensors.",
        )
    if "size mismatch" in text or "Missing key" in text or "Unexpected key" in text:
        return _misfit(text, what, network)
    if isinstance(problem, TypeError) and "argument" in text:
        return VizError(f"{network} does not take these arguments: {text}.", "Leave them out.")
    if source.kind == "random":
        return problem
    return CheckpointMismatch(
        f"{what} is damaged, or is not a checkpoint.",
        "Delete it and download it again." if source.kind == "hub" else "Copy or save it again.",
    )


def _misfit(text: str, what: str, network: str) -> CheckpointMismatch:
    sizes = re.findall(r"size mismatch for (\S+): .*?torch\.Size\(\[(\d+).*?torch\.Size\(\[(\d+)", text)
    modules = {key.rsplit(".", 1)[0] for key, _, _ in sizes}
    if len(modules) == 1 and "Missing key" not in text and "Unexpected key" not in text:
        return CheckpointMismatch(
            f"{what} has {sizes[0][1]} classes, where {network} has {sizes[0][2]}.",
            "Put it into a folder with a config.json that gives num_classes and label_names.",
        )
    return CheckpointMismatch(
        f"{what} is not a checkpoint of {network}: its layers have other names or sizes.",
        "Choose the network that it was trained as.",
    )


def class_names(network: nn.Module) -> list[str]:
    """The checkpoint's own names, else ImageNet's from timm, else "class 17"."""
    config = getattr(network, "pretrained_cfg", None) or {}
    count = int(getattr(network, "num_classes", 0))
    names = list(config.get("label_names") or ())
    if len(names) == count:
        words = config.get("label_descriptions") or {}
        return [str(words.get(name, name)) for name in names]
    subset = infer_imagenet_subset({"num_classes": count})
    return list(_imagenet(subset)) if subset else [f"class {index}" for index in range(count)]


@lru_cache(maxsize=4)
def _imagenet(subset: str) -> tuple[str, ...]:
    return tuple(ImageNetInfo(subset).label_descriptions())
