"""The page of a class's picture in a real browser: live frames, the film, the files to save, and the lab."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from vizlib.pictures import read_recipe

Settled = Callable[[Page], None]
QUICK = "steps=12&size=48&second=none&class=mushroom+%C2%B7+6"
LONG = "steps=3000&size=64&second=none"  # longer than any test takes


def go(page: Page, dashboard: str, words: str) -> None:
    page.goto(f"{dashboard}/class_picture?{words}")


def film(page: Page) -> Any:
    slider = page.locator(".film input[type=range]")
    slider.wait_for()
    return slider


def live_step(page: Page) -> int:
    """The step under the live picture."""
    caption = page.get_by_test_id("stImageCaption").filter(has_text=re.compile(r"step \d+ of")).first
    return int(re.findall(r"step (\d+) of", caption.inner_text())[0])


def wait_for_step(page: Page, least: int) -> None:
    page.wait_for_function(
        """(least) => [...document.querySelectorAll('[data-testid=stImageCaption]')]
            .some((each) => Number(/step (\\d+) of/.exec(each.textContent)?.[1]) >= least)""",
        arg=least,
        polling=100,
    )


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as coming:
        page.get_by_role("button", name=name, exact=True).click()
    return coming.value.path().read_bytes()


def steps_per_picture(page: Page) -> Any:
    """A control of the lab, which is unrelated to the class picture."""
    page.get_by_text("The regularizer lab").click()
    box = page.get_by_label("Steps per picture")
    expect(box).to_be_visible()
    return box


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"Stopped after step \d+ of")).first).to_be_visible()


def test_frames_stream_and_stop_keeps_the_picture_and_its_film(page: Page, dashboard: str) -> None:
    go(page, dashboard, f"{LONG}&seed=1")
    wait_for_step(page, 1)
    picture = page.locator("[data-testid=stMain] [data-testid=stImage] img").first
    for least in (10, 20):  # the picture itself changes, and its step with it
        before = picture.get_attribute("src") or ""
        expect(picture).not_to_have_attribute("src", before)
        wait_for_step(page, least)
    stop(page)
    slider = film(page)
    expect(page.locator(".film figcaption")).to_have_text(re.compile(r"step \d+ of 3000 · logit"))
    assert int(slider.get_attribute("max") or 0) >= 3
    expect(page.locator(".film img")).to_be_visible()
    expect(page.get_by_role("button", name="Picture (PNG)")).to_be_visible()
    box = page.locator(".film img").bounding_box() or {}
    assert box["width"] == pytest.approx(box["height"], abs=1), "a square picture is shown as a square"


def test_two_visitors_of_one_link_watch_one_run_and_each_stops_alone(page: Page, dashboard: str) -> None:
    other = page.context.new_page()
    for each in (page, other):
        go(each, dashboard, f"{LONG}&seed=3")
        wait_for_step(each, 1)
    stop(page)
    there = live_step(other)
    wait_for_step(other, there + 20)
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    wait_for_step(page, there + 20)  # the step that the other visitor's run has reached
    other.close()


def test_on_a_slow_computer_an_unrelated_control_opens_during_a_run_and_leaves_it_where_it_is(
    page: Page, dashboard: str
) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 2})
    go(page, dashboard, f"{LONG}&seed=2")
    wait_for_step(page, 30)
    before = live_step(page)
    box = steps_per_picture(page)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=1)  # not only when it has ended
    box.fill("33")
    box.press("Enter")
    page.wait_for_url(re.compile("lab_steps=33"))
    wait_for_step(page, before + 1)
    assert live_step(page) > before
    stop(page)


def test_the_film_is_scrubbed_without_a_message_to_the_server(page: Page, dashboard: str, settled: Settled) -> None:
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda words: sent.append(words)))
    go(page, dashboard, QUICK)
    slider, caption, picture = film(page), page.locator(".film figcaption"), page.locator(".film img")
    settled(page)
    expect(caption).to_have_text(re.compile("step 12 of 12"))
    expect(page.get_by_test_id("stMetric")).to_have_count(2)  # the live numbers are gone
    finished = picture.get_attribute("src")
    words = len(sent)
    slider.press("Home")
    expect(caption).to_have_text(re.compile(r"step 1 of 12 · logit .*\s%"))
    assert picture.get_attribute("src") != finished
    slider.press("ArrowRight")
    expect(caption).to_have_text(re.compile("step 2 of 12"))
    expect(slider).to_have_attribute("aria-valuetext", re.compile("step 2 of 12"))
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    seen = set()
    for share in np.linspace(0.05, 0.95, 15):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        seen.add(picture.get_attribute("src"))
    page.mouse.up()
    assert len(seen) > 5
    assert len(sent) == words


def test_the_film_plays(page: Page, dashboard: str) -> None:
    go(page, dashboard, QUICK)
    film(page)
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".film figcaption")).to_have_text(re.compile("step [1-6] of 12"))
    expect(page.locator(".film figcaption")).to_have_text(re.compile("step 12 of 12"))
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_thumb_stays_where_it_is_when_something_else_is_touched(
    page: Page, dashboard: str, settled: Settled
) -> None:
    go(page, dashboard, QUICK)
    slider = film(page)
    settled(page)
    box = steps_per_picture(page)
    for value in ("21", "22"):
        slider.press("Home")
        for _ in range(3):
            slider.press("ArrowRight")
        box.fill(value)
        box.press("Enter")
        page.wait_for_url(re.compile(f"lab_steps={value}"))
        settled(page)
        expect(page.locator(".film figcaption")).to_have_text(re.compile("step 4 of 12"))


def test_the_picture_and_the_film_are_saved_with_their_recipe(page: Page, dashboard: str, settled: Settled) -> None:
    go(page, dashboard, QUICK)
    film(page)
    settled(page)
    data = download(page, "Picture (PNG)")
    recipe = read_recipe(data)
    assert recipe is not None
    assert (recipe["network"], recipe["name"], recipe["step"]) == ("bundled/scenes", "mushroom", 12)
    still = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert still.shape == (48, 48, 3)
    gif, moving = (download(page, f"Film ({kind})") for kind in ("GIF", "animated PNG"))
    assert json.loads(Image.open(io.BytesIO(gif)).info["comment"]) == recipe
    assert read_recipe(moving) == recipe
    for film_data in (gif, moving):
        movie: Any = Image.open(io.BytesIO(film_data))
        assert movie.n_frames == 12
        movie.seek(11)
        assert movie.info["duration"] == 2000
        assert np.abs(np.asarray(movie.convert("RGB")).astype(float) - still).mean() < (
            12 if film_data is gif else 0.01
        )


def test_a_link_opens_the_same_class_with_the_same_settings(page: Page, dashboard: str, settled: Settled) -> None:
    go(page, dashboard, f"{QUICK}&seed=5")
    film(page)
    box = page.get_by_role("combobox", name=re.compile("Class"))
    box.click()
    box.fill("star")
    box.press("Enter")
    page.get_by_role("button", name="Draw the class").click()
    expect(page.locator(".film figcaption")).to_have_text(re.compile("step 12 of 12 .* star"))
    settled(page)
    again = page.context.new_page()
    again.goto(page.url)
    film(again)
    words = page.locator(".film figcaption").inner_text()
    expect(again.locator(".film figcaption")).to_have_text(words)


def test_the_lab_runs_on_demand_and_its_sheet_is_saved(page: Page, dashboard: str, settled: Settled) -> None:
    go(page, dashboard, f"{QUICK}&lab_steps=5&lab.tv=0%2C+8&lab.norm=0%2C+1")
    film(page)
    settled(page)
    expect(page.get_by_role("button", name="Sheet (PNG)")).to_have_count(0)
    page.get_by_role("button", name="Run the lab").click()
    expect(page.get_by_alt_text("mushroom, as scenes sees it: seed 0, step 5 of 5")).to_be_visible()
    data = download(page, "Sheet (PNG)")
    recipe = read_recipe(data)
    assert recipe is not None
    assert recipe["experiment"]["columns"] == {"setting": "tv", "values": [0, 8]}
    assert recipe["experiment"]["rows"] == {"setting": "norm", "values": [0, 1]}
    assert min(Image.open(io.BytesIO(data)).size) > 500
    box = steps_per_picture(page)
    box.fill("7")
    box.press("Enter")
    expect(page.get_by_text(re.compile("Run the lab again"))).to_be_visible()
    expect(page.get_by_role("button", name="Sheet (PNG)")).to_be_visible()
