"""Pages with networks whose classes do not exclude one another, or with one output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

NAMES = ["tabby, tabby cat", "cougar, puma, mountain lion", "crane"]


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of local networks: `tumor` with one output, `labels` with three."""
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    for name, labels in (("tumor", ["tumor"]), ("labels", NAMES)):
        (tmp_path / name).mkdir()
        with torch.random.fork_rng():
            torch.manual_seed(4)
            network: Any = timm.create_model("test_resnet", num_classes=len(labels))
        network.fc.weight.data *= 30  # random weights hardly answer
        config: dict[str, Any] = {"architecture": "test_resnet", "num_classes": len(labels), "label_names": labels}
        config["pretrained_cfg"] = {"input_size": [3, 64, 64]}
        (tmp_path / name / "config.json").write_text(json.dumps(config))
        save_file(network.state_dict(), tmp_path / name / "model.safetensors")
    return tmp_path


def opened(app: AppTest, page: str, **query: str) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    app.switch_page(page).run()
    assert [*(each.value for each in app.error), *(each.message for each in app.exception)] == []
    return app


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.caption, *app.header, *app.subheader, *app.success, *app.markdown])


@pytest.mark.slow
@pytest.mark.parametrize("page", ["pages/saliency.py", "pages/fooling.py"])
def test_one_output_is_named_and_said_to_be_one(app: AppTest, local: Path, page: str) -> None:
    opened(app, page, network="local/tumor", labels="independent", run="1")
    assert "one output" in said(app)
    box = app.selectbox(key="target" if "saliency" in page else "toward")
    assert box.options[-2:] == ["tumor", "not tumor"]
    if "fooling" in page:
        assert any("Verified: the saved file is " in each.value for each in app.success)


@pytest.mark.slow
def test_the_labels_of_a_local_network_can_be_read_as_independent(app: AppTest, local: Path) -> None:
    opened(app, "pages/saliency.py", network="local/labels", labels="independent")
    assert app.session_state["labels"] == "independent"
    assert "need not sum to 100 %" in said(app)
    app.button_group(key="labels").set_value("auto").run()
    assert "need not sum to 100 %" not in said(app)


@pytest.mark.slow
def test_the_choice_is_not_shown_where_the_classes_are_known(app: AppTest) -> None:
    opened(app, "pages/saliency.py", labels="independent")
    assert "labels" not in [each.key for each in app.button_group]
    assert "need not sum to 100 %" not in said(app)
