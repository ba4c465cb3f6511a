"""Pictures of a person's own, one by one or in ZIP files: what is no picture is left out, bombs are refused."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from vizlib import PictureError
from vizlib.pictures import archive as archives
from vizlib.pictures import encode_png, unpacked_pictures
from vizlib.pictures import unpacking as pictures


def png(level: int, side: int = 20) -> bytes:
    return encode_png(np.full((side, side, 3), level, np.uint8))


def zipped(**entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


def test_pictures_come_out_of_folders_in_a_zip_file_with_their_names() -> None:
    found = unpacked_pictures([("all.zip", zipped(animals__cat_png=png(10), dog_png=png(200)))])
    assert [title for title, _ in found] == ["cat.png", "dog.png"]
    assert found[1][1].getpixel((0, 0)) == (200, 200, 200)


def test_single_files_and_zip_files_mix() -> None:
    found = unpacked_pictures([("one.png", png(1)), ("more.zip", zipped(two_png=png(2)))])
    assert [title for title, _ in found] == ["one.png", "two.png"]


def test_what_is_no_picture_is_left_out() -> None:
    found = unpacked_pictures([("all.zip", zipped(readme_txt=b"hello", broken_png=b"not a png", good_png=png(3)))])
    assert [title for title, _ in found] == ["good.png"]


def test_large_pictures_are_kept_small() -> None:
    ((_, picture),) = unpacked_pictures([("big.png", png(9, 1500))])
    assert picture.size == (640, 640)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([("a.zip", b"PK\3\4 and nothing else")], "not a ZIP file"),
        ([("a.zip", zipped(readme_txt=b"hello"))], "no picture inside"),
        ([("a.png", b"not a png")], "None of the 1 files"),
        ([("cut.zip", zipped(a_png=png(1))[:-30])], "not a ZIP file"),
    ],
    ids=["garbage", "no pictures", "broken", "cut off"],
)
def test_nothing_to_show_is_told_in_a_sentence(files: list[tuple[str, bytes]], sentence: str) -> None:
    with pytest.raises(PictureError, match=sentence) as caught:
        unpacked_pictures(files)
    assert caught.value.remedy


def test_an_entry_that_unpacks_to_too_much_is_refused_without_unpacking_it_all() -> None:
    bomb = zipped(bomb_png=bytes(60 * 2**20))
    assert len(bomb) < 200_000
    with pytest.raises(PictureError, match=r"bomb\.png in a\.zip is over 20 MB"):
        unpacked_pictures([("a.zip", bomb)])


def test_too_many_pictures_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_GIVEN", 3)
    with pytest.raises(PictureError, match="more than 3 pictures"):
        unpacked_pictures([(f"{each}.png", png(each)) for each in range(4)])


def test_too_many_bytes_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MAX_BYTES", 1000)
    noise = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (30, 30, 3), np.uint8)).save(noise, "PNG")
    with pytest.raises(PictureError, match="MB"):
        unpacked_pictures([("a.zip", zipped(a_png=noise.getvalue()))])


def test_a_zip_file_with_a_password_is_told_in_a_sentence() -> None:
    data = bytearray(zipped(a_png=png(1)))
    local, central = data.find(b"PK\3\4"), data.find(b"PK\1\2")
    data[local + 6] |= 1
    data[central + 8] |= 1
    with pytest.raises(PictureError, match="not a ZIP file that can be read"):
        unpacked_pictures([("a.zip", bytes(data))])


def test_a_path_that_climbs_out_is_only_a_name() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../etc/evil.png", png(5))
    ((title, _),) = unpacked_pictures([("a.zip", file.getvalue())])
    assert title == "evil.png"


def test_an_entry_without_a_name_is_told_in_a_sentence() -> None:
    data = bytearray(zipped(a_png=png(1)))
    central = data.find(b"PK\1\2")
    data[central + 28 : central + 30] = bytes(2)
    with pytest.raises(PictureError, match="not a ZIP file that can be read"):
        unpacked_pictures([("a.zip", bytes(data))])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_that_unpacks_without_a_limit_is_refused_unread(
    method: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("a.png", png(1))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(PictureError, match="packed in an unusual way") as caught:
        unpacked_pictures([("a.zip", file.getvalue())])
    assert "Deflate" in caught.value.remedy


def test_too_many_entries_are_refused_before_the_directory_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(a_png=png(1), b_png=png(2), c_txt=b"", d_txt=b"")
    monkeypatch.setattr(archives, "_MAX_ENTRIES", 3)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was read"))
    with pytest.raises(PictureError, match="more than 3 entries"):
        unpacked_pictures([("a.zip", data)])


def test_few_bytes_that_become_many_pixels_are_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS_TOGETHER", 1000)
    assert len(unpacked_pictures([("a.zip", zipped(a_png=png(1), b_png=png(2)))])) == 2
    decoded: list[bytes] = []
    real = pictures.decoded
    monkeypatch.setattr(pictures, "decoded", lambda data, header: decoded.append(data) or real(data, header))
    with pytest.raises(PictureError, match="together"):
        unpacked_pictures([("a.zip", zipped(**{f"{each}_png": png(each) for each in range(9)}))])
    assert len(decoded) == 2


def test_a_name_keeps_nothing_that_is_not_printed() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a\x1b[31m\u202eb\n.png", png(5))
    ((title, _),) = unpacked_pictures([("a.zip", file.getvalue())])
    assert title == "a[31mb.png"
