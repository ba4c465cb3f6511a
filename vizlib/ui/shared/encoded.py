"""Pictures as files for the browser, each encoded once though a whole hall looks at it."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from vizlib.pictures import encode_png
from vizlib.render import enlarge

Array = np.ndarray[Any, Any]
_MOST = 128  # files, of some 100 kB each
_LIVE_QUALITY = 88  # JPEG, of frames that stay for a tenth of a second


class Once:
    """The answers to the questions asked last: who asks while another is at it waits for that answer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Any, Future[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], bytes]) -> bytes:
        """What `make` answers for the key; a failure is raised to all who wait, and not kept."""
        with self._lock:
            known = self._answers.get(key)
            answer = known or self._answers.setdefault(key, Future())
            self._answers.move_to_end(key)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
        if known is None:
            try:
                answer.set_result(make())
            except BaseException as problem:  # noqa: BLE001 - whoever waits must hear of it
                answer.set_exception(problem)
                with self._lock:
                    self._answers.pop(key, None)
        return answer.result()


_FILES = Once(_MOST)


def still(image: Array, least: int = 0) -> bytes:
    """A PNG file of the picture (H, W, 3) uint8, enlarged to a width of `least` px: every pixel as it is."""
    return _FILES.get((_digest(image), least, "png"), lambda: encode_png(enlarge(image, least)))


def live(image: Array, least: int = 0) -> bytes:
    """A JPEG file of a frame that will soon be replaced: a tenth of the time and the size."""
    return _FILES.get((_digest(image), least, "jpeg"), lambda: _jpeg(enlarge(image, least)))


def _jpeg(image: Array) -> bytes:
    file = BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=_LIVE_QUALITY, subsampling=0)  # colors are what is looked at
    return file.getvalue()


def _digest(image: Array) -> tuple[Any, ...]:
    return image.shape, hashlib.blake2b(image.tobytes(), digest_size=16).digest()
