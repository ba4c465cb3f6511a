"""Links and files that people saved before the rooms were moved still open: tests/saved/ holds what they saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from vizlib import load_model, open_picture
from vizlib.activation_maximization import maximize
from vizlib.activation_maximization.film import film
from vizlib.models import Classifier
from vizlib.pictures import read_recipe
from vizlib.render import to_image

SAVED = Path(__file__).resolve().parents[1] / "saved"
LINKS = json.loads((SAVED / "links.json").read_text(encoding="utf-8"))
FIRST = "242b431b42ae939d47d9a93a69da03c4"  # the weights of bundled/scenes before it was trained again
KINDS = {
    "fooled": "fooling image",
    "class_picture": "class picture",
    "atlas": "atlas",
    "saliency": None,
    "retrained/fooled": "fooling image",
    "retrained/class_picture": "class picture",
}


@pytest.fixture(scope="module")
def scenes() -> Classifier:
    return load_model("bundled/scenes", device="cpu")


def recipe_of(name: str) -> dict[str, Any]:
    recipe = read_recipe((SAVED / f"{name}.png").read_bytes())
    assert recipe is not None
    return recipe


@pytest.mark.slow
@pytest.mark.parametrize("saved", LINKS, ids=lambda saved: f"{saved['page']} {'&'.join(saved['link'])}"[:60])
def test_a_saved_link_shows_what_it_showed(app: AppTest, saved: dict[str, Any]) -> None:
    for key, value in saved["link"].items():
        app.query_params[key] = value
    app.run()
    if saved["page"]:
        app.switch_page(saved["page"]).run()
    assert not app.exception
    assert [each.value for each in app.error] == []
    assert {key: app.session_state[key] for key in saved["values"]} == saved["values"]


@pytest.mark.parametrize("name", KINDS)
def test_a_saved_picture_opens_and_names_the_weights_that_made_it(name: str, scenes: Classifier) -> None:
    assert min(open_picture(SAVED / f"{name}.png").size) >= 64
    recipe = recipe_of(name)
    assert recipe.get("what") == KINDS[name]
    assert recipe["network"] == scenes.name
    assert recipe["weights"] == (scenes.fingerprint if name.startswith("retrained") else FIRST)


def test_a_saved_fooling_image_still_fools(scenes: Classifier) -> None:
    (best,) = scenes.top(scenes.prepare(open_picture(SAVED / "retrained/fooled.png")), 1)
    assert best.index == recipe_of("retrained/fooled")["target"]
    assert best.probability >= 0.9


@pytest.mark.slow
def test_a_saved_recipe_makes_the_saved_picture_again(scenes: Classifier) -> None:
    """Another machine rounds otherwise, and rounding grows with the steps; another picture would be nothing alike."""
    recipe = recipe_of("retrained/class_picture")
    older = {**recipe_of("class_picture"), "weights": recipe["weights"]}
    assert older == recipe, "the recipe that was saved first is still read as it was"
    more = {"seed": recipe["seed"], "start": None, "size": tuple(recipe["size"]), **recipe["settings"]}
    *_, reel = film(scenes, recipe["target"], maximize(scenes, recipe["target"], recipe["steps"], **more))
    saved = np.asarray(open_picture(SAVED / "retrained/class_picture.png"), dtype=float)
    made = to_image(reel.frame.pixels)[0].astype(float)
    assert np.corrcoef(saved.ravel(), made.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("name", ["fooled", "retrained/fooled"])
def test_the_page_for_files_tells_what_a_saved_fooling_image_was_made_for(app: AppTest, name: str) -> None:
    app.run()
    app.switch_page("pages/any_file.py").run()
    data = (SAVED / f"{name}.png").read_bytes()
    app.file_uploader(key="any file").set_value(("fooled.png", data, "image/png")).run()
    assert not app.exception
    assert any("made to fool" in str(each.value) for each in [*app.success, *app.markdown, *app.info, *app.warning])
