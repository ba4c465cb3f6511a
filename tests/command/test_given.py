"""Which pictures a command line names: files, folders, patterns, drawn pictures and photographs, in a stable order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vizlib import VizError
from vizlib.batch.saved.finding import drawn_scene
from vizlib.command.given import pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """b.png, a.jpg, deeper/c.png, and a file that is no picture by its name."""
    (tmp_path / "deeper").mkdir()
    for name in ("b.png", "a.jpg", "deeper/c.png"):
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("none")
    return tmp_path


def titles(*words: object) -> list[str]:
    return [each.title for each in pictures([*map(str, words)])]


def test_a_folder_is_all_its_pictures_sorted(folder: Path) -> None:
    assert titles(folder) == [str(folder / each) for each in ("a.jpg", "b.png", "deeper/c.png")]


def test_a_pattern_is_the_files_that_fit(folder: Path) -> None:
    assert titles(folder / "*.png") == [str(folder / "b.png")]
    assert titles(folder / "**" / "*.png") == [str(folder / "b.png"), str(folder / "deeper" / "c.png")]


def test_each_picture_comes_once_in_the_order_of_the_words(folder: Path) -> None:
    assert titles(folder / "b.png", folder / "*.*g", "scene:3") == [
        str(folder / "b.png"),
        str(folder / "a.jpg"),
        "scene:3",
    ]


def test_drawn_pictures_are_those_of_the_sidebar() -> None:
    assert titles("scene:3", "digit:5-7") == ["scene:3", "digit:5", "digit:6", "digit:7"]
    (scene,) = pictures(["scene:3"])
    assert np.array_equal(np.asarray(scene.open()), np.asarray(drawn_scene(3).picture))


@pytest.mark.parametrize("word", ["*.png", "."])
def test_no_picture_at_all_is_told(word: str, tmp_path: Path) -> None:
    with pytest.raises(VizError, match="There are no pictures"):
        pictures([str(tmp_path / word)])


def test_a_missing_file_is_found_when_it_is_opened(tmp_path: Path) -> None:
    (missing,) = pictures([str(tmp_path / "cat.png")])
    with pytest.raises(VizError, match="There is no file"):
        missing.open()
