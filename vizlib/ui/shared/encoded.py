"""Pictures as files for the browser. Each is encoded once, however many visitors look at it."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from io import BytesIO
from typing import Any

from PIL import Image

from vizlib.render import Array, enlarge

_MOST = 128  # files, of some 100 kB each
_STILL_LEVEL = 3  # of a PNG's compression: the usual 6 takes three times as long and saves a tenth of the size
_LIVE_QUALITY = 88  # of JPEG, for frames that are shown for a tenth of a second


class Once:
    """A cache that makes each value once: threads that ask for it meanwhile wait for the first one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Any, Future[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], bytes]) -> bytes:
        """The value that `make` returns for the key. An error is raised in every waiting thread and not kept."""
        with self._lock:
            known = self._answers.get(key)
            answer = known or self._answers.setdefault(key, Future())
            self._answers.move_to_end(key)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
        if known is None:
            try:
                answer.set_result(make())
            except BaseException as problem:  # noqa: BLE001 - the waiting threads need it too
                answer.set_exception(problem)
                with self._lock:
                    self._answers.pop(key, None)
        return answer.result()


_FILES = Once(_MOST)


def still(image: Array, least: int = 0) -> bytes:
    """A PNG file of the picture (H, W, 3) uint8, enlarged to at least `least` px of width, without loss."""
    return _FILES.get((_digest(image), least, "png"), lambda: _png(enlarge(image, least)))


def live(image: Array, least: int = 0) -> bytes:
    """A JPEG file of a frame that is soon replaced. It takes a tenth of the time and the size of a PNG."""
    return _FILES.get((_digest(image), least, "jpeg"), lambda: _jpeg(enlarge(image, least)))


def _png(image: Array) -> bytes:
    file = BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=_STILL_LEVEL)
    return file.getvalue()


def _jpeg(image: Array) -> bytes:
    file = BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=_LIVE_QUALITY, subsampling=0)  # keeps the colors sharp
    return file.getvalue()


def _digest(image: Array) -> tuple[Any, ...]:
    return image.shape, hashlib.blake2b(image.tobytes(), digest_size=16).digest()
