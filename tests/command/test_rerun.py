"""`filterscope rerun`: says what is the same to the bit, measures what differs, and tells what cannot be made again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import vizlib
from vizlib.activation_maximization import AtlasPlan
from vizlib.activation_maximization.atlas import atlas
from vizlib.batch.pictures import picture_key
from vizlib.batch.saved import atlas as saved_atlas
from vizlib.batch.saved import feature_map, fooling_image, saliency_map, unit_card
from vizlib.batch.saved.finding import drawn_digit
from vizlib.batch.saved.kind import in_file
from vizlib.batch.saved.saliency_map import MapView
from vizlib.batch.saved.table import SAVED
from vizlib.command.main import main
from vizlib.pictures import encode_png, read_recipe
from vizlib.render import to_image
from vizlib.runs import Store
from vizlib.units import DrawnDigits, search

DIGITS = ("--network", "bundled/digits")
SAVED_BEFORE = Path(__file__).resolve().parents[1] / "saved"
Saved = tuple[Any, dict[str, Any]]  # a picture and the recipe in its file
LAYER = "act2"


@pytest.fixture(scope="module")
def digits() -> vizlib.Classifier:
    return vizlib.load_model("bundled/digits", device="cpu")


@pytest.fixture(scope="module")
def network(digits: vizlib.Classifier) -> dict[str, Any]:
    """The part of a recipe that names the network and the picture."""
    picture = picture_key(drawn_digit(3).picture)
    return {"network": digits.name, "weights": digits.fingerprint, "picture": picture}


def a_map(model: vizlib.Classifier, network: dict[str, Any]) -> Saved:
    values = vizlib.saliency(model, drawn_digit(3).picture, "gradient", 8)[0].numpy()
    image = to_image(model.prepare(drawn_digit(3).picture))[0]
    mask = to_image(model.prepare(drawn_digit(3).mask))[0, :, :, 0] > 127
    view = MapView(0.4, 0.01, outlined=True)
    recipe = network | {"method": "gradient", "target": 8, "settings": {}, "layer": None}
    return saliency_map.draw(image, values, False, view, mask), in_file(recipe, **view.parts)


def a_feature_map(model: vizlib.Classifier, network: dict[str, Any]) -> Saved:
    values = vizlib.activations(model, drawn_digit(3).picture, [LAYER])[LAYER][0, 2].numpy()
    return feature_map.draw(values), in_file(feature_map.recipe(network, LAYER, 2))


def a_fooling_image(model: vizlib.Classifier, network: dict[str, Any]) -> Saved:
    result = vizlib.fool(model, drawn_digit(3).picture, 8, steps=10, goal=0.5)
    return result.image, read_recipe(result.png) or {}


def an_untargeted_image(model: vizlib.Classifier, network: dict[str, Any]) -> Saved:
    """By PGD, whose recipe lacks the settings that came later, as recipes from before do."""
    result = vizlib.fool(model, drawn_digit(3).picture, None, "pgd", steps=4, l2=4.0)
    recipe = read_recipe(result.png) or {}
    assert sorted(recipe["settings"]) == ["l2", "levels", "norm", "random_start", "step_size", "steps"]
    assert recipe["target"] is None
    return result.image, recipe


def a_difference(model: vizlib.Classifier, network: dict[str, Any]) -> Saved:
    result = vizlib.fool(model, drawn_digit(3).picture, 8, steps=10, frontier=True)
    change, view = fooling_image.differing(result.frontier[1])
    return change, in_file({**(read_recipe(result.frontier[1].png) or {}), **view})


def an_atlas(model: vizlib.Classifier, network: dict[str, Any]) -> Saved:
    plan = AtlasPlan(LAYER, (2, 3, 4), 2)
    order = np.array([2, 0, 1])
    tiles = vizlib.last(atlas(model, plan, Store(None, 0))).tiles[order]
    return saved_atlas.sheet(tiles)[0], in_file(saved_atlas.recipe(model, plan) | saved_atlas.view(order))


def a_card(model: vizlib.Classifier, network: dict[str, Any]) -> Saved:
    plan, source = unit_card.CardPlan(vizlib.Unit(LAYER, 2), 0, 28, 2), DrawnDigits()
    found = unit_card.found(model, plan.unit, source, vizlib.last(search(model, LAYER, source)))
    card = unit_card.draw("digits", vizlib.last(plan.extremes(model)), vizlib.last(plan.versions(model)), found)
    view = {"title": "digits", "versions": True}
    return card, in_file(plan.recipe(model, "card") | {"source": source.key}, **view)


SLOW = [pytest.param(each, marks=pytest.mark.slow) for each in (a_difference, a_card)]
MAKERS = [a_map, a_feature_map, a_fooling_image, an_untargeted_image, an_atlas, *SLOW]


@pytest.mark.parametrize("make", MAKERS)
def test_what_was_saved_is_the_same_to_the_bit(
    make: Callable[..., Saved], said: Any, tmp_path: Path, digits: vizlib.Classifier, network: dict[str, Any]
) -> None:
    image, recipe = make(digits, network)
    (tmp_path / "saved.png").write_bytes(encode_png(image, recipe))
    code, (record,) = said("rerun", tmp_path / "saved.png", "--out", tmp_path / "again")
    assert (code, record["same"], record["same_file"], record["note"]) == (0, True, True, "")
    assert Path(record["again"]).read_bytes() == (tmp_path / "saved.png").read_bytes()
    assert record["kind"] in {each.called for each in SAVED}


def test_a_class_picture_that_was_stopped_is_made_up_to_its_step(said: Any, tmp_path: Path) -> None:
    _, (made,) = said("maximize", "3", *DIGITS, "--steps", 4, "--out", tmp_path)
    assert said("rerun", made["file"])[0] == 0
    model = vizlib.load_model("bundled/digits", device="cpu")
    given = {"start": "noise", "size": (28, 28), **made["recipe"]["settings"]}
    frames = [to_image(each.pixels)[0].copy() for each in vizlib.maximize(model, 3, 4, 0, **given)]
    (tmp_path / "stopped.png").write_bytes(encode_png(frames[1], made["recipe"] | {"step": 2}))
    assert said("rerun", tmp_path / "stopped.png")[0] == 0


@pytest.fixture
def map_file(tmp_path: Path, digits: vizlib.Classifier, network: dict[str, Any]) -> Callable[..., Path]:
    """Writes a saliency map, with a changed picture or recipe."""

    def write(change: Any = None, **parts: Any) -> Path:
        image, recipe = a_map(digits, network)
        image = image.copy()
        if change is not None:
            image[:2, :7, 0] ^= change
        recipe = {name: each for name, each in (recipe | parts).items() if each is not None}
        (tmp_path / "map.png").write_bytes(encode_png(image, recipe))
        return tmp_path / "map.png"

    return write


def test_a_difference_is_measured(said: Any, map_file: Callable[..., Path]) -> None:
    code, (record,) = said("rerun", map_file(4))
    assert (code, record["same"]) == (1, False)
    assert record["changed"] == pytest.approx(14 / (28 * 28 * 3))
    assert record["levels"] == 4
    assert main(["rerun", str(map_file(4)), "--device", "cpu"]) == 1


def test_other_versions_are_named_where_the_picture_differs(said: Any, map_file: Callable[..., Path]) -> None:
    _, (record,) = said("rerun", map_file(4, made_with={"torch": "0.1"}))
    assert record["note"].startswith("It was made with other versions: torch 0.1 (here ")


def test_an_old_file_without_a_view_is_compared_with_the_usual_one(said: Any, map_file: Callable[..., Path]) -> None:
    code, (record,) = said("rerun", map_file(view=None, made_with=None))
    assert code == 1
    assert "It was saved before files said how strongly the map covers the picture" in record["note"]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"weights": "0" * 32}, "other weights than those of bundled/digits here"),
        ({"what": "hologram"}, "of the kind 'hologram'"),
        ({"picture": "0" * 64}, "none of the photographs here and of the drawn ones"),
        ({"network": "bundled/nothing"}, "bundled/nothing"),
        ({"settings": None}, "The recipe of this saliency map cannot be read (KeyError: 'settings')"),
    ],
)
def test_what_cannot_be_made_again_is_one_sentence(
    parts: dict[str, Any], sentence: str, map_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rerun", str(map_file(**parts)), "--device", "cpu"]) == 1
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.count("\n") == 1


def test_a_file_without_a_recipe_is_told_and_the_others_go_on(
    said: Any, tmp_path: Path, map_file: Callable[..., Path]
) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "bare.png")
    code, records = said("rerun", tmp_path / "bare.png", map_file())
    assert (code, len(records)) == (1, 1)
    assert records[0]["same"]


def test_a_file_that_was_resized_is_told(map_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = map_file()
    recipe = read_recipe(path.read_bytes())
    path.write_bytes(encode_png(vizlib.open_picture(path).resize((56, 56)), recipe))
    assert main(["rerun", str(path), "--device", "cpu"]) == 1
    assert "different sizes: 56 x 56 and 28 x 28 pixels" in capsys.readouterr().err


def test_somebody_s_own_picture_has_to_be_given(said: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = drawn_digit(3).picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture.save(tmp_path / "own.png")
    words = ("saliency", tmp_path / "own.png", *DIGITS, "--method", "gradient", "--out", tmp_path / "out")
    _, (made,) = said(*words)
    assert main(["rerun", made["file"], "--device", "cpu"]) == 1
    assert "Give the picture with --picture" in capsys.readouterr().err
    assert main(["rerun", made["file"], "--picture", "digit:3", "--device", "cpu"]) == 1
    assert "is another one than that of the file" in capsys.readouterr().err
    assert said("rerun", made["file"], "--picture", tmp_path / "own.png")[0] == 0


@pytest.mark.slow
def test_files_that_people_saved_long_ago_are_made_again(said: Any) -> None:
    _, records = said("rerun", SAVED_BEFORE / "retrained", "--threads", 2)
    assert [each["kind"] for each in records] == ["class picture", "fooling image"]
    assert max(each["levels"] for each in records) <= 8  # another kind of processor adds in another order


def test_a_picture_is_made_again_with_the_threads_that_made_it(
    said: Any, map_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[int]()
    real = saliency_map.explaining

    def explaining(*words: Any, **more: Any) -> Any:
        seen.append(torch.get_num_threads())
        return real(*words, **more)

    monkeypatch.setattr(saliency_map, "explaining", explaining)
    before = torch.get_num_threads()
    said("rerun", map_file(made_with={"threads": 3}))
    said("rerun", map_file(made_with={"threads": 3}), "--threads", 2)
    said("rerun", map_file(made_with=None))
    assert seen == [3, 2, before]
    assert torch.get_num_threads() == before
