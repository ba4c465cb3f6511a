"""Pictures out of NumPy's .npz files, as courses hand them out: arrays X (pictures), y (labels), class_map (names).

An .npz file is a ZIP file of arrays, and an array of Python objects is a program that runs when it is opened. Nothing
of that kind is opened here: each array's own header says its type and shape, and only plain numbers and texts of a
bounded size are read, in memory.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from PIL import Image

from vizlib.errors import PictureError
from vizlib.pictures.archive import MAX_GIVEN, printable
from vizlib.pictures.given import as_picture
from vizlib.pictures.opening import reduced

_MAX_BYTES: Final = 400 * 2**20  # of one array
_MAX_ARRAYS: Final = 100  # in one file
_MIN_SIDE: Final = 8  # px
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LAYOUT: Final = (
    "Save the pictures as X (N, H, W, 3), uint8 or floats in [0, 1], and their classes as y (N,): "
    'np.savez_compressed("set.npz", X=X, y=y).'
)
_OBJECT: Final = "is a Python object, which can run code when opened"


class ArrayPicture(NamedTuple):
    """One of the pictures, with the name or number of its class; "" without labels."""

    title: str
    picture: Image.Image
    label: str


class Found(NamedTuple):
    """What an .npz file holds. The notes are sentences about what was not taken, or taken in a way to be known."""

    pictures: list[ArrayPicture]
    notes: tuple[str, ...]


def is_npz(data: bytes) -> bool:
    """Whether the file is a ZIP file that begins with an array."""
    name = data[30 : 30 + int.from_bytes(data[26:28], "little")]
    return data[:4] == b"PK\3\4" and name.lower().endswith(b".npy")


def pictures_of(name: str, data: bytes) -> Found:
    """The pictures in X with their labels in y and the names of these in class_map.

    X: (N, H, W, 3), also with the channels first, one channel or none; uint8, or floats in [0, 1] or from 0 to 255.
    Pictures over 640 px a side are made smaller.

    Raises PictureError for a damaged file, one that unpacks to too much, and arrays that are no such pictures.
    """
    if data.count(b"PK\1\2") > _MAX_ARRAYS:  # checked first: reading the directory takes time and memory
        raise PictureError(f"{name} has more than {_MAX_ARRAYS} arrays.", _LAYOUT)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _found(name, archive)
    except PictureError:
        raise
    except Exception as problem:  # of any type: the readers of ZIP files and arrays raise unrelated ones
        raise PictureError(f"{name} is no .npz file that can be read.", f"Save or download it again. {_LAYOUT}") from (
            problem
        )


def _found(name: str, archive: zipfile.ZipFile) -> Found:
    every = archive.infolist()
    arrays = {each.filename.casefold().removesuffix(".npy"): each for each in every}
    if "x" not in arrays:
        held = ", ".join(printable(each.filename.removesuffix(".npy")) for each in every[:8])
        raise PictureError(f"{name} has no array X; it has {held or 'none'}.", _LAYOUT)
    given = _array(name, archive, arrays["x"])
    if given is None:
        raise PictureError(f"X in {name} {_OBJECT}.", _LAYOUT)
    values, notes = _levels(name, _ordered(name, given))
    labels, said = _labels(name, archive, arrays, len(values))
    stem = printable(name.removesuffix(".npz"))
    found = [
        ArrayPicture(f"{stem} {at}{f': {label}' if label else ''}", reduced(as_picture(each)), label)
        for at, (each, label) in enumerate(zip(values, labels))
    ]
    return Found(found, (*notes, *said))


def _array(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any] | None:
    """The array, None if it is one of Python objects. Its size is checked before memory is taken for it."""
    if entry.compress_type not in _METHODS:
        raise PictureError(f"{name} is packed in an unusual way.", "Save it with np.savez_compressed.")
    with archive.open(entry) as file:
        if npy.read_magic(file) != (1, 0):  # the headers of others may be as large as the memory
            raise PictureError(f"{name} is in an unusual form.", _LAYOUT)
        shape, _, dtype = npy.read_array_header_1_0(file)
        if dtype.hasobject:
            return None
        if math.prod(shape) * max(dtype.itemsize, 1) > _MAX_BYTES:
            what = f"{printable(entry.filename)} in {name} has more than {_MAX_BYTES >> 20} MB."
            raise PictureError(what, f'Take fewer pictures: np.savez("set.npz", X=X[:{MAX_GIVEN}], y=y[:{MAX_GIVEN}]).')
    with archive.open(entry) as file:
        found: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return found


def _ordered(name: str, given: NDArray[Any]) -> NDArray[Any]:
    """The pictures (N, H, W) or (N, H, W, C), within the limits."""
    if given.ndim == 4 and given.shape[1] in (1, 3) and given.shape[3] not in (1, 3):
        given = np.moveaxis(given, 1, 3)
    if given.ndim not in (3, 4) or (given.ndim == 4 and given.shape[3] not in (1, 3)) or not given.size:
        raise PictureError(f"X in {name} has the shape {given.shape}, which is not that of pictures.", _LAYOUT)
    if len(given) > MAX_GIVEN:
        what = f"{name} has {len(given):,} pictures; at most {MAX_GIVEN} can be taken."
        raise PictureError(what, f'Take fewer: np.savez("set.npz", X=X[:{MAX_GIVEN}], y=y[:{MAX_GIVEN}]).')
    if min(given.shape[1:3]) < _MIN_SIDE:
        what = f"The pictures of {name} are {given.shape[2]} x {given.shape[1]} px."
        raise PictureError(what, f"Choose larger ones: at least {_MIN_SIDE} px per side are needed.")
    return given


def _levels(name: str, given: NDArray[Any]) -> tuple[NDArray[Any], list[str]]:
    """The pictures as `as_picture` reads numbers. All pictures of a file are on one scale, which is found for all."""
    if given.dtype.kind not in "fiu":
        raise PictureError(f"X in {name} holds {given.dtype}, not numbers of pictures.", _LAYOUT)
    low, high = float(given.min()), float(given.max())
    if given.dtype.kind == "f" and 1.5 < high <= 255 and low >= 0:
        return np.rint(given).astype(np.uint8), [f"X has floats from {low:g} to {high:g}, taken as levels of 255."]
    if given.dtype.kind in "iu" and given.dtype != np.uint8 and low >= 0 and high <= 255:
        return given.astype(np.uint8), []
    return given, []


def _labels(
    name: str, archive: zipfile.ZipFile, arrays: dict[str, zipfile.ZipInfo], count: int
) -> tuple[Sequence[str], list[str]]:
    """What the class of each picture is called, and sentences about it."""
    none = [""] * count
    if "y" not in arrays:
        return none, []
    y = _array(name, archive, arrays["y"])
    if y is None:
        return none, [f"Its y {_OBJECT}: the pictures were taken, their labels were not."]
    if y.shape not in ((count,), (count, 1)) or y.dtype.kind not in "iuUS":
        raise PictureError(f"y in {name} is {y.dtype} {y.shape}, not one class for each of {count} pictures.", _LAYOUT)
    y = y.reshape(count)
    if y.dtype.kind in "US":
        return [printable(_text(each)) for each in y], []
    names, said = _names(name, archive, arrays)
    return [names[each] if 0 <= each < len(names) else str(each) for each in map(int, y)], said


def _names(name: str, archive: zipfile.ZipFile, arrays: dict[str, zipfile.ZipInfo]) -> tuple[list[str], list[str]]:
    """The names in class_map, a list of texts by the class's number; none if it is missing or no such list."""
    if "class_map" not in arrays:
        return [], []
    found = _array(name, archive, arrays["class_map"])
    if found is not None and found.ndim == 1 and found.dtype.kind in "US":
        return [printable(_text(each)) for each in found], []
    why = _OBJECT if found is None else "is no list of names"
    return [], [f"Its class_map {why}: the pictures and labels were taken, the names were not."]


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
