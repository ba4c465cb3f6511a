"""What pages save, with the view that a visitor chose, is made again by `filterscope rerun`, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vizlib.command.main import main
from vizlib.pictures import read_recipe
from vizlib.ui.shared import save


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The PNG files that the buttons of a page save, by name."""
    found: dict[str, bytes] = {}

    def keep(label: str, data: Any, file_name: str, mime: str, key: str, icon: str = "") -> None:
        if mime == "image/png":
            found[file_name] = data() if callable(data) else data

    monkeypatch.setattr(save, "save_file", keep)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "link", "name", "view"),
    [
        (
            "saliency",
            {"methods": ["guided", "gradient"], "strength": "0.4", "shared": "true"},
            "guided",
            {"strength": 0.4},
        ),
        (
            "filters",
            {"layer": "layer1", "tiles": "4", "atlas_steps": "4", "atlas_order": "strength on the picture", "run": "1"},
            "atlas",
            {},
        ),
    ],
)
def test_a_saved_picture_holds_its_view_and_is_made_again(
    page: str, link: dict[str, Any], name: str, view: dict[str, Any], app: AppTest, files: dict[str, bytes],
    tmp_path: Path,
) -> None:  # fmt: skip
    for key, value in {"device": "cpu", **link}.items():
        app.query_params[key] = value
    app.run()
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    content = files[f"filterscope_{name}.png"]
    said = (read_recipe(content) or {})["view"]
    assert {each: said[each] for each in view} == view
    assert said.get("limit", 1) is not None
    assert sorted(said.get("order", [0, 1, 2, 3])) == [0, 1, 2, 3]
    (tmp_path / "saved.png").write_bytes(content)
    assert main(["rerun", str(tmp_path / "saved.png"), "--device", "cpu"]) == 0
