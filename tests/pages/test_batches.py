"""A page shows what a batch has computed, without computing it again: both make their recipes in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.batch import read_plan
from vizlib.batch.worker import Worker
from vizlib.models import load_model
from vizlib.runs import open_store, process

DIGITS = "bundled/digits"
CASES: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {  # the page, its link, and the entry of a plan
    "atlas": (
        "filters",
        {"layer": "conv2", "tiles": "32", "atlas_steps": "8", "atlas_seed": "71"},
        {"what": "atlas", "layers": "conv2", "steps": 8, "seed": 71},
    ),
    "class picture": (
        "class_picture",
        {"steps": "4", "class": "3", "seed": "71"},
        {"what": "class picture", "classes": 3, "steps": 4, "seed": 71},
    ),
    "class picture, settings": (
        "class_picture",
        {"steps": "4", "class": "4", "seed": "72", "start": "gray", "size": "32", "dream.tv": "2.5"},
        {"what": "class picture", "classes": "4", "steps": 4, "seed": 72, "start": "gray", "size": 32,
         "settings": {"tv": 2.5}},
    ),
    "search": (
        "filters",
        {"layer": "conv1", "show": "One unit", "card_steps": "4"},
        {"what": "search", "layers": "conv1"},
    ),
    "saliency": (
        "saliency",
        {"scene": "71"},
        {"what": "saliency", "pictures": {"digits": [71]}},
    ),
    "saliency, settings": (
        "saliency",
        {"scene": "72", "target": "5", "methods": "smoothgrad", "smoothgrad.samples": "9"},
        {"what": "saliency", "pictures": {"digits": [72]}, "target": [5], "methods": ["smoothgrad"],
         "settings": {"smoothgrad": {"samples": 9}}},
    ),
    "fooling": (
        "fooling",
        {"scene": "73", "toward": "the most similar class"},
        {"what": "fooling", "pictures": {"digits": [73]}},
    ),
    "fooling, settings": (
        "fooling",
        {"scene": "74", "toward": "2", "attack": "pgd", "goal": "first", "chance": "5"},
        {"what": "fooling", "pictures": {"digits": [74]}, "target": [2], "methods": ["pgd"], "goal": "first",
         "seed": 5},
    ),
    "features": (
        "linear_probe",
        {"probe_n": "5", "probe_seed": "71"},
        {"what": "features", "seed": 71, "control": True, "pictures": [
            {"set": "digits", "per_class": 5}, {"set": "real_digits", "per_class": 5}]},
    ),
    "fine-tuning": (
        "fine_tune",
        {"ft_set": "real_digits", "ft_per_class": "2", "ft_steps": "9", "ft_seeds": "Three"},
        {"what": "fine-tuning", "pictures": {"set": "real_digits", "per_class": 2}, "settings": {"steps": 9},
         "seed": [0, 1, 2]},
    ),
}  # fmt: skip

SLOW = {"fine-tuning", "features", "fooling", "search"}


@dataclass
class Asked:
    """The keys of the store that pages asked for, and those of the runs that they had to compute."""

    keys: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    found, kept = Asked(), process.kept

    def watched(store: Any, recipe: Any, start: Any, *rest: Any) -> Any:
        def begun() -> Any:
            found.computed.add(recipe.key)
            return start()

        found.keys.add(recipe.key)
        return kept(store, recipe, begun, *rest)

    monkeypatch.setattr(process, "kept", watched)
    return found


@pytest.mark.parametrize(
    "case", [pytest.param(each, marks=pytest.mark.slow) if each in SLOW else each for each in CASES if each != "atlas"]
)
def test_a_page_shows_what_a_batch_has_computed(app: AppTest, asked: Asked, case: str) -> None:
    page, query, entry = CASES[case]
    plan, worker = read_plan([{"networks": DIGITS, **entry}]), Worker(open_store())
    tasks = list(plan.tasks(lambda name: worker.network(name, "cpu"), "cpu"))
    for each in tasks:
        assert worker.do(each).problem == ""
    for name, value in {"network": DIGITS, "device": "cpu", **query}.items():
        app.query_params[name] = value
    app.run().switch_page(f"pages/{page}.py").run()
    assert not [*app.error, *app.exception]
    keys = {each.key for each in tasks}
    assert keys
    assert keys <= asked.keys
    assert not keys & asked.computed


def test_a_page_shows_an_atlas_of_a_batch(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    page, query, entry = CASES["atlas"]
    worker = Worker(open_store())
    model = load_model(DIGITS, device="cpu")
    for each in read_plan([{"networks": DIGITS, **entry}]).tasks(lambda name: model, "cpu"):
        assert worker.do(each).problem == ""
    monkeypatch.setattr("vizlib.activation_maximization.atlas.maximize", lambda *_: pytest.fail("a tile was computed"))
    for name, value in {"network": DIGITS, "device": "cpu", **query}.items():
        app.query_params[name] = value
    app.run().switch_page(f"pages/{page}.py").run()
    assert not [*app.error, *app.exception]
    assert any("32 of 32 done" in each.value for each in app.markdown)
