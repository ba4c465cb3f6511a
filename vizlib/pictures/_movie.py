"""A sequence of pictures -> the bytes of an animated GIF or PNG."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from PIL import Image

from vizlib.render import Image8

_COLORS: Final = 256
_LOOKED_AT: Final = 120_000  # pixels of the film from which the palette is computed


def gif(images: Image8, durations: Sequence[int], comment: bytes) -> bytes:
    """All pictures share one palette, so that still parts do not flicker; missing colors are dithered."""
    palette = _palette(images)
    frames = [Image.fromarray(image).quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for image in images]
    return _saved(frames, "GIF", duration=list(durations), comment=comment, optimize=False, disposal=1)


def animated_png(images: Image8, durations: Sequence[int], info: Any) -> bytes:
    """Every color is kept; a program that cannot play it shows the first picture."""
    return _saved([Image.fromarray(image) for image in images], "PNG", duration=list(durations), pnginfo=info)


def _saved(frames: list[Image.Image], kind: str, **words: Any) -> bytes:
    file = BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], loop=0, **words)
    return file.getvalue()


def _palette(images: Image8) -> Image.Image:
    """The best 256 colors for all pictures, by median cut and k-means on a sample of their pixels."""
    colors = images.reshape(-1, 3)
    sample = colors[:: -(-len(colors) // _LOOKED_AT)]
    side = int(len(sample) ** 0.5)
    square = Image.fromarray(sample[: side * side].reshape(side, side, 3))
    return square.quantize(_COLORS, Image.Quantize.MEDIANCUT, kmeans=1)
