"""What an optimization yields: the pictures of the batch and how strongly they drive their objectives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from vizlib.records import brief
from vizlib.render import Image8, notebook, stretched, to_image


@dataclass(frozen=True, eq=False)
class Frame:
    """Pictures during optimization, at step `step` of `total`; the last frame holds the best of them.

    Attributes:
        step: from 1.
        total: steps in all.
        pixels: (B, 3, H, W) in [0, 1], float32 on the network's device.
        scores: (B,), the objectives' values: in the last frame those of these pictures, in earlier ones those of the
            step's transformed views. A class's score is its logit.
        penalties: each regularizer's values (B,), before their weights.
        notes: for each picture, a sentence that its reader should know, or "".
        stretch: whether pictures are shown from their smallest to their largest value, as courses show those that
            were made in the spaces "raw" and "normalized".

    Example:
        >>> import vizlib
        >>> frame = vizlib.last(vizlib.maximize(vizlib.load_model("bundled/digits"), [3, 7], steps=2))
        >>> tuple(frame.pixels.shape), tuple(frame.scores.shape)
        ((2, 3, 28, 28), (2,))
    """

    step: int
    total: int
    pixels: Tensor
    scores: Tensor
    penalties: Mapping[str, Tensor] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stretch: bool = False

    __repr__ = brief

    def images(self, most: int | None = None) -> Image8:
        """The pictures as they are shown, uint8 (B, H, W, 3).

        most: how many of them, at most; None for all. Raises nothing.

        Example:
            >>> import vizlib
            >>> model = vizlib.load_model("bundled/digits", device="cpu")
            >>> frame = vizlib.last(vizlib.maximize(model, 3, steps=2, parameterization="raw"))
            >>> frame.stretch, frame.images().shape
            (True, (1, 28, 28, 3))
        """
        pixels = self.pixels[:most]
        return to_image(stretched(pixels) if self.stretch else pixels)

    def _repr_html_(self) -> str:
        images = self.images(notebook.MOST)
        notes = [*self.notes, *[""] * (len(images) - len(self.notes))]
        scores = self.scores.tolist()
        captions = [f"score {score:.4g}\n{note}".strip() for score, note in zip(scores, notes)]
        title = f"Step {self.step} of {self.total}"
        return notebook.shown(title, notebook.pictures(images, captions, of=len(self.pixels)))
