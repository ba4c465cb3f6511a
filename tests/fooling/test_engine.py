"""From a picture and a class to a verified file: what every attack promises."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import inf, log10
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from vizlib import UnknownName, VizError, fool, fooling_methods, open_picture, to_pixels
from vizlib.fooling import HIGHEST, MENU, Fooling, engine, fooling
from vizlib.fooling.aim import aimed
from vizlib.models import Classifier
from vizlib.models.folding import folded
from vizlib.pictures import encode_png, read_recipe

METHODS = ["lattice", "classic", "robust", "noise"]
FEW: dict[str, dict[str, Any]] = {"lattice": {"steps": 12}, "robust": {"steps": 10, "views": 2}, "noise": {"steps": 12}}


def likely(model: Classifier, image: np.ndarray) -> int:
    """The second best class."""
    return int(model.predict(model.prepare(image))[0].argsort()[-2])


def as_file(model: Classifier, result: Fooling) -> torch.Tensor:
    """Probabilities (K,) of the file as anyone would read it."""
    return model.predict(to_pixels(open_picture(result.png), model))[0].cpu()


# What every method promises


@pytest.mark.parametrize("method", METHODS)
def test_what_is_said_of_a_file_is_read_off_the_decoded_file(small: Classifier, image: np.ndarray, method: str) -> None:
    result = fool(small, image, likely(small, image), method, **FEW.get(method, {}))
    assert np.array_equal(np.asarray(open_picture(result.png)), result.image)
    torch.testing.assert_close(result.probabilities_after, as_file(small, result))
    torch.testing.assert_close(result.probabilities_before, small.predict(small.prepare(result.original))[0].cpu())
    assert result.success == (result.label == result.target and float(as_file(small, result).max()) >= result.goal)
    assert result.source == int(result.probabilities_before.argmax())
    assert (result.method, result.network) == (method, "Small")


@pytest.mark.parametrize("method", METHODS)
def test_frames_count_up_to_a_last_one_that_has_the_result(small: Classifier, image: np.ndarray, method: str) -> None:
    frames = list(fooling(small, image, likely(small, image), method, **FEW.get(method, {})))
    assert all(each.result is None for each in frames[:-1])
    last = frames[-1]
    assert last.result is not None
    assert np.array_equal(last.image, last.result.image)
    steps = [each.step for each in frames]
    assert steps == sorted(steps)
    assert last.step == last.total
    assert all(0 < each.step <= each.total for each in frames)
    assert [each.step for each in last.trace] == list(range(1, len(last.trace) + 1))


@pytest.mark.parametrize("method", METHODS)
def test_the_same_recipe_makes_the_same_bytes(small: Classifier, image: np.ndarray, method: str) -> None:
    first = fool(small, image, likely(small, image), method, seed=3, **FEW.get(method, {}))
    recipe = read_recipe(first.png)
    assert recipe is not None
    assert recipe["what"] == "fooling image"
    assert recipe["weights"] == small.fingerprint
    assert recipe["picture"] == hashlib.sha256(first.original.tobytes()).hexdigest()
    again = fool(small, image, recipe["target"], recipe["method"], recipe["goal"], recipe["seed"], **recipe["settings"])
    assert again.png == first.png


def test_files_found_on_the_way_tell_what_was_asked_for(digits: Classifier, digit: np.ndarray) -> None:
    result = fool(digits, digit, 3, "noise")
    recipes = [read_recipe(each.png) or {} for each in result.frontier]
    assert [each["goal"] for each in recipes] == [HIGHEST, 0.99, 0.999]
    assert [each.get("asked") for each in recipes] == [0.999, 0.999, None]
    once = recipes[0]
    again = fool(digits, digit, once["target"], "noise", once["asked"], once["seed"], **once["settings"])
    assert again.frontier[0].png == result.frontier[0].png


@pytest.mark.parametrize("method", METHODS)
def test_the_network_is_as_it_was_and_no_global_seed_is_used(
    small: Classifier, image: np.ndarray, method: str, traces: Callable[[Classifier], list[str]]
) -> None:
    before = small.fingerprint
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index]
    fool(small, image, likely(small, image), method, **FEW.get(method, {}))
    assert small.fingerprint == before
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # type: ignore[index]
    assert not traces(small)
    assert not traces(folded(small)[0])


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_away_from_a_class_leaves_it(linear: Classifier, image: np.ndarray, method: str) -> None:
    result = fool(linear, image, None, method, **{**FEW.get(method, {}), "steps": 60})
    assert result.target is None
    assert result.goal == HIGHEST
    assert result.success
    assert result.label != result.source
    assert int(as_file(linear, result).argmax()) == result.label


def test_the_menu_is_the_names_in_the_order_of_the_screen() -> None:
    assert fooling_methods()[0] == "lattice"
    assert set(METHODS) <= set(fooling_methods())
    assert [each.key for each in MENU] == fooling_methods()


def test_the_help_of_fool_names_every_method_and_the_meaning_of_its_default_goal() -> None:
    words = fool.__doc__ or ""
    assert all(f'"{each}"' in words for each in fooling_methods())
    assert "0.0 asks for no more than the highest score" in words


def test_every_file_of_the_room_that_defines_a_method_is_on_the_menu() -> None:
    room = Path(engine.__file__).parent
    files = {path.stem for path in room.glob("*.py") if "\nMETHOD = " in path.read_text(encoding="utf-8")}
    assert files == set(fooling_methods())


# Success is the file's


def test_a_file_that_lost_its_change_is_no_success_and_the_next_is_taken(
    small: Classifier, image: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = likely(small, image)
    honest = fool(small, image, target, steps=24)
    refused = []

    def lossy(picture: np.ndarray, recipe: object) -> bytes:
        if not refused:
            refused.append(picture)
            return encode_png(image)
        return encode_png(picture)

    monkeypatch.setattr(engine, "encode_png", lossy)
    result = fool(small, image, target, steps=24)
    assert np.array_equal(refused[0], honest.image)
    assert result.success
    assert result.l2 > honest.l2
    assert int(as_file(small, result).argmax()) == target


def test_if_every_file_loses_its_change_that_is_said(
    small: Classifier, image: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "encode_png", lambda picture, recipe: encode_png(image))
    result = fool(small, image, likely(small, image), steps=24)
    assert not result.success
    assert result.note.startswith("Not found within the budget of")
    assert result.l2 == 0  # of the file that was really saved
    assert np.array_equal(result.image, image)
    torch.testing.assert_close(result.probabilities_after, result.probabilities_before)


def test_the_verdict_is_the_network_s_own_not_that_of_its_faster_copy(small: Classifier, image: np.ndarray) -> None:
    result = fool(small, image, likely(small, image), steps=24)
    with torch.no_grad():
        logits = small(to_pixels(open_picture(result.png), small))[0]
    assert folded(small)[0] is not small
    assert torch.equal(result.probabilities_after, logits.softmax(0).cpu())


# Targets that cannot be reached


@pytest.mark.parametrize("method", ["lattice", "classic", "robust"])
def test_a_picture_that_is_the_target_already_stays_as_it_is(
    linear: Classifier, image: np.ndarray, method: str
) -> None:
    own = int(linear.predict(linear.prepare(image)).argmax())
    (frame,) = fooling(linear, image, own, method)
    result = frame.result
    assert result is not None
    assert result.success
    assert result.note == "The original is the target already: nothing had to be changed."
    assert (result.gradients, result.l2, result.changed, result.psnr) == (0, 0.0, 0.0, inf)
    assert np.array_equal(np.asarray(open_picture(result.png)), image)
    recipe = read_recipe(result.png) or {}
    again = fool(linear, image, recipe["target"], method, recipe["goal"], recipe["seed"], **recipe["settings"])
    assert again.png == result.png


def test_a_class_that_is_first_but_not_sure_enough_is_worked_on(linear: Classifier, image: np.ndarray) -> None:
    own = int(linear.predict(linear.prepare(image)).argmax())
    result = fool(linear, image, own, goal=0.99)
    assert result.gradients > 0
    assert result.success
    assert float(result.probabilities_after[own]) >= 0.99


@pytest.mark.parametrize("target", [1, None])
def test_what_cannot_be_found_is_an_image_and_a_note_with_the_best(
    by_hand: Callable[..., Classifier], image: np.ndarray, target: int | None
) -> None:
    weight = torch.zeros(2, 3, 16, 16)
    weight[1, 0] = 0.01  # at most 2.56 logits
    result = fool(by_hand(weight, torch.tensor([20.0, 0.0])), image, target, steps=12)
    assert not result.success
    assert np.array_equal(np.asarray(open_picture(result.png)), result.image)
    assert result.label == 0
    if target is None:
        assert f"the original's class still has {float(result.probabilities_after[0]):.1%}." in result.note
    else:
        assert f"the target reached {float(result.probabilities_after[1]):.1%}." in result.note
    assert f"budget of {result.gradients} gradients" in result.note


def test_a_network_without_any_gradient_is_a_result_too(by_hand: Callable[..., Classifier], image: np.ndarray) -> None:
    deaf = by_hand(torch.zeros(2, 3, 16, 16), torch.tensor([1.0, 0.0]))
    for method in METHODS[:3]:
        result = fool(deaf, image, 1, method, **{**FEW.get(method, {}), "steps": 10})
        assert not result.success
        assert torch.isfinite(result.probabilities_after).all()


# What is asked for


def test_a_class_may_be_told_by_its_name(digits: Classifier, digit: np.ndarray) -> None:
    assert fool(digits, digit, "3", steps=12).png == fool(digits, digit, 3, steps=12).png
    assert fool(digits, digit, np.int64(3), steps=12).png == fool(digits, digit, 3, steps=12).png  # type: ignore[arg-type]


def test_the_first_of_several_names_is_enough(linear: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "class_names", ["tench, Tinca tinca", "goldfish, Carassius auratus", "a", "b"])
    assert aimed(linear, "goldfish", 0, 0).target == 1
    assert aimed(linear, "goldfish, Carassius auratus", 0, 0).target == 1
    with pytest.raises(UnknownName, match="Did you mean goldfish"):
        aimed(linear, "goldfisch", 0, 0)


@pytest.mark.parametrize(
    ("target", "more", "kind", "words"),
    [
        (14, {}, UnknownName, r"has no class 14\. Choose one from 0 to 13"),
        (-1, {}, UnknownName, r"has no class -1\. Choose one from 0 to 13"),
        (True, {}, VizError, "True"),
        (1.5, {}, VizError, r"1\.5"),
        ([1, 2], {}, VizError, "2 targets"),
        ([None, 2], {}, VizError, "2 targets"),
        ([1.5], {}, VizError, r"1\.5"),
        ("goatt", {}, UnknownName, "no class .*'goatt'.*Did you mean goat"),
        (1, {"method": "latice"}, UnknownName, "no attack called 'latice'.*Did you mean lattice"),
        (1, {"stepss": 3}, UnknownName, "no setting called 'stepss'.*Did you mean steps"),
        (1, {"steps": 3}, VizError, r"steps is 3\. Give a number from 10 to 1000"),
        (1, {"steps": "many"}, VizError, "steps is 'many'"),
        (1, {"frontier": 1}, VizError, r"frontier is 1\. Give True or False"),
        (1, {"resolution": "huge"}, UnknownName, "no resolution called 'huge'"),
        (1, {"goal": 1.0}, VizError, r"The goal is 1\.0\. Give a probability up to 0\.9999, or 0 for the highest"),
        (1, {"goal": -0.1}, VizError, r"The goal is -0\.1"),
        (1, {"goal": float("nan")}, VizError, "The goal is nan"),
        (1, {"goal": "0.9"}, VizError, "The goal is '0.9'"),
        (1, {"goal": True}, VizError, "The goal is True"),
        (None, {"goal": 0.5}, VizError, "Away from a class, there is no probability to reach.*Choose a target class"),
        (1, {"seed": -1}, VizError, "The seed is -1"),
        (1, {"seed": "a"}, VizError, "The seed is 'a'"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_a_remedy(
    scenes: Classifier, target: Any, more: dict[str, Any], kind: type[VizError], words: str
) -> None:
    with pytest.raises(kind, match=words) as refusal:
        next(fooling(scenes, np.zeros((128, 128, 3), np.uint8), target, **more))
    assert refusal.value.sentence
    assert refusal.value.remedy


def test_one_target_may_stand_in_a_list(linear: Classifier, image: np.ndarray) -> None:
    assert fool(linear, image, [2], steps=12).png == fool(linear, image, 2, steps=12).png


def test_a_picture_may_be_pil_or_uint8(small: Classifier, image: np.ndarray) -> None:
    target = likely(small, image)
    assert fool(small, image, target, steps=12).png == fool(small, Image.fromarray(image), target, steps=12).png


# Numbers


def made(change: dict[tuple[int, int, int], int]) -> Fooling:
    """A result whose image differs from level 100 by this."""
    image = np.full((4, 5, 3), 100, np.uint8)
    for place, levels in change.items():
        image[place] = 100 + levels
    none = torch.tensor([0.25, 0.75])
    before = np.full((4, 5, 3), 100, np.uint8)
    return Fooling("lattice", "", 0, 1, 0.0, True, b"file", before, image, none, none, 0)


def test_the_numbers_of_a_change_are_what_one_finds_by_hand() -> None:
    result = made({(0, 0, 0): 3, (3, 4, 2): -4})
    assert result.l2 == pytest.approx(5 / 255)
    assert result.linf_levels == 4
    assert result.changed == pytest.approx(2 / 60)
    assert result.psnr == pytest.approx(10 * log10(255**2 / (25 / 60)))
    assert result.sha256 == hashlib.sha256(b"file").hexdigest()
    assert result.label == 1
    assert result.change[3, 4, 2] == -4


def test_the_largest_change_there_is_has_no_overflow() -> None:
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    none = torch.tensor([1.0])
    for one, other in ((black, white), (white, black)):
        result = Fooling("lattice", "", 0, None, 0.0, True, b"", one, other, none, none, 0)
        assert result.linf_levels == 255
        assert result.l2 == pytest.approx(np.sqrt(12))
        assert result.psnr == pytest.approx(0.0)


def test_nothing_changed_is_zero_and_infinite() -> None:
    result = made({})
    assert (result.l2, result.linf_levels, result.changed, result.psnr) == (0.0, 0, 0.0, inf)


# Many at once


@pytest.mark.slow
def test_two_threads_on_one_network_get_what_each_gets_alone(scenes: Classifier, scene: np.ndarray) -> None:
    tasks = [(5, "lattice", {"steps": 10}), (9, "classic", {"steps": 8})]

    def one(task: tuple[int, str, dict[str, Any]]) -> bytes:
        target, method, knobs = task
        return fool(scenes, scene, target, method, **knobs).png

    alone = [one(each) for each in tasks]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, tasks)) == alone


def test_two_generators_taken_in_turns_do_not_disturb_each_other(small: Classifier, image: np.ndarray) -> None:
    target = likely(small, image)
    alone = fool(small, image, target, steps=12).png
    one, other = (fooling(small, image, each, steps=12) for each in (target, None))
    frames = [frame for pair in zip(one, other) for frame in pair]
    assert next(each.result.png for each in frames if each.result is not None) == alone


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_a_run_that_is_closed_midway_leaves_nothing(
    small: Classifier, image: np.ndarray, method: str, traces: Callable[[Classifier], list[str]]
) -> None:
    target = likely(small, image)
    wanted = fool(small, image, target, method, **FEW.get(method, {})).png
    run = fooling(small, image, target, method, **FEW.get(method, {}))
    next(run)
    run.close()
    for model in (small, folded(small)[0]):
        assert not traces(model)
        assert model.lock.acquire(blocking=False)
        model.lock.release()
    assert fool(small, image, target, method, **FEW.get(method, {})).png == wanted


def test_a_class_may_come_as_a_tensor_of_one_number(linear: Classifier, image: Any) -> None:
    assert fool(linear, image, torch.tensor(2), steps=12).target == 2


def test_where_all_classes_tie_no_file_counts_as_fooled(by_hand: Callable[..., Classifier], image: np.ndarray) -> None:
    model = by_hand(torch.zeros(4, 3, 16, 16))
    result = fool(model, image, 2, steps=10)
    assert not result.success
    assert result.note.startswith("Not found within the budget")
