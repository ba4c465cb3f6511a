"""Many visitors, one process: they share a run, each may leave it alone, and finished results come back."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from vizlib import load_model
from vizlib.activation_maximization import channel, class_logit, film, lab, maximize
from vizlib.activation_maximization.atlas import Plan, atlas
from vizlib.evaluation import averaging, gathering, plane, surviving, sweeping
from vizlib.fooling import fooling, walking
from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.records import Frame, Recipe
from vizlib.runs.job import Job
from vizlib.runs.packing import pack, unpack
from vizlib.runs.store import Store
from vizlib.runs.turns import Turns
from vizlib.saliency import explain
from vizlib.synthetic import drawing as synthetic
from vizlib.ui.shared import kept, live, server, sidebar
from vizlib.units import DrawnScenes, search

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


def frames(total: int) -> Generator[Frame, None, None]:
    for step in range(1, total + 1):
        yield Frame(step, total, torch.full((1, 3, 2, 2), step / 10), torch.tensor([float(step)]), {}, ("",))


RECIPE = Recipe({"what": "test"})


def test_a_finished_run_comes_back_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "WORTH", 0)
    store = Store(tmp_path, 1_000_000)
    made = list(kept.kept(store, RECIPE, lambda: frames(3)))
    assert [each.step for each in made] == [1, 2, 3]
    (back,) = kept.kept(store, RECIPE, lambda: pytest.fail("it must not be computed again"))
    assert (back.step, back.notes, back.scores.tolist()) == (3, ("",), [3.0])
    assert torch.equal(back.pixels, made[-1].pixels)


def test_a_run_that_was_left_or_failed_leaves_nothing_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> Generator[Frame, None, None]:
        yield from frames(2)
        raise OSError("the disk is gone")

    monkeypatch.setattr(kept, "WORTH", 0)
    store = Store(tmp_path, 1_000_000)
    run = kept.kept(store, RECIPE, lambda: frames(3))
    next(run)
    run.close()
    with pytest.raises(OSError, match="gone"):
        list(kept.kept(store, RECIPE, failing))
    assert store.count() == 0


def test_what_is_made_in_a_moment_is_not_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, 1_000_000)
    list(kept.kept(store, RECIPE, lambda: frames(3)))
    assert store.count() == 0


@pytest.mark.parametrize("content", [b"", b"something else", b"\x10" + bytes(50)])
def test_a_result_that_cannot_be_read_is_made_again(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path, 1_000_000)
    store.put(RECIPE.key, content)
    assert [each.step for each in kept.kept(store, RECIPE, lambda: frames(2))] == [1, 2]


def results(model: Classifier) -> dict[str, Iterator[Any]]:
    """A short run of every kind that a page follows."""
    scene, other = (synthetic.draw_scene(seed).image for seed in (3, 4))
    pixels = model.prepare(scene)
    asked = lab.Experiment(1, lab.Axis("tv", (0.0, 2.0)), lab.Axis("steps", (4, 5)))
    layer = list_layers(model)[2].path
    return {
        "saliency": explain(model, pixels, "guided", 1),
        "class": film.film(model, class_logit(1), 5, size=32),
        "unit": maximize(model, [channel(layer, 0)], 4, size=32),
        "atlas": atlas(model, Plan(layer, (0, 1), 4), Store(None, 0)),
        "lab": lab.lab(model, asked, size=32),
        "search": search(model, layer, DrawnScenes(3)),
        "fooling": fooling(model, scene, 2, steps=10),
        "walk": walking(model, [scene, other], [0.0, 1.0], [0.0, 0.5, 1.0]),
        "sweep": sweeping(model, [scene, other], "resize", [100, 128]),
        "survival": surviving(model, [scene, other], [1, 2], 3),
        "average": averaging(model, scene, 3),
        "map": plane(model, pixels, model.prepare(other) - pixels, side=4),
        "opinions": gathering({"it": lambda: model}, [scene], 2),
    }


def test_every_kind_of_result_comes_back_from_the_disk_as_it_was(device: str) -> None:
    model = load_model("bundled/scenes", device=device)
    for name, run in results(model).items():
        *_, last = run
        content = pack(last)
        back = unpack(content, kept.KINDS)
        assert type(back) is type(last), name
        assert pack(back) == content, name


def test_who_stops_stops_alone_and_may_go_on(app: AppTest) -> None:
    """Two readers of one job: one stops, the other's run goes on."""
    opened(app, seed="7001")
    left = {"what": "shared"}
    key = Recipe(left).key
    job: Job[Any] = server.jobs().get(key, lambda: (Count(step, 3) for step in (1, 2, 3)))
    other = job.watch()
    assert next(other) == Count(1, 3)

    def page() -> None:
        from vizlib.ui.shared import live

        if not live.st.session_state.get("asked"):
            live._leave(live.Recipe({"what": "shared"}).key)
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
    assert live._waiting("Optimizing", job) == "Optimizing ..."
    with turns.turn(Turns()):
        assert live._waiting("Optimizing", job) == "Optimizing ... · 1 run ahead of yours"


def test_an_uploaded_picture_s_results_are_not_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    private = sidebar.Subject(None, "mine", private=True)  # type: ignore[arg-type]
    model: Any = type("Model", (), {"device": "cpu"})()
    here = sidebar.Chosen(model, private, None, None, None)  # type: ignore[arg-type]
    assert (here.place.keep, here.private.keep, here.without_picture.keep) == (False, False, True)
    written: list[str] = []
    monkeypatch.setattr(kept, "kept", lambda store, recipe, start: written.append(recipe.key) or start())
    live._job(here.place, Recipe({"what": "private"}), lambda: iter(()))  # type: ignore[arg-type, return-value]
    assert written == []
    live._job(here.without_picture, Recipe({"what": "public"}), lambda: iter(()))  # type: ignore[arg-type, return-value]
    assert len(written) == 1


def test_two_pictures_that_look_alike_to_the_network_have_different_keys() -> None:
    from PIL import Image

    one, other = Image.new("RGB", (8, 4)), Image.new("RGB", (8, 4))
    other.putpixel((0, 0), (1, 0, 0))
    flat, tall = Image.new("RGB", (2, 4)), Image.new("RGB", (4, 2))
    keys = {sidebar.Subject(each, "").key for each in (one, other, flat, tall)}
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
        job = server.jobs().get("f" * 64, run)
        seen.append([frame.step for frame in job])

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert started == [1]
    assert [each[-1] for each in seen] == [29] * 6


def test_runs_spread_over_several_gpus_and_a_device_that_was_named_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    queues = {"cuda:0": Turns(), "cuda:1": Turns()}
    monkeypatch.setattr(server, "available_devices", lambda: ["auto", *queues, "cpu"])
    monkeypatch.setattr(server, "turns", queues.__getitem__)
    assert server.free_device("auto") == "cuda:0"
    with queues["cuda:0"].turn(Turns()):
        assert server.free_device("auto") == "cuda:1"
        assert server.free_device("cuda:0") == "cuda:0"
        assert server.free_device("cpu") == "cpu"
    monkeypatch.setattr(server, "available_devices", lambda: ["auto", "cpu"])
    assert server.free_device("auto") == "auto"
