"""A person who follows the remedy of a sentence about pictures ends with the picture open."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from vizlib.errors import PictureError
from vizlib.pictures import as_picture, open_picture, unpacked_pictures

SIDE = 32
LEVELS = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
FLOATS = LEVELS / 255


def file(kind: str = "PNG", side: int = SIDE, **how: Any) -> bytes:
    """The picture as a file of this kind and size."""
    found = BytesIO()
    Image.fromarray(LEVELS).resize((side, side)).save(found, kind, **how)
    return found.getvalue()


def flat(side: int) -> bytes:
    """A black picture, so that a large one makes a small file."""
    found = BytesIO()
    Image.new("1", (side, side)).save(found, "PNG")
    return found.getvalue()


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> list[tuple[str, bytes]]:
    """A ZIP file as a visitor gives it."""
    found = BytesIO()
    with zipfile.ZipFile(found, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return [("mine.zip", found.getvalue())]


def many_scans() -> bytes:
    """A progressive JPEG file whose last scan is repeated."""
    data = file("JPEG", progressive=True)
    start, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:end] + data[start:end] * 1500 + data[end:]


class Case(NamedTuple):
    says: str
    remedy: str
    broken: Any
    mended: Any
    opens: Callable[[Any], Any] = as_picture


GIF = file("GIF")
TORN = file()[:-200]
CASES = [
    Case("The file is empty", "Save or download it again", b"", file()),
    Case("This file is a PDF document", "Export the page as PNG", b"%PDF-1.7 ...", file()),
    Case("This file is a NumPy array", "Save it as PNG", b"\x93NUMPY ...", file()),
    Case("a ZIP archive", "Unpack it and open one of the pictures inside", packed({"a.png": file()})[0][1], file()),
    Case("a HEIC photograph", "Export it as JPEG", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", file("JPEG")),
    Case("is damaged, incomplete", "Save or download it again", TORN, file()),
    Case("is damaged, incomplete", "save it as PNG", GIF[:20], file()),
    Case("at least 8 px per side", "Choose a larger picture", file(side=7), file(side=8)),
    Case("the limit is 50 megapixels", "smaller", flat(7500), flat(1000)),
    Case("the limit is 20 MB", "smaller", file() + bytes(21 * 2**20), file()),
    Case("draws its picture more than", "save it as PNG", many_scans(), file()),
    Case("is packed in an unusual way", "Deflate", packed({"a.png": file()}, zipfile.ZIP_BZIP2),
         packed({"a.png": file()}), unpacked_pictures),
    Case("is not a ZIP file that can be read", "Pack it again", [("mine.zip", packed({"a.png": file()})[0][1][:90])],
         packed({"a.png": file()}), unpacked_pictures),
    Case("is a picture", "Give JPEG, PNG or WebP files", [("a.txt", b"hello")], [("a.png", file())], unpacked_pictures),
    Case("There is no picture inside", "a ZIP file with some", packed({}), packed({"a.png": file()}),
         unpacked_pictures),
    Case("has more than 5000 entries", "Choose a smaller one", packed({f"{at}.txt": b"" for at in range(5001)}),
         packed({"a.png": file()}), unpacked_pictures),
    Case("are more than 500 pictures", "Choose fewer", [("a.png", file(side=8))] * 501, [("a.png", file(side=8))] * 3,
         unpacked_pictures),
    Case("not from 0 to 1", "Divide them by 255", FLOATS * 255, FLOATS * 255 / 255),
    Case("not from 0 to 1", "convert them to uint8", FLOATS * 255, (FLOATS * 255).round().astype(np.uint8)),
    Case("not from 0 to 1", "Scale them to [0, 1]", FLOATS * 2 - 1, (FLOATS * 2 - 1 + 1) / 2),
    Case("are not finite", "Give floats in [0, 1]", FLOATS * np.nan, np.nan_to_num(FLOATS * np.nan)),
    Case("has no usual range", "uint16 for levels up to 65535", LEVELS.astype(np.int32) * 257,
         LEVELS.astype(np.uint16) * 257),
    Case("no numbers but 0 and 1", "bool if 1 is white", LEVELS.astype(int) // 128, LEVELS // 128 == 1),
    Case("There are 2 pictures", "Give one of them", np.stack([LEVELS, LEVELS]), LEVELS),
    Case("cannot have the shape", "np.moveaxis(a, 0, -1)", np.moveaxis(LEVELS, -1, 0), LEVELS),
    Case("cannot have the shape", "a tensor has its channels first", torch.from_numpy(LEVELS),
         torch.from_numpy(LEVELS).permute(2, 0, 1)),
    Case("cannot have the shape", "Give (H, W) for gray", LEVELS[0, :, 0], LEVELS[:, :, 0]),
    Case("has no pixels", "at least one pixel", LEVELS[:0], LEVELS),
    Case("A picture is given as dict", "Give a path", {}, file()),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.says}, {case.remedy}")
def test_who_follows_the_remedy_has_the_picture(case: Case) -> None:
    with pytest.raises(PictureError) as caught:
        case.opens(case.broken)
    assert case.says in caught.value.sentence
    assert case.remedy in caught.value.remedy
    assert case.opens(case.mended)


def test_a_file_is_found_once_its_path_is_right(tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(file())
    for wrong, says in ((tmp_path, "is a folder"), (tmp_path / "dog.png", "There is no file")):
        with pytest.raises(PictureError, match=says):
            open_picture(wrong)
    assert open_picture(tmp_path / "cat.png").size == (SIDE, SIDE)
