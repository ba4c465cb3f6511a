"""A folder or ZIP file with a folder per class: what becomes a class, what is left out, and what is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import ImageFolder

from vizlib import PictureError
from vizlib.pictures import encode_png
from vizlib.training import divided, folders, picture_folder, uploaded
from vizlib.training.groups import groups_of


def png(level: int) -> bytes:
    return encode_png(np.full((10, 12, 3), level, np.uint8))


def many(*classes: str, count: int = 3) -> dict[str, bytes]:
    """Files of each class, all different."""
    names = [f"{each}/{number}.png" for each in classes for number in range(count)]
    return {name: png(number) for number, name in enumerate(names)}


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def stored(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def test_a_folder_on_disk_is_read_as_image_folder_reads_it(tmp_path: Path) -> None:
    root = stored(tmp_path / "pets", many("dog", "cat/young", "cat") | {"bird/readme.txt": b"no"} | many("bird"))
    data, theirs = picture_folder(root), ImageFolder(str(root))
    assert data.name == "pets"
    assert list(data.classes) == theirs.classes
    assert [(Path(path).name, label) for path, label in theirs.samples] == list(zip(data.titles, data.labels.tolist()))
    assert not data.private


def test_a_zip_file_holds_the_same_as_bytes_open_file_and_path(tmp_path: Path) -> None:
    content = zipped(many("cat", "dog"))
    (tmp_path / "pets.zip").write_bytes(content)
    path, whole = picture_folder(tmp_path / "pets.zip"), picture_folder(content, private=True)
    with (tmp_path / "pets.zip").open("rb") as file:
        opened = picture_folder(file)
    assert path.key == whole.key == opened.key == picture_folder(stored(tmp_path, many("cat", "dog"))).key
    assert whole.private
    assert path.name == opened.name == "pets.zip"


def test_a_folder_around_the_classes_makes_no_difference() -> None:
    inner, outer = zipped(many("cat", "dog")), zipped(many("my pets/all/cat", "my pets/all/dog"))
    assert picture_folder(inner).key == picture_folder(outer).key


def test_folders_called_train_and_val_become_training_and_tests() -> None:
    files = many("data/train/ant", "data/train/bee") | many("data/val/ant", "data/val/bee", count=1)
    data = picture_folder(zipped(files))
    assert data.classes == ("ant", "bee")
    assert data.counts.tolist() == [3, 3]
    assert data.tests is not None
    assert data.tests.counts.tolist() == [1, 1]
    with pytest.raises(PictureError, match="class bee has no picture for held out"):
        picture_folder(zipped(many("train/ant", "train/bee", "val/ant")))


def test_files_uploaded_class_by_class_are_a_private_set() -> None:
    boxes = [("dog", [("1.png", png(1)), ("2.png", png(2))]), ("cat", [("all.zip", zipped(many("x")))])]
    data = uploaded(boxes)
    assert data.private
    assert dict(zip(data.classes, data.counts.tolist(), strict=True)) == {"cat": 3, "dog": 2}


def test_a_broken_picture_is_left_out_and_named() -> None:
    data = picture_folder(zipped(many("cat", "dog", count=5) | {"cat/torn.png": b"no picture"}))
    assert data.counts.tolist() == [5, 5]
    assert data.notes == ("These files are no pictures that can be opened: torn.png.",)


def test_a_class_with_few_pictures_is_said() -> None:
    (note,) = picture_folder(zipped(many("cat", count=5) | many("dog", count=4))).notes
    assert note == "These classes have fewer than 5 pictures, so their accuracy says little: dog (4)."


def test_a_class_with_one_picture_is_left_out_and_the_others_stay() -> None:
    data = picture_folder(zipped(many("cat", "dog", count=5) | many("fox", count=1)))
    assert data.classes == ("cat", "dog")
    assert data.notes[0].startswith("The class fox has only one picture, so it was left out")


def test_names_that_differ_in_case_only_are_one_class() -> None:
    data = picture_folder(zipped(many("Cat", "cat", "dog")))
    assert data.classes == ("Cat", "dog")
    assert data.counts.tolist() == [6, 3]
    assert data.notes[0] == "The folders Cat and cat are taken as one class, Cat."


def test_pictures_outside_the_folders_are_left_out_and_counted() -> None:
    data = picture_folder(zipped(many("cat", "dog", count=5) | {"cover.png": png(9)}))
    assert data.notes == ("1 picture outside the folders of the classes was left out.",)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.png": png(1), "b.png": png(2)}, "has no folders"),
        (many("cat"), "only one class, cat"),
        (many("cat") | many("dog", count=1), "only one class, cat"),
        (many("cat", "dog", count=1), "only one class."),
        ({"cat/a.txt": b"x"}, "There is no picture inside"),
        ({"cat/a.png": b"x", "dog/b.png": b"y"}, "None of the 2 files is a picture"),
    ],
)
def test_what_holds_no_classes_is_told_in_a_sentence(files: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(PictureError) as caught:
        picture_folder(zipped(files))
    assert sentence in caught.value.sentence
    assert caught.value.remedy


def test_what_is_no_folder_or_zip_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="cannot be read"):
        picture_folder(tmp_path / "nowhere")
    with pytest.raises(PictureError, match="no folders"):
        picture_folder(png(3))


def test_too_many_pictures_ask_for_some_of_each_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = stored(tmp_path / "pets", many("cat", "dog", count=6))
    monkeypatch.setattr(folders, "MAX_IN_FOLDER", 8)
    with pytest.raises(PictureError, match="has 12 pictures; at most 8") as caught:
        picture_folder(root)
    assert "per_class=20" in caught.value.remedy
    data = picture_folder(root, per_class=4)
    assert data.counts.tolist() == [4, 4]
    assert picture_folder(root, per_class=4, seed=1).titles != data.titles


def test_names_of_strangers_are_shown_without_control_characters() -> None:
    data = picture_folder(zipped(many("c\x1b[31mat", "dog")))
    assert data.classes == ("c[31mat", "dog")


@pytest.mark.parametrize(
    ("titles", "groups"),
    [
        (["clip1-frame1.png", "clip1-frame2.png", "clip2-frame1.png", "clip3-frame9.png"], [0, 0, 1, 2]),
        (["cat_001_a.jpg", "cat_001_b.jpg", "cat_002_a.jpg", "cat_003_a.jpg"], [0, 0, 1, 2]),
        (["cat_1.jpg", "cat_2.jpg", "cat_3.jpg", "cat_4.jpg"], [0, 1, 2, 3]),  # a plain count
        (["clip1-frame1.png", "clip1-frame2.png", "clip2-frame1.png", "clip2-frame2.png"], [0, 1, 2, 3]),  # two clips
        (["a.png", "b.png", "c.png", "d.png"], [0, 1, 2, 3]),
        (
            ["1092977343_cb42b38d62.jpg", "1093831624_fb5fbe2308.jpg", "1097045929_1753d1c765.jpg", "x.jpg"],
            [0, 1, 2, 3],
        ),
    ],
)
def test_pictures_belong_together_by_their_names(titles: list[str], groups: list[int]) -> None:
    found = groups_of(titles, np.zeros(len(titles), dtype=np.int64))
    assert [list(dict.fromkeys(found.tolist())).index(each) for each in found] == groups


def test_frames_of_one_clip_are_never_on_both_sides() -> None:
    frames = [(label, clip, frame) for label in ("run", "walk") for clip in range(6) for frame in range(3)]
    files = {f"{label}/clip{clip}-frame{frame}.png": png(frame) for label, clip, frame in frames}
    kept, tests = divided(picture_folder(zipped(files)))
    clips = [{title.partition("-")[0] for title in some.titles} for some in (kept, tests)]
    assert clips[0].isdisjoint(clips[1])
