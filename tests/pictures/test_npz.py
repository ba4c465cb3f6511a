"""Pictures out of .npz files, as courses hand them out; and files that mean harm."""

from __future__ import annotations

import pickle
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vizlib.errors import PictureError
from vizlib.pictures import is_npz, npz, unpacked
from vizlib.training import picture_folder

RANDOM = np.random.default_rng(0)
X = RANDOM.integers(0, 256, (6, 12, 10, 3), dtype=np.uint8)
Y = np.array([3, 3, 1, 1, 1, 3])


class Payload:
    """When a pickle of it is opened, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def packed(**arrays: Any) -> bytes:
    file = BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def repacked(name: str, content: bytes, **arrays: Any) -> bytes:
    """An .npz file with one entry of these very bytes."""
    file = BytesIO(packed(**arrays))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    return np.stack([np.asarray(each.picture) for each in npz.pictures_of("set.npz", data).pictures])


def test_pictures_labels_and_names_are_taken() -> None:
    found = npz.pictures_of("set.npz", packed(X=X, y=Y, class_map=np.array(["a", "cat", "b", "dog"])))
    assert np.array_equal(np.stack([np.asarray(each.picture) for each in found.pictures]), X)
    assert [each.label for each in found.pictures] == ["dog", "dog", "cat", "cat", "cat", "dog"]
    assert found.pictures[2].title == "set 2: cat"
    assert found.notes == ()


def test_a_set_with_labels_teaches(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    path.write_bytes(packed(X=X, y=Y))
    data = picture_folder(path)
    assert (data.classes, data.counts.tolist(), len(data)) == (("1", "3"), [3, 3], 6)


def test_names_that_are_python_objects_are_never_opened_and_the_rest_is_taken(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    names = np.array({1: "cat", 3: Payload(mark)}, dtype=object)
    data = packed(X=X, y=Y, class_map=names)
    taken = picture_folder(data)
    assert "Its class_map is a Python object, which can run code when opened" in taken.notes[0]
    assert "the names were not" in taken.notes[0]
    assert taken.classes == ("1", "3")
    assert not mark.exists()
    np.load(BytesIO(data), allow_pickle=True)["class_map"]  # the control: this is what opening it does
    assert mark.exists()


def test_labels_that_are_python_objects_are_never_opened(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    data = packed(X=X, y=np.array([Payload(mark)] * 6, dtype=object))
    found, _, notes = unpacked([("set.npz", data)])
    assert len(found) == 6
    assert "their labels were not" in notes[0]
    with pytest.raises(PictureError, match="no labels"):
        picture_folder(data)
    assert not mark.exists()


def test_pictures_that_are_python_objects_are_refused(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(PictureError, match=r"X in set\.npz is a Python object, which can run code"):
        npz.pictures_of("set.npz", packed(X=np.array([Payload(mark)], dtype=object)))
    with pytest.raises(PictureError, match=r"no \.npz file that can be read"):
        npz.pictures_of("set.npz", repacked("X.npy", pickle.dumps(Payload(mark))))
    assert not mark.exists()


SAME = {
    "floats in [0, 1]": X / 255,
    "floats in levels": X.astype(np.float32),
    "channels first": np.moveaxis(X, 3, 1),
    "int64 levels": X.astype(np.int64),
}


@pytest.mark.parametrize("how", SAME)
def test_the_same_pictures_in_other_forms_are_the_same(how: str) -> None:
    assert np.array_equal(pixels(packed(X=SAME[how])), X)


def test_gray_pictures_become_gray_rgb_ones() -> None:
    gray = np.repeat(X[..., :1], 3, 3)
    assert np.array_equal(pixels(packed(X=X[..., 0])), gray)
    assert np.array_equal(pixels(packed(X=X[..., :1])), gray)


def test_levels_as_floats_are_mentioned() -> None:
    assert "taken as levels of 255" in npz.pictures_of("set.npz", packed(X=X.astype(float))).notes[0]


BAD = {
    "has no array X; it has pictures": packed(pictures=X),
    "are not finite": packed(X=np.full((1, 12, 10, 3), np.nan)),
    "reach from": packed(X=X / 255 - 0.5),
    "has the shape": packed(X=X[0, 0]),
    "not numbers": packed(X=X.astype(complex)),
    "at least 8 px": packed(X=X[:, :4]),
    "at most 500": packed(X=np.zeros((501, 8, 8, 3), np.uint8)),
    "not one class for each": packed(X=X, y=Y[:2]),
    "no .npz file that can be read": packed(X=X)[:700],
    "more than 100 arrays": packed(**{f"a{each}": X[0, 0, 0] for each in range(101)}),
}


@pytest.mark.parametrize("words", BAD)
def test_a_file_without_such_pictures_is_refused_with_a_sentence(words: str) -> None:
    with pytest.raises(PictureError) as caught:
        npz.pictures_of("set.npz", BAD[words])
    assert words in str(caught.value)
    assert caught.value.remedy


def header(shape: tuple[int, ...], dtype: str = "|u1") -> bytes:
    file = BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue()


def test_what_unpacks_to_too_much_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz.npy, "read_array", lambda *_, **__: pytest.fail("it was read"))
    for content in (header((500, 4000, 4000, 3)), header((10**12,), "<U0"), header((1, 8, 8, 3), "|V999999999")):
        with pytest.raises(PictureError, match="more than 400 MB"):
            npz.pictures_of("bomb.npz", repacked("X.npy", content + bytes(10**6)))


def test_a_header_that_promises_more_than_there_is_is_refused() -> None:
    with pytest.raises(PictureError, match="can be read"):
        npz.pictures_of("short.npz", repacked("X.npy", header((400, 300, 300, 3)) + bytes(100)))


def test_a_header_of_another_version_is_not_read() -> None:
    with pytest.raises(PictureError, match="unusual form"):
        npz.pictures_of("set.npz", repacked("X.npy", b"\x93NUMPY\2\0\xff\xff\xff\xff" + bytes(1000)))


def test_a_file_is_known_by_its_content() -> None:
    assert is_npz(packed(X=X))
    assert not is_npz(b"PK\3\4" + bytes(40))


def test_pictures_of_arrays_and_of_files_come_together() -> None:
    found, _, _ = unpacked([("a.npz", packed(X=X[:2], y=Y[:2])), ("b.npz", packed(X=X[2:]))])
    assert [(each.title, each.source, each.folders) for each in found[:3]] == [
        ("a 0: 3", 0, ("3",)),
        ("a 1: 3", 0, ("3",)),
        ("b 0", 1, ()),
    ]
