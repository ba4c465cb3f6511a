"""The card of a trained GAN: what it learned from, how, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from vizlib.training.gan.frame import GanFrame
from vizlib.training.gan.settings import GanSettings


def card(frame: GanFrame, data: str, settings: GanSettings) -> str:
    """Markdown. data: what the pictures are."""
    training, held_out, fakes = frame.counts
    rows = "\n".join(f"| {name} | {value} |" for name, value in settings.said().items())
    return f"""# {frame.name}

A DCGAN, trained with `vizlib.train_gan` and torch {torch.__version__.split("+")[0]}.
`vizlib.training.open_gan` opens it.

Pictures: {data}. {training:,} were learned from.
{held_out:,} were held out, and {fakes:,} fakes were compared with them.

{frame.note}

{_measured(frame)}

| setting | value |
|---|---|
{rows}
"""


def _measured(frame: GanFrame) -> str:
    columns: Mapping[str, Any] = {
        "step": frame.steps,
        "Frechet distance": frame.distances,
        "precision": frame.precisions,
        "recall": frame.recalls,
        "classes covered": frame.covered,
        "confident": frame.confident,
        "near copies": frame.copies,
    }
    found = [*zip(*columns.values(), strict=True)]
    if frame.real:
        real = frame.real
        found.append(
            ("real pictures", real.distance, real.precision, real.recall, real.covered, real.confident, real.copies)
        )
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join([*head, *(f"| {' | '.join(map(_said, row))} |" for row in found)])


def _said(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value != value else f"{value:.3g}"
