"""No visitor sees where the operator keeps files: the page says `local/<name>`, and the log says the path."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import timm
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from benchmarks.hostile.checkpoints import pth
from tests.names import sent

CONFIG = json.dumps({"architecture": "test_resnet", "num_classes": 3}).encode()
SAVED = Path(__file__).resolve().parents[1] / "saved"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's folder, with networks that are broken in many ways."""
    place = tmp_path / "operator"
    whole = dict(timm.create_model("test_resnet", num_classes=3).state_dict())
    files = {
        "test_resnet.pth": pth(whole)[:9000],
        "test_vit.pth": pth(timm.create_model("test_vit")),
        "test_convnext.safetensors": b"hello",
        "test_byobnet.safetensors": save(whole),
        "nobody knows.pth": pth(whole),
        "no weights/config.json": CONFIG,
        "text/config.json": CONFIG,
        "text/model.safetensors": b"hello",
        "no settings/config.json": b"[1",
        "dangling/config.json": CONFIG,
    }
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    (place / "dangling" / "model.safetensors").symlink_to(place / "nowhere")
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(place))
    return place


@pytest.mark.slow
def test_a_broken_network_is_told_without_its_path_and_logged_with_it(
    app: AppTest, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app.run()
    names = [each for each in app.selectbox(key="network").options if each.startswith("local/")]
    assert len(names) == 9
    for name in names:
        caplog.clear()
        with caplog.at_level(logging.WARNING, "filterscope"):
            app.selectbox(key="network").set_value(name).run()
        assert [each.message for each in app.exception] == []
        assert len(app.error) == 1, name
        assert "fault is ours" not in app.error[0].value
        assert str(folder) not in sent(app), app.error[0].value
        assert str(folder) in caplog.text


@pytest.mark.slow
def test_broken_networks_beside_others_are_told_without_their_paths(app: AppTest, folder: Path) -> None:
    app.query_params["strangers"] = "true"
    app.run().switch_page("pages/any_file.py").run()
    app.file_uploader(key="any file").set_value(("a.png", (SAVED / "fooled.png").read_bytes(), "image/png")).run()
    assert len(app.warning) == 9
    assert not app.error
    assert str(folder) not in sent(app)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["layers", "class_picture", "filters", "fooling", "thin_ice", "what_changed", "about"])
def test_no_page_names_the_operator_s_folders(app: AppTest, folder: Path, tmp_path: Path, page: str) -> None:
    for key, value in {"steps": "4", "size": "32", "atlas_steps": "4", "tiles": "2", "second": "none"}.items():
        app.query_params[key] = value
    app.query_params["network"] = "local/text"
    app.run()
    assert len(app.error) == 1
    app.selectbox(key="network").set_value("bundled/scenes")
    app.switch_page(f"pages/{page}.py").run()
    assert str(tmp_path) not in sent(app)
    assert str(Path.home()) not in sent(app)
