"""A backbone without classes on every page: what asks about units works, the rest says what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from streamlit.testing.v1 import AppTest

from vizlib.batch.kinds import evidence
from vizlib.ui.any_file import answers
from vizlib.ui.shared import networks
from vizlib.ui.shared.backbone import NO_CLASSES
from vizlib.units import DrawnScenes

NAME = "local/quiet"
FEW = {"network": NAME, "tiles": "2", "atlas_steps": "4", "card_steps": "4"}


@pytest.fixture
def backbone(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The dashboard with a tiny backbone chosen."""
    torch.manual_seed(0)
    network = timm.create_model("test_vit", num_classes=0, pretrained_cfg_overlay={"num_classes": 0})
    timm.models.save_for_hf(network, str(tmp_path / "quiet"), model_config=network.pretrained_cfg)
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(evidence, "DrawnScenes", lambda: DrawnScenes(4))
    for key, value in FEW.items():
        app.query_params[key] = value
    return app


def shown(app: AppTest) -> str:
    assert [each.value for each in app.error] == []
    assert not app.exception
    assert app.selectbox(key="network").value == NAME
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.header, *app.subheader, *app.info])


def test_pixels_are_explained_for_a_unit(backbone: AppTest) -> None:
    said = shown(backbone.run())
    assert NO_CLASSES in said
    assert "Evidence for the mean of blocks.5 channel 0" in said
    assert "· no classes" in said
    assert "explain" not in [each.key for each in backbone.button_group]


@pytest.mark.slow
@pytest.mark.parametrize("page", ["class_picture", "fooling", "thin_ice", "believe"])
def test_pages_about_a_class_say_what_they_need_and_where_units_are(backbone: AppTest, page: str) -> None:
    said = shown(backbone.run().switch_page(f"pages/{page}.py").run())
    assert f"**{NO_CLASSES}**" in said
    assert "Choose a network with a classifier in the sidebar, or look at the units inside this one" in said
    assert [each.proto.label for each in backbone.get("page_link")][:1] == ["What does a filter look for?"]


@pytest.mark.slow
@pytest.mark.parametrize("show", ["Atlas", "One unit"])
def test_layers_and_filters_work_as_on_any_network(backbone: AppTest, show: str) -> None:
    backbone.query_params["show"] = show
    backbone.run()
    assert "Activation of each of the 64 channels" in shown(backbone.switch_page("pages/layers.py").run())
    said = shown(backbone.switch_page("pages/filters.py").run())
    assert ("2 of 2 done" if show == "Atlas" else NO_CLASSES) in said
    assert show == "Atlas" or "cut at random out of 4 sample photographs" in said


@pytest.mark.slow
def test_a_file_is_shown_and_the_other_networks_still_answer(
    backbone: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (Path(__file__).parents[1] / "saved" / "saliency.png").read_bytes()
    monkeypatch.setattr(answers, "ask", lambda: answers.File("map.png", data, answers.uploads.picture(data)))
    said = shown(backbone.run().switch_page("pages/any_file.py").run())
    assert NO_CLASSES in said
    assert "SHA-256" in said
    assert "**bundled/scenes**: " in said


def test_the_list_of_networks_marks_backbones() -> None:
    assert (
        networks.describe("vit_small_patch14_dinov2.lvd142m") == "vit_small_patch14_dinov2.lvd142m · 88 MB · no classes"
    )
    assert networks.describe("resnet18.a1_in1k") == "resnet18.a1_in1k · 47 MB"
    assert "vit_small_patch14_dinov2.lvd142m" in networks.published()


def test_the_list_of_networks_has_torchvisions_with_their_sizes() -> None:
    assert {"torchvision/alexnet", "torchvision/googlenet", "torchvision/squeezenet1_1"} <= set(networks.published())
    assert "torchvision/resnet50.IMAGENET1K_V1" in networks.published()
    assert networks.describe("torchvision/squeezenet1_1") == "torchvision/squeezenet1_1 · 5 MB"
    assert networks.describe("bundled/scenes") == "bundled/scenes"
    assert networks.called("torchvision/resnet50.IMAGENET1K_V1") == "resnet50"
    assert networks.called("torchvision/squeezenet1_1") == "squeezenet1_1"
