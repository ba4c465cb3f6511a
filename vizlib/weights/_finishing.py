"""A network with its weights says what they are: whose classes, how many channels, which kind of labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import nn

from vizlib.errors import CheckpointMismatch
from vizlib.weights.checkpoint import Checkpoint
from vizlib.weights.labels import fits
from vizlib.weights.sources import Source


class Built(NamedTuple):
    """A network with its weights, on the CPU."""

    network: nn.Module
    notice: str = ""  # sentences about how its file was understood


def finished(network: Any, source: Source, arguments: Mapping[str, Any], checkpoint: Checkpoint | None = None) -> Built:
    """The network that timm built with `arguments`. Its configuration gets what `source` and its file say."""
    config = network.pretrained_cfg
    config.pop("state_dict", None)  # timm's copy of the weights
    if not hasattr(network, "_model_args"):  # timm remembers them itself from 1.0.31 on
        network._model_args = dict(arguments)
    if "in_chans" in arguments:  # timm changes the weights for it, but not the configuration
        config["input_size"] = (arguments["in_chans"], *config["input_size"][1:])
    if source.tag is not None:
        config["tag"] = source.tag
    if source.config and source.config.problem_type:
        config["problem_type"] = source.config.problem_type
    names, notice = _names(source, checkpoint, network.num_classes)
    if names:
        config["label_names"] = names
        config.pop("label_descriptions", None)
    return Built(network, notice)


def _names(source: Source, checkpoint: Checkpoint | None, count: int) -> tuple[list[str], str]:
    """The names of `count` classes, first by the configuration, and a sentence about names that were not taken."""
    config = source.config
    if config and config.names and count:
        if not fits(config.names, count):
            where = "the folder" if config.key.endswith(".txt") else "the config.json of"
            raise CheckpointMismatch(
                f"In {where} {config.folder.name}, {config.key} has {len(config.names)} names for {count} classes.",
                f"Correct {config.key}, or leave it out.",
            )
        return config.names, ""
    names = checkpoint.names if checkpoint else []
    if names and count and not fits(names, count):
        return [], f"The file names {len(names)} classes, but has {count}, so its names were not taken."
    return names, ""


def check_numbers(network: nn.Module, name: str) -> None:
    """Weights of a diverged run would make every answer "nan"."""
    if not all(each.isfinite().all() for each in network.state_dict().values()):
        raise CheckpointMismatch(
            f"The weights of {name} hold values that are no finite numbers.",
            "Save them from a run that did not diverge.",
        )
