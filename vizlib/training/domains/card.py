"""The card of an adapted network: how it was made, and how good it is in both domains."""

from __future__ import annotations

import timm
import torch

from vizlib.training.domains.adaptation import Adaptation
from vizlib.training.domains.task import Task


def card(frame: Adaptation, task: Task) -> str:
    """The network's card (Markdown)."""
    source, target, *held_out = frame.counts
    rows = "\n".join(f"| {name} | {value} |" for name, value in task.settings.said().items())
    curves = zip(frame.steps, frame.source_accuracies, frame.target_accuracies, frame.domain_accuracies, strict=True)
    checks = "\n".join(f"| {step:,} | {a:.1%} | {b:.1%} | {c:.1%} |" for step, a, b, c in curves)
    return f"""# {frame.name}

`{task.model.name}` (fingerprint {task.model.fingerprint}), trained on two domains with `vizlib.adapt`, torch
{torch.__version__.split("+")[0]} and timm {timm.__version__}.

Source: {task.source.training.name}, {source:,} pictures with labels. Target: {task.target.training.name}, {target:,}
pictures{", whose labels were used" if task.settings.labels == "target" else " without labels"}. {held_out[0]:,} and
{held_out[1]:,} others were held out and have changed nothing. Classes: {", ".join(frame.classes)}.

{frame.note}

| step | source, held out | target, held out | domain classifier |
|---|---|---|---|
{checks}

| setting | value |
|---|---|
{rows}
"""
