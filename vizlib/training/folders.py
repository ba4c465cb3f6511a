"""Pictures with classes out of folders: on disk, in a ZIP file, or uploaded class by class."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from vizlib.errors import PictureError
from vizlib.pictures import ENDINGS, is_npz, open_picture, printable, reduced, unpacked
from vizlib.training._boxes import Item, settled, unwrapped
from vizlib.training.data import PictureSet

MAX_IN_FOLDER: Final = 2000  # pictures of a folder on disk; what is uploaded has the limits of every upload
_MAX_HELD: Final = 250_000_000  # pixels of a folder's pictures, 750 MB
_MAX_ZIP: Final = 400 * 2**20  # bytes


def picture_folder(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    name: str | None = None,
    per_class: int | None = None,
    seed: int = 0,
    private: bool = False,
) -> PictureSet:
    """Pictures with classes from a folder or a ZIP file with one subfolder per class, or from an .npz file.

    source: a folder's path, read as torchvision's ImageFolder reads it (each subfolder is a class, with all pictures
        at any depth inside it); or a ZIP file's path, its bytes, or the ZIP file opened in binary mode. Folders named
        train and val (or test) around the classes become the pictures for training and those that are held out.
        Or an .npz file with arrays X (pictures, (N, H, W, 3)) and y (classes, (N,)); `class_map`, an array of texts,
        names the classes. Python objects in it are never opened: such names become numbers, and a note says so.
    name: what sentences call the set; by default that of the folder or file.
    per_class: at most so many pictures of each class, chosen by the seed before any is opened; for folders on disk.
    seed: of that choice.
    private: whether nothing that is made of the pictures may be kept on disk.

    Returns a `PictureSet`. Its notes say which files are no pictures, which classes have few, and which folders were
    taken as one class because only upper and lower case differ. A class with a single picture is left out, with a
    note, because it would have none for training or none held out. Pictures with names such as clip3-frame12 and
    clip3-frame13 are one group, which is never divided.

    A ZIP file may hold 500 pictures and 400 MB, a folder 2000 pictures; sides over 640 px are made smaller.

    Raises PictureError for a folder or file that cannot be read, holds no class folders, only one class, or too much.

    Example:
        >>> import vizlib
        >>> from pathlib import Path
        >>> some = vizlib.drawn("digits", per_class=6, tests=0, classes=["3", "7"])
        >>> for picture, label, title in zip(some.pictures, some.labels, some.titles):
        ...     folder = Path("digits", some.classes[label])
        ...     folder.mkdir(parents=True, exist_ok=True)
        ...     picture.save(folder / f"{title}.png")
        >>> data = vizlib.picture_folder("digits")
        >>> data.classes, data.counts
        (('3', '7'), array([6, 6]))
    """
    if isinstance(source, str | os.PathLike) and Path(source).is_dir():
        items, refused = _of_disk(Path(source), per_class, seed)
        return settled(items, refused, name or Path(source).resolve().name, private)
    data, called = _zip_of(source)
    found, refused, notes = unpacked([(called, data)])
    if is_npz(data) and not any(each.folders for each in found):
        what = " ".join((f"{name or called} has no labels, which would say the classes of its pictures.", *notes))
        raise PictureError(what, "Save the class of each picture as a plain array y (N,), beside X.")
    items = [Item(each.folders, each.title, each.picture) for each in found]
    return settled(items, refused, name or called, private, notes)


def uploaded(classes: Iterable[tuple[str, Sequence[tuple[str, bytes]]]], name: str = "your pictures") -> PictureSet:
    """Private pictures that a visitor uploaded class by class: (class, files as (name, bytes)) each.

    A ZIP file among the files gives its pictures to that class. Raises PictureError as `picture_folder` does.
    """
    boxes = list(classes)
    owner = [label for label, files in boxes for _ in files]
    found, refused, _ = unpacked(file for _, files in boxes for file in files)
    items = [Item((printable(owner[each.source]),), each.title, each.picture) for each in found]
    return settled(items, refused, name, True)


# Reading


def _zip_of(source: Any) -> tuple[bytes, str]:
    """The bytes of a ZIP file and its name."""
    try:
        if isinstance(source, str | os.PathLike):
            with Path(source).open("rb") as file:
                return _zip_of(file)
        data = source.read(_MAX_ZIP + 1) if hasattr(source, "read") else bytes(source)
    except (OSError, TypeError, ValueError) as problem:
        what = f"{source} cannot be read." if isinstance(source, str | os.PathLike) else "This is no folder or file."
        raise PictureError(what, "Give the path of a folder or of a ZIP file, or its bytes.") from problem
    if not isinstance(data, bytes):
        raise PictureError("This file was opened as text.", 'Open it in binary mode: open(path, "rb").')
    if len(data) > _MAX_ZIP:
        raise PictureError(f"The file has more than {_MAX_ZIP >> 20} MB.", "Unpack it, and give the folder's path.")
    return data, printable(os.path.basename(str(getattr(source, "name", "")))) or "the ZIP file"


def _of_disk(root: Path, per_class: int | None, seed: int) -> tuple[list[Item], list[str]]:
    """The pictures under a folder, none opened before their number is known; and the names of files that are none."""
    files = list(_files(root))
    if per_class is not None:
        files = _some(files, per_class, seed)
    if len(files) > MAX_IN_FOLDER:
        what = f"{root.name} has {len(files):,} pictures; at most {MAX_IN_FOLDER:,} can be taken."
        raise PictureError(what, "Say how many of each class: per_class=20.")
    items, refused, pixels = [], [], 0
    for folders, path in files:
        try:
            picture = reduced(open_picture(path))
        except PictureError:
            refused.append(path.name)
            continue
        pixels += picture.width * picture.height
        if pixels > _MAX_HELD:
            raise PictureError(f"The pictures in {root.name} take too much memory.", "Say how many of each class.")
        items.append(Item(folders, printable(path.name), picture))
    return items, refused


def _files(root: Path) -> Iterator[tuple[tuple[str, ...], Path]]:
    for folder, inside, names in os.walk(root, followlinks=True):
        inside[:] = sorted(each for each in inside if not each.startswith("."))
        folders = tuple(map(printable, Path(folder).relative_to(root).parts))
        for each in sorted(names):
            if not each.startswith(".") and each.lower().rpartition(".")[2] in ENDINGS:
                yield folders, Path(folder, each)


def _some(files: list[tuple[tuple[str, ...], Path]], per_class: int, seed: int) -> list[tuple[tuple[str, ...], Path]]:
    """At most so many files of each class."""
    left: Counter[tuple[str, ...]] = Counter()
    kept = []
    _, depth = unwrapped([folders for folders, _ in files])
    for each in np.random.default_rng(seed).permutation(len(files)):
        box = files[each][0][: depth + 1]
        left[box] += 1
        if left[box] <= per_class:
            kept.append(int(each))
    return [files[each] for each in sorted(kept)]
