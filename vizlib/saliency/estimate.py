"""What every saliency method yields: the maps so far, with the sentences and the figures that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from vizlib.records import brief
from vizlib.render import notebook


@dataclass(frozen=True, eq=False)
class Estimate:
    """Saliency maps after `step` of `total` passes; those of the last frame are the answer.

    Attributes:
        step: passes done, from 1.
        total: passes in all.
        values: the maps (N, H, W), float32 on the CPU, not scaled, signed where the method is. The unit is the
            method's own.
        note: sentences about how the maps came about, and about what is wrong with them, or "".
        doubt: the sentences of the note that say why the maps should not be trusted, or "". `saliency` gives it as a
            warning.
        figures: what the method measured, by name: numbers, texts, or tensors (N,) with one number per picture, such
            as "completeness_error" of integrated gradients. The docstring of each method's file lists them.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_digit
        >>> vizlib.explain(vizlib.load_model("bundled/digits"), draw_digit(3).image)
        Estimate(step=1, total=1, values=float32 (1, 28, 28))
    """

    step: int
    total: int
    values: Tensor
    note: str = ""
    doubt: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = brief

    def _repr_html_(self) -> str:
        so_far = f" after {self.step} of {self.total} passes" if self.step < self.total else ""
        drawn = notebook.maps(self.values, map(self._caption, range(len(self.values))), "in the method's own unit")
        return notebook.shown(f"Saliency{so_far}", drawn, note=self.note)

    def _caption(self, number: int) -> str:
        """What the method measured of one picture, a figure a line."""
        own = {name: each for name, each in self.figures.items() if isinstance(each, Tensor)}
        return "\n".join(f"{name.replace('_', ' ')} {float(each[number]):.3g}" for name, each in own.items())

    def noted(self, sentence: str) -> Estimate:
        """The same with one more sentence in its note; "" changes nothing."""
        return replace(self, note="; ".join(filter(None, (self.note, sentence))))

    def doubted(self, sentence: str) -> Estimate:
        """The same with one more sentence why not to trust it, in its note too; "" changes nothing."""
        return replace(self.noted(sentence), doubt="; ".join(filter(None, (self.doubt, sentence))))
