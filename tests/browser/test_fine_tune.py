"""A person trains a network on pictures of their own, watches, stops, looks inside it and takes it home."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from vizlib.models import load_model
from vizlib.training import drawn

CLASSES = ["one", "seven", "zero"]


def own_pictures() -> bytes:
    """A ZIP file with a folder of six digits for each class."""
    digits = drawn("real_digits", 6, classes=["1", "7", "0"])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as box:
        for number, (picture, label) in enumerate(zip(digits.pictures, digits.labels)):
            file = io.BytesIO()
            picture.save(file, "PNG")
            box.writestr(f"{CLASSES[label]}/{number}.png", file.getvalue())
    return archive.getvalue()


def test_own_pictures_train_a_network_that_opens_here_and_elsewhere(
    page: Page,
    dashboard: str,
    serve: Callable[..., str],
    settled: Callable[[Page], None],
    console_errors: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page.goto(f"{dashboard}/fine_tune?network=bundled%2Fdigits&ft_set=own&ft_steps=1000")
    main = page.get_by_test_id("stMain")
    main.get_by_text("A ZIP file with one folder for each class").wait_for()
    settled(page)
    file = {"name": "mine.zip", "mimeType": "application/zip", "buffer": own_pictures()}
    main.locator("input[type=file]").set_input_files(file)
    main.get_by_role("button", name="Train", exact=True).click()
    expect(main.get_by_role("img", name="All layers: the gradient")).to_be_visible()
    main.get_by_role("button", name="Stop").click()
    expect(main.get_by_text("Stopped after step").first).to_be_visible()
    expect(main.get_by_role("heading", name="Take a network with you")).to_be_visible()
    settled(page)
    with page.expect_download() as download:
        main.get_by_role("button", name="Download the network").click()
    zipfile.ZipFile(download.value.path()).extractall(tmp_path)
    main.get_by_role("button", name="Its filters").click()
    expect(page.get_by_role("heading", name="What does a filter look for?")).to_be_visible()
    settled(page)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_role("combobox", name="Network")).to_have_value("trained/" + next(tmp_path.iterdir()).name)
    expect(sidebar.get_by_text("A link cannot hold it")).to_be_visible()
    assert "mine" not in sidebar.inner_text(), "the name of the file is nobody's business"
    name = f"local/{next(tmp_path.iterdir()).name}"
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    assert load_model(name, device="cpu").class_names == CLASSES
    assert [each for each in console_errors if "Failed to load" not in each] == []  # a deep link asks beside the page
    page.goto(f"{serve('app.py', VIZLIB_WEIGHTS=str(tmp_path), VIZLIB_STORE='off')}/about?network={name}")
    expect(sidebar.get_by_role("combobox", name="Network")).to_have_value(name)
