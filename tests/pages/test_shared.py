"""Many visitors, one process: the same run is shared, and a visitor who stops it stops alone."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from vizlib.runs import Job, Recipe, Runs, Store, Turns
from vizlib.ui.shared import live, picture, progress, server, sidebar
from vizlib.ui.shared.slot import Row
from vizlib.ui.shared.watching import Rhythm

CLASS_PAGE = "pages/class_picture.py"


@dataclass(frozen=True)
class Count:
    step: int
    total: int


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in {"steps": "4", "size": "32", "second": "none", **query}.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(CLASS_PAGE).run()


@pytest.mark.slow
def test_a_visitor_who_stops_a_run_stops_alone_and_may_continue_it(app: AppTest) -> None:
    """Two readers of one job: one stops, the other's run goes on."""
    opened(app, seed="7001")
    left = {"what": "shared"}
    key = Recipe(left).key
    job: Job[Any] = server.runs().jobs.get(key, lambda: (Count(step, 3) for step in (1, 2, 3)))
    other = job.watch()
    assert next(other) == Count(1, 3)

    def page() -> None:
        from vizlib.ui.shared import live

        if not live.st.session_state.get("asked"):
            live.leave(live.Recipe({"what": "shared"}).key)
            live.st.session_state["asked"] = True
        live.follow(None, {"what": "shared"}, lambda: iter(()), None, "Sharing")  # type: ignore[arg-type, return-value]

    def said() -> list[str]:
        return [each.value for each in visitor.markdown]

    visitor = AppTest.from_function(page)
    visitor.run()
    assert said() == ["Stopped after step 1 of 3."]
    assert visitor.button[0].help == "1 other visitor still watching: it goes on."
    assert next(other) == Count(2, 3), "the other one's run goes on"
    visitor.run()
    assert said() == ["Stopped after step 2 of 3."]
    other.close()
    visitor.run()
    assert not visitor.button[0].help
    visitor.button[0].click().run()
    assert said() == []
    assert (job.done, job.latest) == (True, Count(3, 3))


@pytest.mark.slow
def test_a_run_that_fails_leaves_its_sentence_and_no_bar_that_waits(app: AppTest) -> None:
    opened(app, seed="7003")

    def page() -> None:
        from vizlib.errors import ModelUnavailable
        from vizlib.records import Progress
        from vizlib.ui.shared import live
        from vizlib.ui.shared.guard import guard

        def failing():  # type: ignore[no-untyped-def]  # noqa: ANN202
            yield Progress(0, 0, "asking the hub")
            raise ModelUnavailable("The hub cannot be reached.", "Check the connection.")

        with guard():
            live.follow(None, {"what": "a failing download"}, failing, None, "Downloading")

    visitor = AppTest.from_function(page).run()
    assert ["The hub cannot be reached." in each.value for each in visitor.error] == [True]
    assert (len(visitor.get("progress")), len(visitor.button)) == (0, 0)


def test_a_visitor_who_waits_is_told_how_many_are_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    job = Job(lambda: iter(()), turns)  # type: ignore[arg-type, return-value]
    assert progress.waiting("Optimizing", job, None) == "Optimizing ..."
    with turns.turn(Turns()):
        assert progress.waiting("Optimizing", job, None) == "Optimizing ... · 1 run ahead of yours"


def test_an_uploaded_picture_s_results_are_not_written_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = picture.Subject(None, "mine", private=True)  # type: ignore[arg-type]
    model: Any = type("Model", (), {"device": "cpu", "name": "bundled/scenes"})()
    here = sidebar.Chosen(model, private)
    assert (here.place.keep, here.private.keep, here.without_picture.keep) == (False, False, True)
    runs = Runs([Count], Store(tmp_path, 1_000_000), worth=0)
    monkeypatch.setattr(server, "runs", lambda: runs)

    def run() -> Generator[Count, None, None]:
        yield Count(1, 1)

    live.job_of(here.place, Recipe({"what": "private"}), run).result()
    assert runs.store.count() == 0
    live.job_of(here.without_picture, Recipe({"what": "public"}), run).result()
    assert runs.store.count() == 1


def test_two_pictures_that_look_alike_to_the_network_have_different_keys() -> None:
    from PIL import Image

    one, other = Image.new("RGB", (8, 4)), Image.new("RGB", (8, 4))
    other.putpixel((0, 0), (1, 0, 0))
    flat, tall = Image.new("RGB", (2, 4)), Image.new("RGB", (4, 2))
    keys = {picture.Subject(each, "").key for each in (one, other, flat, tall)}
    assert len(keys) == 4


def test_a_hall_that_opens_one_link_computes_it_once(app: AppTest) -> None:
    opened(app, seed="7002")
    started: list[int] = []
    barrier = threading.Barrier(6, timeout=20)
    seen: list[list[int]] = []

    def run() -> Generator[Count, None, None]:
        started.append(1)
        for step in range(1, 30):
            yield Count(step, 29)

    def visit() -> None:
        barrier.wait()
        job = server.runs().jobs.get("f" * 64, run)
        seen.append([frame.step for frame in job])

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert started == [1]
    assert [each[-1] for each in seen] == [29] * 6


@pytest.mark.parametrize("paints", [0.08, 0.2, 0.3])
def test_a_browser_that_paints_a_frame_slowly_has_caught_up_within_a_minute_of_a_long_run(paints: float) -> None:
    rhythm, now, busy_until, caught_up, frames = Rhythm(), 0.0, 0.0, [], 0
    while now < 120:
        if rhythm.due(now):
            caught_up.append((now, busy_until <= now))
            frames, busy_until = frames + 1, max(busy_until, now) + paints
            rhythm.drawn(now, now + 0.01)
        now += 0.01
    assert any(idle for at, idle in caught_up if at < 60), "a control that was unfolded waits for that"
    assert sum(idle for at, idle in caught_up if at >= 60) >= 10
    assert 1.5 * 120 < frames < 4 * 120


def test_a_browser_that_has_just_opened_a_page_gets_time_to_show_its_controls() -> None:
    drawn = {}
    for opening in (4.0, 0.0):
        rhythm, now = Rhythm(opening), 0.0
        times = drawn[opening] = [0.0]
        rhythm.drawn(0.0, 0.0)
        while now < 8:
            now += 0.01
            if rhythm.due(now):
                times.append(round(now, 2))
                rhythm.drawn(now, now)
    assert drawn[4.0][:2] == [0.0, pytest.approx(4.0, abs=0.02)]
    assert drawn[0.0][1] < 0.2
    assert max(np.diff(drawn[0.0])) == pytest.approx(1.2, abs=0.02), "later, a shorter calm now and then"


class Place:
    """A place of the page that remembers what was sent to the browser."""

    def __init__(self, sent: list[str]) -> None:
        self.sent = sent

    def empty(self) -> Place:
        self.sent.append("empty")
        return self

    def container(self, **more: Any) -> Place:
        self.sent.append(f"container {more['key']}")
        return self


def test_what_the_last_script_run_left_in_a_row_stays_until_something_is_put_there() -> None:
    """Else Stop is away while the script finds the run that goes on."""
    sent: list[str] = []
    row = Row(Place(sent))
    assert sent == []
    row.container(key="running")
    assert sent == ["empty", "container running"], "at once one after the other"
    row.empty()
    assert sent[2:] == ["empty"]
    other: list[str] = []
    Row(Place(other)).empty()
    assert other == ["empty"], "the row of a run that has ended keeps its place among the rows"
