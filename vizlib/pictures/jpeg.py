"""What saving as JPEG does to a picture."""

from __future__ import annotations

from io import BytesIO

from PIL import Image


def recompressed(picture: Image.Image, quality: int) -> Image.Image:
    """The RGB picture, saved as JPEG of this quality (1 to 100) and opened again."""
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")
