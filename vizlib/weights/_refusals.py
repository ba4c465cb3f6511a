"""Reasons why a network could not be built from its checkpoint, each with its remedy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from vizlib.errors import CheckpointMismatch, TooBig, VizError
from vizlib.weights.checkpoint import HoldsCode

_OUT_OF_MEMORY = ("not enough memory", "out of memory", "can't allocate memory")
_MISFITS = ("size mismatch", "Missing key", "Unexpected key", "is inconsistent with")
# What PyTorch says of objects and programs in a file. Of damaged files it says other things, with the same advice.
_CODE = ("GLOBAL", "unrecognized function", "Can only create new object", "Can only build", "TorchScript")
_WITHOUT_HEAD = "Open it without the head, with num_classes=0 (in load_model, or in the config.json of its folder)."


def unreadable(problem: Exception, file: str) -> VizError:
    """The error for a file that could not be read."""
    if _is_memory(problem):
        return TooBig(f"There is not enough memory for {file}.", "Choose a smaller network.")
    if isinstance(problem, PermissionError):
        return CheckpointMismatch(f"{file} may not be read.", "Give the program the right to read it.")
    if isinstance(problem, HoldsCode) or any(each in str(problem) for each in _CODE):
        return CheckpointMismatch(
            f"{file} holds program code or other things than weights, and was not opened.",
            "Save only the state_dict, best as .safetensors.",
        )
    return CheckpointMismatch(f"{file} is damaged, or is not a checkpoint.", "Download, copy or save it again.")


def no_weights(file: str) -> CheckpointMismatch:
    return CheckpointMismatch(
        f"{file} holds no weights.", "Save the network's state_dict: torch.save(network.state_dict(), ...)."
    )


def own_head(file: str, head: str, architecture: str) -> CheckpointMismatch:
    return CheckpointMismatch(f"{file} has {head}, where {architecture} has a single layer.", _WITHOUT_HEAD)


def other_classes(file: str, classes: int, asked: int, by: str) -> CheckpointMismatch:
    """`by` says who asked for another number: "config.json", or "" for the caller."""
    if by:
        return CheckpointMismatch(
            f"{file} has {classes} classes, where its {by} says {asked}.",
            f"Correct num_classes to {classes} there, or leave it out.",
        )
    return CheckpointMismatch(
        f"{file} has {classes} classes, where {asked} were asked for.",
        f"Leave num_classes out, or ask for {classes}.",
    )


def only_other_classes(problem: Exception) -> int | None:
    """The number of classes in the file, if that is all that PyTorch found to be different."""
    text = str(problem)
    sizes = re.findall(
        r"size mismatch for (\S+): .*?torch\.Size\(\[(\d+)(.*?)\]\).*?torch\.Size\(\[(\d+)(.*?)\]\)", text
    )
    modules = {key.rsplit(".", 1)[0] for key, *_ in sizes}
    alone = len(modules) == 1 and "Missing key" not in text and "Unexpected key" not in text
    return int(sizes[0][1]) if alone and all(each[1] != each[3] and each[2] == each[4] for each in sizes) else None


def explained(problem: Exception, name: str, architecture: str, file: str, arguments: Any) -> Exception:
    """The error as a VizError with its remedy, or `problem` itself if it is a bug.

    `file` is what a person calls the checkpoint, "" for random weights; `arguments` are those of the caller for timm.
    """
    text = str(problem)
    if _is_memory(problem):
        return TooBig(f"There is not enough memory for {name}.", "Choose a smaller network.")
    if file and is_about_weights(problem):
        return misfit(file, architecture)
    if arguments:
        return VizError(f"{name} cannot be built with {_listed(arguments)}{_reason(text)}.", "Leave that out.")
    return misfit(file, architecture) if file else problem


def is_about_weights(problem: Exception) -> bool:
    """Whether PyTorch or timm found that weights do not fit, or the memory is full, rather than odd settings."""
    return _is_memory(problem) or any(each in str(problem) for each in _MISFITS)


def unfit_config(problem: Exception, folder: Path) -> CheckpointMismatch:
    return CheckpointMismatch(
        f"The config.json of {folder.name} does not fit timm{_reason(str(problem))}.",
        "Correct it, or save the network again with timm.models.save_for_hf.",
    )


def misfit(file: str, architecture: str) -> CheckpointMismatch:
    return CheckpointMismatch(
        f"{file} is not a checkpoint of {architecture}: its layers have other names or sizes.",
        "Choose the network that it was trained as.",
    )


def _is_memory(problem: Exception) -> bool:
    return isinstance(problem, MemoryError) or any(each in str(problem).lower() for each in _OUT_OF_MEMORY)


def _listed(arguments: Any) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in arguments.items())[:100]


def _reason(text: str) -> str:
    """timm's own words, for the author of the configuration or of the call."""
    line = next(iter(text.splitlines()), "").strip().rstrip(".")[:150]
    return f" ({line})" if line else ""
