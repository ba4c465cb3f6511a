"""The networks that a visitor trained: in the sidebar of their session only, bounded, and never on disk if private."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.models import Classifier, load_model
from vizlib.ui.shared import sidebar, trained

LINK = {"network": ["bundled/digits"], "run": ["1"]}


def digits(name: str, device: str) -> Classifier:
    model = load_model("bundled/digits", device=device)
    model.name = name
    return model


def network(seed: int = 0, size: int = 1, **more: Any) -> trained.Trained:
    recipe = {"what": "fine-tuning", "seed": seed}
    name = trained.name_of(["digits", "real digits", "head", str(seed)], recipe)
    files = {"model.safetensors": bytes(size)}
    known = {"source": "bundled/digits", "page": "layers", "link": LINK, **more}
    return trained.Trained(name, recipe, "Trained here.", partial(digits, name), files, **known)


@pytest.fixture
def having(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """`having(network, ..., network="name")`: the dashboard in the session of a visitor who trained these networks."""

    def start(*networks: trained.Trained, **query: str) -> AppTest:
        new = list(networks)
        monkeypatch.setattr(sidebar, "leave", lambda: [trained.add(new.pop(0)) for _ in list(new)])
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return start


def holding() -> None:
    import streamlit as st

    from vizlib.ui.shared import trained

    for each in st.session_state.get("new", []):
        trained.add(each)
    st.session_state["new"] = []
    st.text(" ".join(trained.names()))


def session(*networks: trained.Trained) -> AppTest:
    app = AppTest.from_function(holding)
    app.session_state["new"] = list(networks)
    return app.run()


def held(app: AppTest) -> list[str]:
    return str(app.run().text[0].value).split()


def test_a_trained_network_is_in_the_box_and_opens_with_its_own_name(having: Callable[..., AppTest]) -> None:
    mine = network()
    app = having(mine)
    assert mine.name in app.selectbox(key="network").options
    app.selectbox(key="network").set_value(mine.name).run()
    assert not [*app.error, *app.exception]
    assert any("Trained here." in each.value for each in app.caption)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "gives the link that trains it again"),
        ({"link": {}}, "download it on the page that trained it"),
        ({"link": {}, "files": {}}, "it lasts as long as this visit"),
    ],
)
def test_the_sidebar_says_how_a_network_can_be_kept(
    having: Callable[..., AppTest], change: dict[str, Any], words: str
) -> None:
    mine = replace(network(), **change)
    app = having(mine)
    app.selectbox(key="network").set_value(mine.name).run()
    assert [each.value for each in app.caption if words in each.value]


def test_names_say_what_it_is_and_differ_for_other_recipes() -> None:
    assert network(0).name.startswith("trained/digits-real_digits-head-0-")
    words = ["digits", "head"]
    assert trained.name_of(words, {"rate": 1}) != trained.name_of(words, {"rate": 2})
    assert trained.name_of(words, {"rate": 1}) == trained.name_of(words, {"rate": 1})


def test_another_visitor_cannot_open_it_and_is_told_so_with_the_way_to_train_it_again(
    having: Callable[..., AppTest],
) -> None:
    mine = network()
    session(mine)
    app = having(network=mine.name)
    assert len(app.error) == 1
    assert mine.name in app.error[0].value
    assert "lasts as long as its visitor's session" in app.error[0].value
    assert mine.name not in app.selectbox(key="network").options
    assert any(each.label == "Train it again" for each in app.button)


def test_one_made_of_uploads_has_no_way_back_and_keeps_everything_off_the_disk(
    having: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = network(7, link={}, private=True)
    kept = []
    monkeypatch.setattr(sidebar, "release", lambda: kept.append(_places()))
    app = having(mine, network=mine.name)
    assert kept[-1] == [False, False, False]
    assert any("A link cannot hold it" in each.value for each in app.caption)
    app.selectbox(key="network").set_value("bundled/digits").run()
    assert kept[-1] == [True, True, False]


def _places() -> list[bool]:
    here = sidebar.chosen()
    return [each.keep for each in (here.place, here.without_picture, here.private)]


def test_a_visitor_keeps_the_last_ones_within_a_share_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [network(seed) for seed in range(trained.MOST + 2)]
    assert held(session(*many)) == [each.name for each in reversed(many[2:])]
    monkeypatch.setenv("VIZLIB_NETWORKS_MB", "4")
    large = [network(seed, 600_000) for seed in (20, 21)]
    assert held(session(*large)) == [large[1].name]
    huge = network(30, 3_000_000)
    assert held(session(huge)) == [huge.name], "the last one is always kept"


def test_all_visitors_together_have_a_limit_and_what_they_share_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    monkeypatch.setenv("VIZLIB_NETWORKS_MB", "4")
    shared = network(40, 900_000)
    visitors = [session(shared) for _ in range(6)]
    assert all(held(each) == [shared.name] for each in visitors)
    others = [session(network(41 + number, 900_000)) for number in range(4)]
    assert held(others[-1]), "the newest stays"
    assert not any(held(each) for each in visitors), "the oldest is gone, for all who had it"
