"""What tests read off the HTML that a notebook shows: its pictures, and whether every element is closed."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ALONE = {"br", "img"}  # elements without an end


class _Closed(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        """What is closed in itself, as SVG's lines are."""

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong = True


def whole(html: str) -> bool:
    """Whether every element is closed, in its order."""
    reader = _Closed()
    reader.feed(html)
    return not reader.open and not reader.wrong


def pictures_in(html: str) -> list[NDArray[np.uint8]]:
    """The pictures (H, W, 3) in the data URLs, in order."""
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(Image.open(BytesIO(base64.b64decode(each)))) for each in found]
