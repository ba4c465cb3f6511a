"""Many pictures at once: out of picture files, ZIP files and .npz files, within limits for all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from PIL import Image

from vizlib.errors import PictureError
from vizlib.pictures import archive, npz
from vizlib.pictures.opening import MAX_BYTES, decoded, header, reduced

MAX_PIXELS_TOGETHER: Final = 250_000_000  # of pictures that are opened at once


class Unpacked(NamedTuple):
    """A picture out of given files."""

    title: str
    picture: Image.Image
    folders: tuple[str, ...]  # inside its ZIP file, from the outermost
    source: int  # the number of the given file that it is, or that it was inside


def unpacked_pictures(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, Image.Image]]:
    """(title, picture) of all pictures among files (name, bytes) and inside ZIP files, none larger than 640 px a side.

    Other files are left out. Raises PictureError for a damaged archive, for more pictures than MAX_GIVEN or more
    pixels than MAX_PIXELS_TOGETHER, and if there is no picture at all.
    """
    return [(each.title, each.picture) for each in unpacked(files)[0]]


def unpacked(files: Iterable[tuple[str, bytes]]) -> tuple[list[Unpacked], list[str], tuple[str, ...]]:
    """As `unpacked_pictures`, with the folder of each picture; the titles of the files that are none; and notes.

    The pictures of an .npz file are in folders with the names of their classes.
    """
    given = list(enumerate(files))
    arrays = [(source, npz.pictures_of(*each)) for source, each in given if npz.is_npz(each[1])]
    others = [each for _, each in given if not npz.is_npz(each[1])]
    sources = [source for source, each in given if not npz.is_npz(each[1])]
    found, refused = _of_files(others) if others or not arrays else ([], [])
    found = [each._replace(source=sources[each.source]) for each in found]
    for source, some in arrays:
        found += [Unpacked(title, picture, (label,) * bool(label), source) for title, picture, label in some[0]]
    if len(found) > archive.MAX_GIVEN:
        raise PictureError(f"These are more than {archive.MAX_GIVEN} pictures.", "Choose fewer of them.")
    return found, refused, tuple(note for _, some in arrays for note in some.notes)


def _of_files(files: Iterable[tuple[str, bytes]]) -> tuple[list[Unpacked], list[str]]:
    """The pictures among picture files and in ZIP files."""
    found: list[Unpacked] = []
    refused, pixels = [], 0
    for entry in archive.entries(files, MAX_BYTES):
        try:
            opened = header(entry.data)
            pixels += opened.width * opened.height
            if pixels > MAX_PIXELS_TOGETHER:
                break
            picture = decoded(entry.data, opened)
        except PictureError:
            refused.append(entry.title)
            continue
        found.append(Unpacked(entry.title, reduced(picture), entry.folders, entry.source))
    if pixels > MAX_PIXELS_TOGETHER:
        most = f"{MAX_PIXELS_TOGETHER // 10**6} megapixels"
        raise PictureError(f"These pictures have more than {most} together.", "Choose fewer, or save them smaller.")
    if not found:
        what = f"None of the {len(refused)} files is a picture." if refused else "There is no picture inside."
        raise PictureError(what, "Give JPEG, PNG or WebP files, or a ZIP file with some.")
    return found, refused
