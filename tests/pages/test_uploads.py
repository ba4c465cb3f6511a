"""Uploads stay within limits, are opened once for all visitors, and never crowd out another visitor's files."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from tests.names import as_shown
from vizlib.errors import PictureError
from vizlib.pictures import encode_png
from vizlib.training import PictureSet
from vizlib.training.data import Later, Pictures
from vizlib.ui.shared import uploads
from vizlib.ui.shared.uploads import Opened


def flat(width: int, height: int, level: int = 0) -> Image.Image:
    return Image.fromarray(np.full((height, width, 3), level, np.uint8))


class Box:
    """A file as Streamlit hands it over, whose content must not be read."""

    def __init__(self, size: int, data: bytes | None = None) -> None:
        self.name, self.size, self._data = "a.png", size, data

    def getvalue(self) -> bytes:
        assert self._data is not None, "it was read before it was refused"
        return self._data


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([1] * 501, "501 files of 0 MB"),
        ([20 * 2**20] * 6, "6 files of 120 MB together; the limits are 500 files and 100"),
    ],
)
def test_a_box_of_too_many_or_too_large_files_is_refused_before_one_is_read(sizes: list[int], words: str) -> None:
    with pytest.raises(PictureError, match=words) as caught:
        uploads.pictures([Box(each) for each in sizes])
    assert caught.value.remedy == "Remove some of them."


def test_drawn_pictures_are_held_without_being_drawn() -> None:
    def draw() -> Image.Image:
        raise AssertionError("it was drawn before anybody asked for it")

    later = Pictures([Later("one", draw), flat(3, 2), Later("another", draw)])
    empty = np.zeros(3, np.int64)
    data = PictureSet("drawn", ("a",), later, empty, ("", "", ""), empty)
    opened = Opened()
    opened.get("a", lambda: replace(data, tests=data))
    assert opened.pixels == 12


def test_the_same_file_is_opened_once() -> None:
    opened, made = Opened(), list[int]()
    for _ in range(3):
        opened.get("a", lambda: noted(made))
    assert made == [1]


def noted(made: list[int]) -> Image.Image:
    made.append(1)
    return flat(10, 10)


def test_opened_pictures_are_kept_up_to_a_number_of_pixels_and_the_oldest_goes_first() -> None:
    opened = Opened(limit=250)
    for key in "abac":  # a is asked for again, so b is the oldest
        opened.get(key, lambda: flat(10, 10))
    assert opened.pixels == 200
    for key, known in (("a", True), ("c", True), ("b", False)):
        made: list[int] = []
        opened.get(key, partial(noted, made))
        assert (not made) == known
    opened.get("large", lambda: flat(100, 100))
    assert opened.pixels == 10_000, "the last one is always kept, alone"


@pytest.mark.slow
def test_no_more_than_two_files_are_decoded_at_once() -> None:
    opened, now, most = Opened(), 0, 0
    lock, go_on = threading.Lock(), threading.Event()

    def slow() -> Image.Image:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        go_on.wait(0.2)
        with lock:
            now -= 1
        return flat(9, 9)

    threads = [threading.Thread(target=opened.get, args=(str(each), slow)) for each in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == 2


def test_what_is_held_is_given_at_once_while_others_are_decoded() -> None:
    opened, go_on = Opened(), threading.Event()
    opened.get("a", lambda: flat(9, 9))

    def slow() -> Image.Image:
        go_on.wait(20)
        return flat(9, 9)

    threads = [threading.Thread(target=opened.get, args=(each, slow), daemon=True) for each in "bc"]
    for each in threads:
        each.start()
    answer = threading.Thread(target=opened.get, args=("a", slow), daemon=True)
    answer.start()
    answer.join(5)
    assert not answer.is_alive()
    go_on.set()
    for each in threads:
        each.join()


def test_a_file_that_cannot_be_opened_does_not_keep_others_waiting() -> None:
    opened = Opened()

    def broken() -> Image.Image:
        raise PictureError("No.", "Yes.")

    for _ in range(5):
        with pytest.raises(PictureError):
            opened.get("a", broken)
    assert opened.get("b", lambda: flat(9, 9)).size == (9, 9)


# What Streamlit takes


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryUploadedFileManager]:
    manager = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(uploads.Runtime, "exists", lambda: True)
    monkeypatch.setattr(uploads.Runtime, "instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    uploads.bound.clear()
    uploads.bound()
    yield manager
    uploads.bound.clear()


def give(manager: MemoryUploadedFileManager, session: str, number: int, size: int) -> None:
    manager.add_file(session_id=session, file=UploadedFileRec(f"{number}", "a.png", "image/png", bytes(size)))


def test_a_visitor_s_files_are_bounded_also_those_that_no_page_shows(
    manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_SESSION", 1000)
    give(manager, "a", 1, 600)
    with pytest.raises(HTTPException) as caught:
        give(manager, "a", 2, 500)
    assert caught.value.status_code == 413
    give(manager, "b", 1, 600)
    manager.remove_file("a", "1")
    give(manager, "a", 2, 500)
    assert [len(each.data) for each in manager.get_files("a", ["1", "2"])] == [500]


def test_the_number_of_a_visitor_s_files_is_bounded(manager: MemoryUploadedFileManager) -> None:
    for number in range(uploads.MAX_FILES):
        give(manager, "a", number, 1)
    with pytest.raises(HTTPException):
        give(manager, "a", 9999, 1)


def test_all_visitors_files_together_are_bounded(
    manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_PROCESS", 1000)
    give(manager, "a", 1, 600)
    with pytest.raises(HTTPException):
        give(manager, "b", 1, 600)


# On the pages


def png(level: int, recipe: dict[str, Any] | None = None) -> bytes:
    return encode_png(np.full((40, 40, 3), level, np.uint8), recipe)


def upload(app: AppTest, data: bytes, name: str = "mine.png") -> AppTest:
    app.query_params["picture"] = "Upload"
    app.run()
    app.file_uploader(key="file").set_value((name, data, "image/png"))
    return app.run()


def test_a_session_keeps_the_file_and_not_the_opened_picture(app: AppTest) -> None:
    upload(app, png(120))
    assert not app.error
    assert not app.exception
    kept = app.session_state["last good picture"]
    assert not any(isinstance(each, Image.Image) for each in (kept, *kept.args))
    assert kept().picture.getpixel((3, 3)) == (120, 120, 120)


def test_a_bad_file_leaves_the_last_picture(app: AppTest) -> None:
    upload(app, png(120))
    app.file_uploader(key="file").set_value(("bad.png", b"not a picture", "image/png"))
    app.run()
    assert len(app.error) == 1
    assert app.session_state["last good picture"]().title == "mine.png"


def test_the_recipe_of_a_foreign_file_is_text_and_nothing_else(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/any_file.py").run()
    evil = {"what": "fooling image", "network": "`![x](http://127.0.0.1:9/x.png)` [click](http://127.0.0.1:9)"}
    app.file_uploader(key="any file").set_value(("a.png", png(9, evil), "image/png"))
    app.run()
    assert not app.error
    (told,) = [each.value for each in app.info if "made to fool" in each.value]
    assert as_shown(told) == f"This file was made to fool **{evil['network']}**."
    assert r"!\[x](http\::small[]//" in told


def test_a_long_recipe_is_cut_on_screen(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/any_file.py").run()
    long = {"a": list(range(30_000))}
    app.file_uploader(key="any file").set_value(("a.png", png(9, long), "image/png"))
    app.run()
    assert not app.error
    assert not app.json
    assert len(app.code[0].value) < 25_000


def test_pictures_come_out_of_the_zip_file_in_a_box() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", png(3))
    found = uploads.pictures([Box(len(file.getvalue()), file.getvalue())])
    assert [title for title, _ in found.pictures] == ["a.png"]


@pytest.mark.parametrize(("kind", "asked"), [("Upload", "Upload it again"), ("Camera", "Take a picture")])
def test_a_link_to_a_picture_that_no_link_can_hold_asks_for_it(app: AppTest, kind: str, asked: str) -> None:
    app.query_params["picture"] = kind
    app.run()
    (told,) = [each.value for each in app.info]
    assert asked in told
    assert not app.error
    assert not app.header, "no answer to another picture"
    app.button(key="drawn instead").click().run()
    assert app.session_state["picture"] == "drawn"
    assert app.header


def test_the_picture_that_the_page_asks_for_is_the_picture_of_the_sidebar(app: AppTest) -> None:
    app.query_params["picture"] = "Upload"
    app.run()
    app.file_uploader(key="file again").set_value(("mine.png", png(120), "image/png")).run()
    assert not app.error
    assert not app.info
    assert app.session_state["last good picture"]().title == "mine.png"
