"""Pictures out of ZIP files: checked before and while they are unpacked, in memory only."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from vizlib.errors import PictureError
from vizlib.pictures._formats import ENDINGS

MAX_GIVEN: Final = 500  # pictures
_MAX_ENTRIES: Final = 5000  # in one archive, pictures or not
_MAX_BYTES: Final = 400 * 2**20  # unpacked, together
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack without a limit


class Entry(NamedTuple):
    """A file that may be a picture."""

    title: str
    data: bytes
    folders: tuple[str, ...] = ()  # inside the ZIP file, from the outermost; only names, which may be anything
    source: int = 0  # the number of the given file that it is, or that it was inside


def entries(files: Iterable[tuple[str, bytes]], most_each: int) -> Iterator[Entry]:
    """Every picture file among the files (name, bytes) and inside the ZIP files.

    Raises PictureError for a damaged or encrypted archive and for one that unpacks to too much.
    """
    budget, count = _MAX_BYTES, 0
    for source, (name, data) in enumerate(files):
        packed = data[:4] in (b"PK\3\4", b"PK\5\6")
        for entry in _unzipped(name, data, most_each) if packed else [Entry(name, data)]:
            budget, count = budget - len(entry.data), count + 1
            if budget < 0 or count > MAX_GIVEN:
                raise PictureError(
                    f"These are more than {MAX_GIVEN} pictures or {_MAX_BYTES >> 20} MB.", "Choose fewer of them."
                )
            yield entry._replace(source=source)


def printable(name: str) -> str:
    """A stranger's name as it can be shown: short, without control characters."""
    return "".join(filter(str.isprintable, name))[:60]


def _unzipped(name: str, data: bytes, most_each: int) -> Iterator[Entry]:
    if data.count(b"PK\1\2") > _MAX_ENTRIES:  # checked first: reading the directory takes time and memory
        raise PictureError(f"{name} has more than {_MAX_ENTRIES} entries.", "Choose a smaller one.")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for entry in archive.infolist():
                path = PurePosixPath(entry.filename)
                if entry.is_dir() or path.name.startswith(".") or path.suffix.lower()[1:] not in ENDINGS:
                    continue
                if entry.compress_type not in _METHODS:
                    raise PictureError(
                        f"{name} is packed in an unusual way.", "Pack it again with the usual compression (Deflate)."
                    )
                with archive.open(entry) as file:
                    content = file.read(most_each + 1)  # one byte too many shows that the limit is passed
                if len(content) > most_each:
                    raise PictureError(
                        f"{path.name} in {name} is over {most_each >> 20} MB.", "Take it out, or save it smaller."
                    )
                yield Entry(printable(path.name), content, tuple(map(printable, path.parts[:-1])))
    except PictureError:
        raise
    except Exception as problem:  # of any type: the ZIP reader raises unrelated ones, IndexError for an empty name
        raise PictureError(
            f"{name} is not a ZIP file that can be read.", "Pack it again, without a password."
        ) from problem
