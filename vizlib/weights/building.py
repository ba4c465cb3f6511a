"""From a source of weights to a timm network: the file is read first, and the network is built as it needs."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from timm.models import PretrainedCfg

from vizlib.errors import CheckpointMismatch, VizError
from vizlib.weights import _refusals as refusals
from vizlib.weights import hub, registry
from vizlib.weights._finishing import Built, check_numbers, finished
from vizlib.weights.checkpoint import Checkpoint, read
from vizlib.weights.fitting import Fit, fitted
from vizlib.weights.local import suffix_of
from vizlib.weights.randomness import Stream
from vizlib.weights.sources import Source

_log = logging.getLogger("filterscope")


@dataclass(frozen=True)
class _Design:
    """What timm is asked to build."""

    architecture: str
    pretrained_cfg: dict[str, Any] | None  # None: timm's own for the architecture
    arguments: dict[str, Any]
    overlay: dict[str, Any] = field(default_factory=dict)

    @property
    def standard(self) -> PretrainedCfg:
        """The usual configuration of the architecture."""
        return registry.config(self.architecture.partition(".")[0]) or PretrainedCfg()

    def create(self, pretrained: bool) -> Any:
        return registry.create(
            self.architecture,
            pretrained=pretrained,
            pretrained_cfg=self.pretrained_cfg,
            pretrained_cfg_overlay=self.overlay,
            **self.arguments,
        )


def build(source: Source, file: Path | None = None, seed: int = 0, **model_args: Any) -> Built:
    """The timm network of `source` with its weights, on the CPU.

    `file` is the checkpoint that was fetched from the hub; `model_args` go to timm (`output_stride=8`).
    Raises CheckpointMismatch, TooBig, and VizError for arguments that the architecture does not take.
    """
    checkpoint = file or source.file
    try:
        with Stream(seed).lent():  # torch's list of safe objects has one user at a time, too
            built = _built(source, checkpoint, model_args)
        if source.kind != "random":
            check_numbers(built.network, source.called or source.name)
    except VizError as problem:
        if checkpoint and source.kind != "random":
            place = checkpoint if isinstance(checkpoint, Path) else source.called
            _log.warning("%s was not opened: %s", place, problem.sentence)  # people are told its name, not its path
        raise
    return built


def _built(source: Source, file: Path | bytes | None, model_args: dict[str, Any]) -> Built:
    if source.kind not in ("random", "hub") and file is None:
        raise CheckpointMismatch(
            f"The folder {source.called} holds no checkpoint.", "Put model.safetensors beside config.json."
        )
    try:
        if source.kind == "hub" and isinstance(file, Path):
            return Built(_from_hub(source, file, model_args))
        if source.kind != "random" and file:
            return _from_file(source, file, model_args)
        design = _design(source, model_args)
        return finished(design.create(pretrained=False), source, design.arguments)
    except VizError:
        raise
    except Exception as problem:  # of any type: timm's networks raise unrelated ones
        called = "" if source.kind == "random" else source.called or source.name
        told = refusals.explained(problem, source.name, source.architecture, called, model_args)
        if source.config and not model_args and not refusals.is_about_weights(problem):
            told = refusals.unfit_config(problem, source.config.folder)
        raise told from problem


def _design(source: Source, model_args: dict[str, Any]) -> _Design:
    if not source.architecture:
        raise CheckpointMismatch(
            f"{source.called} does not say which network it belongs to.",
            "Name the file after its timm network (resnet18.pth), or put it into a folder with a config.json.",
        )
    if not source.config:
        return _Design(source.architecture, None, model_args)
    design = _Design(source.architecture, None, {**source.config.arguments, **model_args})
    parts = {"classifier": design.standard.classifier, "first_conv": design.standard.first_conv}
    said = {**parts, **source.config.pretrained_cfg}
    if source.config.counts:
        said["num_classes"] = source.config.counts[0]
    return replace(design, pretrained_cfg=said)


# From a file


def _from_file(source: Source, file: Path | bytes, model_args: dict[str, Any]) -> Built:
    if isinstance(file, Path) and suffix_of(file) == ".npz":
        return _from_npz(source, file, model_args)
    checkpoint = _read(file, source.called)
    if not source.architecture:
        architecture, tag = checkpoint.architecture
        source = replace(source, architecture=architecture, tag=tag or None)
    design = _design(source, model_args)
    with torch.device("meta"):
        empty = design.create(pretrained=False)
    headless = set(_asked(source, model_args)) == {0}
    fit = fitted(checkpoint.states, empty, design.standard, headless)
    if fit.own_head:
        raise refusals.own_head(source.called, fit.own_head, source.architecture)
    if fit.classes is not None and not headless:
        _check_asked(fit.classes, source, model_args)
    design = _for(fit, empty, design)
    built = finished(_filled(design, source, model_args), source, design.arguments, checkpoint)
    return Built(built.network, " ".join(each for each in (*fit.remarks, built.notice) if each))


def _read(file: Path | bytes, called: str) -> Checkpoint:
    try:
        checkpoint = read(file)
    except Exception as problem:  # of any type: readers of checkpoints raise unrelated ones
        raise refusals.unreadable(problem, called) from problem
    if not checkpoint.states:
        raise refusals.no_weights(called)
    return checkpoint


def _for(fit: Fit, empty: Any, design: _Design) -> _Design:
    """The design with the file's weights, its number of classes and of channels."""
    channels, *size = empty.pretrained_cfg.get("input_size") or (3, 224, 224)
    theirs = fit.channels or channels
    overlay: dict[str, Any] = {"state_dict": fit.state, "source": "", "input_size": (theirs, *size)}
    arguments = dict(design.arguments)
    if theirs != channels:
        arguments.setdefault("in_chans", theirs)
    if fit.classes is not None:
        overlay["num_classes"] = arguments["num_classes"] = fit.classes
    else:
        overlay["num_classes"] = empty.num_classes
    return replace(design, arguments=arguments, overlay=overlay)


def _filled(design: _Design, source: Source, model_args: dict[str, Any]) -> Any:
    """The network with the file's weights; timm knows older names of some layers, which decide the classes then."""
    try:
        return design.create(pretrained=True)
    except RuntimeError as problem:
        classes = refusals.only_other_classes(problem)
        if classes is None:
            raise
        _check_asked(classes, source, model_args)
    again = {"num_classes": classes}
    return replace(design, arguments=design.arguments | again, overlay=design.overlay | again).create(pretrained=True)


def _asked(source: Source, model_args: dict[str, Any]) -> tuple[int, ...]:
    """The numbers of classes that the caller gives, or else the folder's configuration."""
    if model_args.get("num_classes") is not None:
        return (model_args["num_classes"],)
    return source.config.counts if source.config else ()


def _check_asked(classes: int, source: Source, model_args: dict[str, Any]) -> None:
    """Compares the number of classes in the file with the numbers that were asked for."""
    for asked in _asked(source, model_args):
        if asked != classes:
            by = "" if model_args.get("num_classes") is not None else "config.json"
            raise refusals.other_classes(source.called, classes, asked, by)


def _from_npz(source: Source, file: Path, model_args: dict[str, Any]) -> Built:
    """From the format of JAX, which some of timm's networks read by themselves."""
    design = _design(source, model_args)
    try:
        with np.load(file, allow_pickle=False) as weights:
            counts = [weights[each].shape[-1] for each in weights.files if re.search("(^|/)head/bias$", each)]
    except Exception as problem:  # of many types
        raise refusals.unreadable(problem, source.called) from problem
    classes = counts[0] if counts else 0
    if not (headless := set(_asked(source, model_args)) == {0}):
        _check_asked(classes, source, model_args)
    overlay = {"file": str(file), "source": "file", "custom_load": True, "num_classes": classes}
    arguments = {**design.arguments, "num_classes": 0 if headless else classes}
    with torch.device("meta"):
        readable = hasattr(replace(design, arguments=arguments).create(pretrained=False), "load_pretrained")
    if not readable:
        raise CheckpointMismatch(
            f"{source.called} is in JAX's format, which timm does not read for {source.architecture}.",
            "Choose the network that it was trained as, or save the weights as .safetensors.",
        )
    network = replace(design, arguments=arguments, overlay=overlay).create(pretrained=True)
    return finished(network, source, arguments)


# From the hub


def _from_hub(source: Source, file: Path, model_args: dict[str, Any]) -> Any:
    overlay = {"file": str(file), "source": "file", "custom_load": file.suffix == ".npz"}
    try:
        network = replace(_design(source, model_args), overlay=overlay).create(pretrained=True)
    except Exception:
        if file.suffix != ".npz":
            hub.remove_if_damaged(file, source.name)
        raise
    theirs = network.pretrained_cfg["num_classes"]
    if network.num_classes not in (0, theirs):  # timm silently drops the classifier's weights
        raise refusals.other_classes(f"The checkpoint of {source.name}", theirs, network.num_classes, "")
    return finished(network, source, model_args).network
