"""Files that visitors upload: limits for each visitor and for all together, and each file decoded only once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from PIL import Image
from starlette.exceptions import HTTPException
from streamlit.runtime import Runtime

from vizlib.errors import PictureError
from vizlib.pictures import MAX_GIVEN, open_picture, unpacked_pictures
from vizlib.training import Pictures, PictureSet, picture_folder, uploaded
from vizlib.units import GivenPictures

MAX_TOGETHER = 100 * 2**20  # bytes of files in one box
MAX_SESSION = 150 * 2**20  # bytes of one visitor's files
MAX_PROCESS = 1000 * 2**20  # bytes of all visitors' files
MAX_FILES = MAX_GIVEN + 4  # of one visitor: a box of many, and the boxes of one
_HELD = 150_000_000  # pixels of opened pictures, 600 MB
_OWN = "your pictures"  # what sentences call labeled ones
_AT_ONCE = 2  # files decoded at the same time; each may take 800 MB of memory meanwhile
Content = Image.Image | GivenPictures | PictureSet


class Opened:
    """Opened pictures by the content of their files: at most `limit` pixels, but always the last one."""

    def __init__(self, limit: int = _HELD) -> None:
        self.limit = limit
        self._there: OrderedDict[str, Content] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Semaphore(_AT_ONCE)

    def get(self, key: str, opening: Callable[[], Content]) -> Any:
        """What `opening` returns for the content `key`, from memory if possible. Raises what `opening` raises."""
        if (found := self._take(key)) is not None:
            return found
        with self._turn:
            if (found := self._take(key)) is not None:  # another visitor uploaded the same file
                return found
            found = opening()
            with self._lock:
                self._there[key] = found
                while self.pixels > self.limit and len(self._there) > 1:
                    self._there.popitem(last=False)
            return found

    def _take(self, key: str) -> Content | None:
        with self._lock:
            if key in self._there:
                self._there.move_to_end(key)
            return self._there.get(key)

    @property
    def pixels(self) -> int:
        """How many pixels are held now."""
        return sum(map(_pixels, self._there.values()))


def _pixels(what: Content) -> int:
    if isinstance(what, PictureSet):
        return Pictures(what.pictures).pixels + (_pixels(what.tests) if what.tests else 0)
    return Pictures([what] if isinstance(what, Image.Image) else [picture for _, picture in what.pictures]).pixels


@st.cache_resource(show_spinner=False)
def _opened() -> Opened:
    return Opened()


def picture(data: bytes) -> Image.Image:
    """The picture in an uploaded file. It is shared, so it must not be changed. Raises PictureError."""
    found: Image.Image = _opened().get(hashlib.sha256(data).hexdigest(), lambda: open_picture(data))
    return found


def pictures(files: Sequence[Any]) -> GivenPictures:
    """The pictures in the files of one box, and in ZIP files among them.

    Raises PictureError; if there are too many or too large files, before one of them is read.
    """
    _check(files)
    given = _contents(files)
    found: GivenPictures = _opened().get(_digest(given), lambda: GivenPictures(unpacked_pictures(given)))
    return found


def labeled(boxes: Sequence[tuple[str, Sequence[Any]]]) -> PictureSet:
    """Content with classes: the files of each class, or a ZIP file with a folder for each class, whose name is "".

    Raises PictureError; if there are too many or too large files, before one of them is read.
    """
    _check([each for _, files in boxes for each in files])
    given = [(name, _contents(files)) for name, files in boxes]
    key = repr([(name, _digest(files)) for name, files in given])
    if len(given) == 1 and not given[0][0]:
        [(_, data)] = given[0][1]
        return held(key, lambda: picture_folder(data, name=_OWN, private=True))
    return held(key, lambda: uploaded(given, _OWN))


def _check(files: Sequence[Any]) -> None:
    size = sum(int(each.size) for each in files)
    if len(files) > MAX_GIVEN or size > MAX_TOGETHER:
        raise PictureError(
            f"These are {len(files)} files of {size / 2**20:.0f} MB together; the limits are {MAX_GIVEN} files and "
            f"{MAX_TOGETHER >> 20} MB.",
            "Remove some of them.",
        )


def _contents(files: Sequence[Any]) -> list[tuple[str, bytes]]:
    return [(str(each.name), each.getvalue()) for each in files]


def _digest(given: Sequence[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, data in given:
        digest.update(hashlib.sha256(name.encode(errors="replace")).digest() + hashlib.sha256(data).digest())
    return digest.hexdigest()


def held(key: str, making: Callable[[], PictureSet]) -> PictureSet:
    """The pictures that `making` makes for the key, which says all about them; made once for all visitors."""
    found: PictureSet = _opened().get(key, making)
    return found


@st.cache_resource(show_spinner=False)
def bound() -> None:
    """Makes Streamlit, which takes any number of files from a visitor, refuse files beyond the limits."""
    if not Runtime.exists():
        return
    manager: Any = Runtime.instance().uploaded_file_mgr
    add = manager.add_file

    def add_within(session_id: str, file: Any) -> None:
        mine = [len(each.data) for each in list(manager.file_storage.get(session_id, {}).values())]
        everybody = sum(len(each.data) for held in list(manager.file_storage.values()) for each in list(held.values()))
        size = len(file.data)
        if len(mine) >= MAX_FILES or sum(mine) + size > MAX_SESSION or everybody + size > MAX_PROCESS:
            raise HTTPException(status_code=413, detail="Too many files, or too large together")
        add(session_id=session_id, file=file)

    manager.add_file = add_within
