"""The trained network as files: timm's layout, with a card that says how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import timm
import torch

from vizlib.errors import VizError
from vizlib.models import Classifier, Outputs, opened_files
from vizlib.records import Preprocessing
from vizlib.training.settings import TuningSettings
from vizlib.training.tuning import Tuning
from vizlib.weights import in_timms_layout


def finished(
    network: Any, name: str, how: Preprocessing, classes: Sequence[str], card: str, device: torch.device
) -> tuple[Classifier, dict[str, bytes]]:
    """The network as a Classifier, opened from its files, and these; no files if timm would not build the same."""
    made = Classifier(network, name, device, preprocessing=how, reading=(Outputs(), list(classes)))
    known = getattr(network, "pretrained_cfg", None) or {}
    arguments = {key: each for key, each in getattr(network, "_model_args", {}).items() if key != "num_classes"}
    with suppress(VizError, LookupError, TypeError, ValueError, RuntimeError, AttributeError):  # what no file can say
        files = in_timms_layout(made.network, known["architecture"], arguments, how, classes, card)
        opened = opened_files(files, name, str(device))
        if opened.fingerprint == made.fingerprint:
            return opened, files
    return made, {}


def card(frame: Tuning, source: Classifier, data: str, settings: TuningSettings) -> str:
    """The network's card (Markdown). data: what the pictures are."""
    training, validation, held_out = frame.counts
    set_aside = f" {validation:,} others chose the best weights." if validation else ""
    rows = "\n".join(f"| {name} | {value} |" for name, value in settings.said().items())
    return f"""# {frame.name}

Fine-tuned from `{source.name}` (fingerprint {source.fingerprint}) with `vizlib.fine_tune`, torch
{torch.__version__.split("+")[0]} and timm {timm.__version__}.

Pictures: {data}. {training:,} were trained on.{set_aside} {held_out:,} were held out and have changed nothing.
Classes: {", ".join(frame.classes)}.

{frame.note}

| held-out pictures | accuracy |
|---|---|
| {held_out:,} | {frame.accuracy:.2%} |

The weights are those of step {frame.best_step:,}.

{_curves(frame)}

| setting | value |
|---|---|
{rows}
"""


def _curves(frame: Tuning) -> str:
    columns: Mapping[str, Any] = {
        "step": frame.steps,
        "training loss": [_percentless(frame, step) for step in frame.steps],
        "training": ["" if each != each else f"{each:.1%}" for each in frame.train_accuracies],
        "validation": [f"{each:.1%}" for each in frame.validation_accuracies],
        "held out": [f"{each:.1%}" for each in frame.accuracies],
    }
    shown = {name: each for name, each in columns.items() if len(each)}
    head = [f"| {' | '.join(shown)} |", f"|{'---|' * len(shown)}"]
    return "\n".join([*head, *(f"| {' | '.join(map(str, row))} |" for row in zip(*shown.values(), strict=True))])


def _percentless(frame: Tuning, step: int) -> str:
    return f"{frame.losses[step - 1]:.3f}" if step else ""
