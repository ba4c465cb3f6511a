"""What the run has measured, in a sentence: each number beside that of real pictures."""

from __future__ import annotations

from math import isfinite

from vizlib.training import GanFrame
from vizlib.ui.pictures_out_of_noise import measures
from vizlib.ui.shared import live
from vizlib.ui.shared.words import number


def say(frame: GanFrame) -> None:
    """Says in the page's row what was measured."""
    live.verdict().markdown(sentence(frame))


def sentence(frame: GanFrame) -> str:
    """What the last evaluation has measured. Markdown."""
    return (
        f"After **{int(frame.steps[-1]):d}** steps: Fréchet distance **{measures.DISTANCE.said(frame):s}**, precision "
        f"{measures.PRECISION.said(frame):s}, recall {measures.RECALL.said(frame):s}, near copies "
        f"{measures.COPIES.said(frame):s}{_covered(frame):s}. This is one run: another seed gives other numbers."
    )


def _covered(frame: GanFrame) -> str:
    """How many classes there are among the fakes, where the judge can tell."""
    found = measures.COVERED.of(frame)[-1]
    return f"; **{number(found)} of {len(frame.classes)}** classes are there" if isfinite(found) else ""
