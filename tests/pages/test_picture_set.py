"""The box for pictures with classes: drawn sets, the operator's folders, own pictures in a ZIP or class by class."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from vizlib.errors import PictureError
from vizlib.pictures import encode_png
from vizlib.training import DRAWN_SETS
from vizlib.ui.shared import picture_set, uploads


def png(seed: int) -> bytes:
    return encode_png(np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8))


def packed(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as box:
        for path, data in files.items():
            box.writestr(path, data)
    return archive.getvalue()


def pets(*classes: str, each: int = 5) -> dict[str, bytes]:
    return {f"pets/{name}/{n}.png": png(100 * k + n) for k, name in enumerate(classes) for n in range(each)}


def box(data: bytes, name: str = "pets.zip") -> Any:
    """A file as Streamlit hands it over."""
    return SimpleNamespace(name=name, size=len(data), getvalue=lambda: data)


def script() -> None:
    import streamlit as st

    from vizlib.ui.shared import picture_set
    from vizlib.ui.shared.guard import guard

    with guard():
        found = picture_set.choose("a_", "Pictures", "digits", (2, 1), files=st.container(), none=True)
        if found is None:
            st.write("no second set")
        else:
            found.need()
            st.write(f"{found.name}: {', '.join(found.classes)}; private {found.private}; {len(found.data)}")
            picture_set.notes(found)
            picture_set.strip(found)


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(script, default_timeout=60)


def said(app: AppTest) -> str:
    assert not app.exception
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.info, *app.error])


# The box


def test_the_sets_are_named_in_words_and_the_usual_one_is_drawn(app: AppTest) -> None:
    app.run()
    assert {"none", "your own pictures", *(each[0] for each in DRAWN_SETS.values())} == set(app.selectbox[0].options)
    assert "drawn digits: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9; private False; 20" in said(app)
    app.selectbox[0].set_value("none").run()
    assert "no second set" in said(app)


def test_drawn_pictures_are_drawn_when_they_are_asked_for_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[Any]()
    monkeypatch.setattr(picture_set, "drawn", lambda *words, **more: made.append(words))
    monkeypatch.setattr(uploads, "held", lambda key, making: making())
    chosen = picture_set.of_drawn("digits", 3, 2)
    assert (made, chosen.parts["per_class"]) == ([], 3)
    assert chosen.data is chosen.data
    assert made == [("digits", 3, 0)]


def test_the_operator_s_folders_stand_in_the_box(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, data in pets("cat", "dog").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    monkeypatch.setenv("VIZLIB_PICTURES", str(tmp_path / "pets"))
    app.run().selectbox[0].set_value("folder pets").run()
    assert "pets: cat, dog; private False; 6" in said(app), "as many of each class as of a drawn set"
    (tmp_path / "pets" / "dog").rename(tmp_path / "dog")
    app.run()
    assert "pictures of only one class" in said(app)


# A visitor's own


def test_a_zip_file_of_three_classes_is_taken(app: AppTest) -> None:
    app.run().selectbox[0].set_value("own").run()
    assert "Give pictures of at least two classes" in said(app)
    assert "At most 500 pictures, 100 MB together; each class needs 2" in said(app)
    app.file_uploader[0].set_value(("pets.zip", packed(pets("cat", "dog", "hen")), "application/zip")).run()
    assert "your pictures: cat, dog, hen; private True; 15" in said(app)


def test_an_npz_file_of_a_course_is_taken_and_what_was_not_opened_is_said() -> None:
    file = io.BytesIO()
    pictures = np.random.default_rng(0).integers(0, 256, (6, 12, 10, 3), np.uint8)
    np.savez(file, X=pictures, y=np.array([0, 1] * 3), class_map=np.array({0: "cat", 1: "dog"}, dtype=object))
    data = uploads.labeled([("", [box(file.getvalue(), "val.npz")])])
    assert (data.classes, data.private) == (("0", "1"), True)
    assert data.notes[0].startswith("Its class_map is a Python object, which can run code when opened")


def test_several_files_of_each_class_are_taken_and_classes_can_be_added(app: AppTest) -> None:
    app.run().selectbox[0].set_value("own").run()
    app.button_group[0].set_value("Files for each class").run()
    app.text_input[0].set_value("cat").run()
    app.file_uploader[0].set_value([("1.png", png(1), "image/png"), ("2.png", png(2), "image/png")]).run()
    assert "Give pictures" in said(app), "one class is not enough"
    app.button[0].click().run()
    assert len(app.file_uploader) == 3
    app.file_uploader[2].set_value([("1.png", png(3), "image/png"), ("2.png", png(4), "image/png")]).run()
    assert "your pictures: cat, class 3; private True; 4" in said(app)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"pets/cat/broken.png": b"no picture"}, "no pictures that can be opened: broken.png"),
        ({"pets/hen/1.png": png(7)}, "The class hen has only one picture, so it was left out"),
        ({"pets/Dog/9.png": png(8)}, "The folders Dog and dog are taken as one class"),
    ],
)
def test_what_was_left_out_of_a_zip_file_is_said_and_the_rest_is_taken(more: dict[str, bytes], words: str) -> None:
    found = uploads.labeled([("", [box(packed(pets("cat", "dog") | more))])])
    assert len(found.classes) == 2
    assert any(words in each for each in found.notes)


def test_two_classes_named_alike_in_other_case_are_one_of_the_visitor_s() -> None:
    files = {name: [box(png(k), "1.png"), box(png(k + 10), "2.png")] for k, name in enumerate(("cat", "dog", "Cat"))}
    found = uploads.labeled(list(files.items()))
    assert (found.classes, found.counts.tolist(), found.private) == (("Cat", "dog"), [4, 2], True)


def test_labeled_files_beyond_the_limits_are_refused_before_one_is_read() -> None:
    large = SimpleNamespace(name="a.zip", size=101 * 2**20, getvalue=lambda: pytest.fail("it was read"))
    with pytest.raises(PictureError, match="101 MB together"):
        uploads.labeled([("", [large])])


def test_the_same_labeled_files_are_opened_once() -> None:
    data = packed(pets("cat", "owl"))
    assert uploads.labeled([("", [box(data)])]) is uploads.labeled([("", [box(data)])])


def test_a_tile_is_the_middle_of_a_picture() -> None:
    wide = Image.new("RGB", (300, 100))
    wide.paste((255, 0, 0), (100, 0, 200, 100))
    data = SimpleNamespace(pictures=[wide])
    assert (picture_set.tile(data, 0, 32)[:, 2:-2] == (255, 0, 0)).all()  # type: ignore[arg-type]  # it reads no more
