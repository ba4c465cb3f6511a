"""Pictures on their way into a widget: data URLs, and whether they are shown with hard edges."""

from __future__ import annotations

import base64
import hashlib
import io

import streamlit as st
from PIL import Image

from vizlib.render import Image8

CRISP = 64  # pixels: pictures up to this side are shown with hard edges


def crisp(image: Image8) -> bool:
    """Whether a picture (H, W, 3) is so small that enlarging it should keep its pixels visible."""
    return max(image.shape[:2]) <= CRISP


def data_url(image: Image8, quality: int | None = None) -> str:
    """A picture (H, W, 3) uint8 as text that an <img> shows: WebP of this quality in [0, 100], lossless PNG if None."""
    buffer = io.BytesIO()
    picture = Image.fromarray(image)
    if quality is None:
        picture.save(buffer, "PNG", compress_level=4)
    else:
        picture.save(buffer, "WEBP", quality=quality, method=2)
    kind = "png" if quality is None else "webp"
    return f"data:image/{kind};base64," + base64.b64encode(buffer.getvalue()).decode()


def kept_url(image: Image8, quality: int | None = None) -> str:
    """`data_url`, encoded once for each picture and quality."""
    digest = hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()
    return _kept(digest, image.shape, quality, image)


@st.cache_data(max_entries=56, show_spinner=False)
def _kept(digest: str, shape: tuple[int, ...], quality: int | None, _image: Image8) -> str:
    """The key holds a digest of the bytes, so that no two pictures are taken for each other."""
    return data_url(_image, quality)
