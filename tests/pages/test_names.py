"""Strangers' names on the pages: every listed network opens, and every name is shown as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from tests.names import NAMES, as_shown, read_as_html, read_as_markdown
from vizlib.ui.shared import networks
from vizlib.ui.shared.words import plain

ODD = (
    "my birds",
    "my.birds v1.2",
    "birds [final] (2)",
    "50 % birds",
    "Vögel",
    "#birds & co + more",
    "-birds",
    "birds · 45 MB",
    "鳥 🐦",
    "*birds* :smile: $x$",
)


def saved(folder: Path, names: list[str] | None = None) -> None:
    """A small network of three classes in timm's layout."""
    folder.mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = timm.create_model("test_resnet", num_classes=3)
    save_file(network.state_dict(), folder / "model.safetensors")
    config: dict[str, Any] = {"architecture": "test_resnet", "num_classes": 3, "label_names": names or ["a", "b", "c"]}
    config["pretrained_cfg"] = {"input_size": [3, 32, 32]}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


@pytest.fixture(scope="module")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    for name in ODD:
        saved(folder / name)
    return folder


@pytest.fixture
def weights(odd_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(odd_folder))
    return odd_folder


def opened(app: AppTest, page: str = "", **query: Any) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    app = app.switch_page(page).run() if page else app
    assert [*(each.value for each in app.error), *(each.message for each in app.exception)] == []
    return app


def network_on_screen(app: AppTest) -> str:
    return str(app.session_state["last good network"][0])


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_every_listed_network_opens_through_a_link_and_through_the_box(app: AppTest, weights: Path, name: str) -> None:
    app = opened(app, network=f"local/{name}")
    assert network_on_screen(app) == f"local/{name}"
    app.selectbox(key="network").set_value("bundled/scenes").run()
    assert network_on_screen(app) == "bundled/scenes"
    app.selectbox(key="network").set_value(f"local/{name}").run()
    assert network_on_screen(app) == f"local/{name}"
    assert not app.error


@pytest.mark.parametrize(
    ("typed", "network"),
    [
        ("local/My Birds", "local/my birds"),
        ("  LOCAL/VÖGEL ", "local/Vögel"),
        ("resnet18.a1_in1k", "resnet18.a1_in1k"),
        ("resnet18.a1_in1k · 47 MB", "resnet18.a1_in1k"),
        ("ResNet18.A1_in1k · 47 MB · downloaded", "resnet18.a1_in1k"),
        ("local/birds · 45 MB", "local/birds · 45 MB"),
        ("no such network · 5 MB", "no such network · 5 MB"),
    ],
)
def test_a_typed_network_is_a_listed_one_if_there_is_one(
    weights: Path, monkeypatch: pytest.MonkeyPatch, typed: str, network: str
) -> None:
    monkeypatch.setattr(networks, "published", lambda: ["resnet18.a1_in1k"])
    assert networks.meant(typed) == network


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("bundled/scenes", "scenes"),
        ("local/mobilenetv2_100", "mobilenetv2_100"),
        ("resnet18.a1_in1k", "resnet18"),
        ("local/inception_v3.tf_same", "inception_v3"),
        ("local/my.birds v1.2", "my.birds v1.2"),
    ],
)
def test_headings_name_a_network_without_its_folder_and_the_tag_of_its_weights(name: str, heading: str) -> None:
    assert networks.called(name) == heading


def test_a_plain_name_is_shown_as_it_is() -> None:
    assert tuple(as_shown(plain(name)) for name in NAMES) == NAMES


def test_lines_and_letters_that_turn_the_text_around_become_spaces() -> None:
    assert plain(" a\nb\t\u202ec\x00 ") == "a b  c"


LABELS = ["*a* [b](http://x)", ":smile: $x$ <b>i</b>", "_c_ ~~d~~ `e` #"]
NETWORK, FILE = "*birds* :smile: $x$", "[x](y) :red[z] *file*.png"
SAVED = Path(__file__).resolve().parents[1] / "saved"
QUICK = {
    "steps": "4",
    "size": "32",
    "atlas_steps": "4",
    "tiles": "2",
    "lattice.steps": "20",
    "second": "none",
    "goal": "first",
    "ice_goal": "first",
}


SLOW = [pytest.param(each, marks=pytest.mark.slow) for each in ("fooling", "thin_ice")]


@pytest.mark.slow
@pytest.mark.parametrize("page", ["", "class_picture", "any_file", *SLOW])
def test_labels_and_names_of_files_are_shown_as_they_are_on_every_page(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    saved(tmp_path / NETWORK, LABELS)
    app = opened(app, f"pages/{page}.py" if page else "", network=f"local/{NETWORK}", **QUICK)
    if page == "any_file":
        app.file_uploader(key="any file").set_value((FILE, (SAVED / "fooled.png").read_bytes(), "image/png")).run()
    texts = read_as_markdown(app)
    shown = " ".join(map(as_shown, texts))
    assert any(name in shown for name in LABELS)
    assert not [each for each in texts for name in (*LABELS, NETWORK, FILE) if name in each]
    assert "<b>i</b>" not in read_as_html(app)
    assert (FILE in shown) == (page == "any_file")
