"""Pictures, one after the other -> the bytes of an animated GIF or PNG."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from PIL import Image

from vizlib.render import Image8

_COLORS: Final = 256
_LOOKED_AT: Final = 120_000  # pixels of the film that the palette is made from


def gif(images: Image8, durations: Sequence[int], comment: bytes) -> bytes:
    """One palette for all pictures, so that still parts do not flicker; what it lacks is dithered."""
    palette = _palette(images)
    frames = [Image.fromarray(image).quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for image in images]
    return _saved(frames, "GIF", duration=list(durations), comment=comment, optimize=False, disposal=1)


def animated_png(images: Image8, durations: Sequence[int], info: Any) -> bytes:
    """Every color as it is; whoever cannot play it sees the first picture."""
    return _saved([Image.fromarray(image) for image in images], "PNG", duration=list(durations), pnginfo=info)


def _saved(frames: list[Image.Image], kind: str, **words: Any) -> bytes:
    file = BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], loop=0, **words)
    return file.getvalue()


def _palette(images: Image8) -> Image.Image:
    """The colors that serve all pictures best, by median cut and k-means of a sample of their pixels."""
    colors = images.reshape(-1, 3)
    sample = colors[:: -(-len(colors) // _LOOKED_AT)]
    side = int(len(sample) ** 0.5)
    square = Image.fromarray(sample[: side * side].reshape(side, side, 3))
    return square.quantize(_COLORS, Image.Quantize.MEDIANCUT, kmeans=1)
