"""A fooling image as a notebook shows it: the original, the change and the file, with what the network answers."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from vizlib.render import difference, notebook


def file_html(result: Any) -> str:
    """A `Fooling` as HTML."""
    change, factor = difference(result.original, result.image)
    before, after = (_answer(result, each) for each in (result.probabilities_before, result.probabilities_after))
    captions = [f"original\n{before}", f"difference x {factor:g}", f"file\n{after}"]
    drawn = notebook.pictures([result.original, change, result.image], captions)
    aim = result.objective or ("any other class" if result.target is None else _name(result, result.target))
    figures = [
        ("sought", f"{aim}: {'found' if result.success else 'not found'}, by {result.method} on {result.network}"),
        ("L2", f"{result.l2:.3g}, pixel values in [0, 1]"),
        ("largest change", f"{result.linf_levels} of 255 levels"),
        ("values changed", notebook.percent(result.changed)),
        ("gradients", f"{result.gradients:,}"),
        ("SHA-256", result.sha256),
    ]
    title = "A file that fools the network" if result.success else "The best try"
    return notebook.shown(title, drawn, notebook.facts(figures), note=result.note)


def caption_of(attempt: Any) -> str:
    """What an `Attempt`'s file is taken for, or as long as there is none, its smallest change so far."""
    result = attempt.result
    if result is None:
        return "nothing found yet" if attempt.best is None else f"best L2 {attempt.best:.3g}"
    fooled = "" if result.success else ", not fooled"
    return f"{_answer(result, result.probabilities_after)}\nL2 {result.l2:.3g}{fooled}"


def _answer(result: Any, shares: Tensor) -> str:
    best = int(shares.argmax())
    return f"{_name(result, best)} {notebook.percent(float(shares[best]))}"


def _name(result: Any, index: int) -> str:
    return str(result.names.get(index, f"class {index}"))
