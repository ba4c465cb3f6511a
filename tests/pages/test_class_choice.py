"""The box for a class: one option per class, found by each of its names; links of today and older ones open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from vizlib.ui.shared import class_choice

NAMES = ["crane", "cougar, puma, mountain lion", "crane", "tabby, tabby cat"]


@pytest.fixture
def animals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A local network whose classes have several names, two of them the same one."""
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    (tmp_path / "animals").mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(4)
        network: Any = timm.create_model("test_resnet", num_classes=len(NAMES))
    config: dict[str, Any] = {"architecture": "test_resnet", "num_classes": len(NAMES), "label_names": NAMES}
    config["pretrained_cfg"] = {"input_size": [3, 64, 64]}
    (tmp_path / "animals" / "config.json").write_text(json.dumps(config))
    save_file(network.state_dict(), tmp_path / "animals" / "model.safetensors")


def opened(app: AppTest, **query: str) -> Any:
    """The page's box for a class."""
    app.query_params["network"] = "local/animals"
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert [*(each.value for each in app.error), *(each.message for each in app.exception)] == []
    return app.selectbox(key="target")


@pytest.mark.usefixtures("animals")
def test_a_class_is_one_option_with_all_its_names_and_a_number_only_if_another_is_called_the_same(app: AppTest) -> None:
    assert opened(app).options == [
        "the predicted class",
        "crane · 0",
        "cougar, puma, mountain lion",
        "crane · 2",
        "tabby, tabby cat",
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("animals")
@pytest.mark.parametrize(
    "link",
    [
        "cougar · 1",
        "puma (cougar) · 1",
        "mountain lion (cougar) · 1",
        "PUMA",
        "cougar, puma, mountain lion",
        "puma · 286",
    ],
)
def test_a_link_names_a_class_by_any_of_its_names_or_as_older_links_do(app: AppTest, link: str) -> None:
    assert class_choice.number_of(opened(app, target=link).value) == 1
    assert [each.value for each in app.toast] == []


@pytest.mark.slow
@pytest.mark.usefixtures("animals")
def test_a_name_of_two_classes_needs_its_number(app: AppTest) -> None:
    assert class_choice.number_of(opened(app, target="crane · 2").value) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("animals")
@pytest.mark.parametrize("link", ["crane", "crane · 1", "crane · " + "9" * 5000, "toaster · 859", " · 1"])
def test_a_link_that_means_no_class_or_two_is_told(app: AppTest, link: str) -> None:
    assert opened(app, target=link).value == "the predicted class"
    assert len(app.toast) == 1


def test_names_are_told_apart_even_from_names_that_look_like_numbered_ones() -> None:
    assert class_choice.told_apart(["cat", "crane", "crane"], [3, 134, 517]) == ["cat", "crane · 134", "crane · 517"]
    assert class_choice.told_apart(["a", "a", "a · 0"], range(3)) == ["a · 0", "a · 1", "a · 0 · 2"]
    assert class_choice.told_apart(["surprise me"], [0], ["surprise me"]) == ["surprise me · 0"]
