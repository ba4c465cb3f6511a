"""Settings are checked by name and range, hold for all pictures or for one each, and each of them has an effect."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, get_args, get_type_hints

import pytest
import torch
from torch import Tensor

from vizlib import maximize
from vizlib.activation_maximization import PRESETS, Frame, Settings, Transforms, class_logit
from vizlib.activation_maximization.given import PER_PICTURE, Each, Given, settings_of
from vizlib.errors import UnknownName, VizError
from vizlib.method import knob_fields
from vizlib.models import Classifier

DEFAULTS = asdict(Settings())  # plain defaults instead of the preset of the network's family
PIXELS = {"parameterization": "pixels", "transforms": "none"}


def last(model: Classifier, goal: Any, **more: Any) -> Frame:
    *_, frame = maximize(model, goal, **{"steps": 4, "size": 16, **DEFAULTS, **more})
    return frame


def rough(count: int = 1, side: int = 16) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


# Names and ranges


def test_every_setting_has_a_label_a_range_that_holds_its_default_and_can_be_given_by_name() -> None:
    for kind, knob, default in knob_fields(Settings).values():
        assert knob.label
        assert default in knob.choices if knob.choices else kind is bool or knob.low <= default <= knob.high


def test_editors_complete_every_setting_with_its_type_and_its_words() -> None:
    given = get_type_hints(Given)
    assert given.keys() == knob_fields(Settings).keys()
    for name, (kind, knob, _) in knob_fields(Settings).items():
        words = [word for part in get_args(given[name]) for word in get_args(part)]
        expected = Each if name in PER_PICTURE else kind
        assert words == [*knob.choices] if knob.choices else given[name] == expected, name


def test_what_is_given_wins_over_the_preset_and_that_over_the_default() -> None:
    preset = {"learning_rate": 0.2, "tv": 7.0}
    for given, tv in [({}, [7.0, 7.0]), ({"tv": 1.0}, [1.0, 1.0]), ({"tv": [1.0, 2.0]}, [1.0, 2.0])]:
        rows = settings_of(2, preset, given)
        assert [each.tv for each in rows] == tv
        assert [each.learning_rate for each in rows] == [0.2, 0.2]
        assert [each.norm for each in rows] == [0.0, 0.0]


@pytest.mark.parametrize("family", list(PRESETS))
@pytest.mark.parametrize("what", ["class", "unit"])
def test_every_preset_holds_settings_within_their_ranges(family: str, what: str) -> None:
    assert settings_of(1, PRESETS[family][what], {})


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"tvv": 1.0}, UnknownName, "There is no setting called 'tvv'. Did you mean tv"),
        ({"learning_rat": 0.1}, UnknownName, "Did you mean learning_rate"),
        ({"tvv": [1.0, 2.0]}, UnknownName, "There is no setting called 'tvv'. Did you mean tv"),
        ({"parameterization": "furier"}, UnknownName, "Did you mean fourier"),
        ({"transforms": "strongest"}, UnknownName, "Did you mean strong"),
        ({"tv_form": "isotropic"}, UnknownName, "Did you mean anisotropic"),
        ({"learning_rate": 0.0}, VizError, "learning_rate is 0.0. Give a number from 0.001 to"),
        ({"learning_rate": -1}, VizError, "learning_rate is -1"),
        ({"learning_rate": "fast"}, VizError, "learning_rate is 'fast'"),
        ({"tv": -0.1}, VizError, "tv is -0.1"),
        ({"tv": float("nan")}, VizError, "tv is nan"),
        ({"tv_beta": 0.5}, VizError, "tv_beta is 0.5"),
        ({"norm_order": 7}, VizError, "norm_order is 7. Give a number from 1 to 6"),
        ({"norm_order": 0.5}, VizError, "norm_order is 0.5"),
        ({"blur_every": 0}, VizError, "blur_every is 0"),
        ({"blur_every": 2.5}, VizError, "blur_every is 2.5. Give a whole number"),
        ({"decay": 1.0}, VizError, "decay is 1.0"),
        ({"grow": 1}, VizError, "grow is 1. Give True or False"),
        ({"tv": [1.0]}, VizError, "tv has 1 values for 2 pictures"),
        ({"tv": [1.0, 2.0, 3.0]}, VizError, "tv has 3 values for 2 pictures"),
        ({"tv": [1.0, -2.0]}, VizError, "tv is -2.0"),
        ({"norm_order": torch.tensor([2.0, 9.0])}, VizError, "norm_order is 9.0"),
        ({"transforms": ["none", "strong"]}, VizError, "transforms is one value for all pictures of a run"),
        ({"diversity": [1.0, 2.0]}, VizError, "diversity is one value for all pictures"),
        ({"precision": "float16"}, UnknownName, "Did you mean .*float"),
        ({"optimizer": "sgd"}, UnknownName, "There is no optimizer called 'sgd'"),
        ({"l2": 0.1, "parameterization": "fourier"}, VizError, "l2 is not used where parameterization is 'fourier'"),
        ({"clamp": False, "parameterization": "pixels"}, VizError, "clamp is not used"),
        ({"blur_every": [1, 2]}, VizError, "One value per picture can be given for .*learning_rate"),
    ],
)
def test_what_cannot_be_set_is_refused_at_once_with_a_remedy(
    small: Classifier, given: dict[str, Any], kind: type[VizError], words: str
) -> None:
    with pytest.raises(VizError, match=words) as refusal:
        maximize(small, [0, 1], **given)
    assert type(refusal.value) is kind
    assert refusal.value.remedy


@pytest.mark.parametrize("values", [[0.001, 0.1], (0.001, 0.1), torch.tensor([0.001, 0.1])])
def test_a_list_of_any_kind_gives_one_value_per_picture(values: Any) -> None:
    rows = settings_of(2, {}, {"learning_rate": values, "tv": 3})
    assert [each.learning_rate for each in rows] == pytest.approx([0.001, 0.1])
    assert [each.tv for each in rows] == [3.0, 3.0]


def test_transforms_of_ones_own_are_taken_as_they_are(small: Classifier) -> None:
    own = Transforms(jitter=0.3, noise=0.1)
    assert [each.transforms for each in settings_of(2, {"transforms": "strong"}, {"transforms": own})] == [own, own]
    still = last(small, 0, transforms=Transforms())
    assert torch.equal(still.pixels, last(small, 0, transforms="none").pixels)
    assert not torch.equal(still.pixels, last(small, 0, transforms=own).pixels)


# Each does something


@pytest.mark.parametrize(
    ("name", "value", "base"),
    [
        ("parameterization", "pixels", {"parameterization": "fourier"}),
        ("parameterization", "maco", {"parameterization": "fourier"}),
        ("transforms", "strong", {"transforms": "standard"}),
        ("cutoff", 0.2, {"parameterization": "fourier", "cutoff": 0.75}),
        ("start_noise", 0.1, {"start_noise": 1.0}),
        ("learning_rate", 0.2, {"learning_rate": 0.05}),
        ("tv", 3.0, {"tv": 0.0}),
        ("tv_form", "anisotropic", {"tv": 3.0, "tv_form": "beta"}),
        ("tv_beta", 1.5, {"tv": 3.0, "tv_beta": 2.0}),
        ("norm", 3.0, {"norm": 0.0}),
        ("norm_order", 2.0, {"norm": 3.0, "norm_order": 6.0}),
        ("decay", 0.1, {"decay": 0.0}),
        ("blur", 1.0, {"blur": 0.0}),
        ("blur_every", 1, {"blur": 1.0, "blur_every": 4}),
        ("clip_norm", 0.3, {"clip_norm": 0.0}),
        ("clip_contribution", 0.3, {"clip_contribution": 0.0}),
        ("pull", 5.0, {"pull": 0.0, "start": rough()}),
        ("diversity", 1.0, {"diversity": 0.0}),
        ("grow", True, {"grow": False, "size": 32}),
        ("precision", "bfloat16", {"precision": "float32"}),
        ("optimizer", "ascent", {"optimizer": "adam"}),
        ("l2", 0.1, {"l2": 0.0, "parameterization": "raw"}),
        ("roll", 3, {"roll": 0}),
        ("window", 0.5, {"window": 0.0}),
        ("settle", 0.5, {"settle": 0.0, "transforms": "strong"}),
        ("clamp", False, {"clamp": True, "parameterization": "normalized"}),
    ],
)
def test_each_setting_changes_the_picture(small: Classifier, name: str, value: Any, base: dict[str, Any]) -> None:
    goals = [class_logit(1), class_logit(1)]
    one, other = last(small, goals, **base), last(small, goals, **{**base, name: value})
    assert not torch.equal(one.pixels, other.pixels)


def test_the_settings_above_are_all_there_are() -> None:
    rows = test_each_setting_changes_the_picture.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {row[0] for row in rows} == set(knob_fields(Settings))


# Known steps


@pytest.mark.parametrize("rate", [0.001, 0.1, 0.5])
def test_the_first_step_moves_every_pixel_by_the_learning_rate(linear: Classifier, rate: float) -> None:
    frame = last(linear, class_logit(1), steps=1, start="gray", learning_rate=rate, **PIXELS)
    number = 0.4 * rate * linear.network.conv.weight[1].sign()  # Adam's first step is the sign of the gradient
    torch.testing.assert_close(frame.pixels[0], (4 * number).sigmoid(), rtol=1e-4, atol=1e-6)


def test_each_picture_moves_at_its_own_learning_rate(linear: Classifier) -> None:
    frame = last(linear, [1, 1], steps=1, start="gray", learning_rate=[0.001, 0.1], **PIXELS)
    slow, fast = (frame.pixels - 0.5).abs().amax((1, 2, 3)).tolist()
    assert slow == pytest.approx(0.0004, rel=1e-2)
    assert fast == pytest.approx(0.04, rel=1e-2)


@pytest.mark.parametrize("parameterization", ["pixels", "fourier"])
def test_the_strength_of_the_start_is_what_it_says(small: Classifier, parameterization: str) -> None:
    def spread(strength: float) -> float:
        more = {**DEFAULTS, "parameterization": parameterization, "start_noise": strength}
        return float(next(maximize(small, 0, steps=2, size=64, **more)).pixels.std())

    assert spread(0.0) == pytest.approx(0, abs=1e-6)
    assert spread(0.2) == pytest.approx(2 * spread(0.1), rel=0.1)


@pytest.mark.parametrize("cutoff", [0.1, 0.25])
def test_no_detail_finer_than_the_cutoff_appears(small: Classifier, cutoff: float) -> None:
    pixels = last(small, 1, size=32, steps=8, transforms="none", cutoff=cutoff).pixels
    size = torch.fft.rfft2(pixels.logit()).abs()
    rows, columns = torch.fft.fftfreq(32)[:, None], torch.fft.rfftfreq(32)[None]
    fine = ((rows.square() + columns.square()).sqrt() > cutoff).to(pixels.device)
    assert size[..., fine].max() < 1e-3 * size[..., ~fine].max()
    assert size[..., ~fine].count_nonzero() == 3 * int((~fine).sum())


def test_a_blur_comes_only_every_so_many_steps(small: Classifier) -> None:
    def rougher(steps: int) -> bool:
        plain = last(small, 0, steps=steps, **PIXELS)
        blurred = last(small, 0, steps=steps, blur=2.0, blur_every=3, **PIXELS)
        return bool(blurred.penalties["tv"] < plain.penalties["tv"])

    assert [rougher(steps) for steps in (1, 2, 3)] == [False, False, True]


@pytest.mark.parametrize("share", [0.25, 0.6])
@pytest.mark.parametrize("name", ["clip_norm", "clip_contribution"])
def test_clipping_leaves_its_share_of_places_gray(small: Classifier, name: str, share: float) -> None:
    frame = last(small, 0, steps=3, **{name: share}, **PIXELS)
    gray = (frame.pixels - 0.5).abs().amax(1) < 1e-6
    assert int(gray.sum()) == round(share * 256)


# One batch, many settings


@pytest.mark.parametrize("parameterization", ["pixels", "fourier", "maco"])
def test_a_batch_with_settings_of_its_own_is_the_separate_runs(small: Classifier, parameterization: str) -> None:
    each_own: dict[str, list[float]] = {
        "learning_rate": [0.02, 0.05, 0.1, 0.2],
        "tv": [0.0, 5.0, 0.0, 1.0],
        "norm": [0.0, 0.0, 0.2, 1.0],
        "norm_order": [6.0, 6.0, 2.0, 4.0],
        "decay": [0.0, 0.1, 0.0, 0.0],
        "blur": [0.0, 0.0, 1.0, 0.0],
        "clip_norm": [0.0, 0.0, 0.0, 0.2],
        "clip_contribution": [0.0, 0.1, 0.0, 0.0],
        "pull": [0.0, 0.0, 1.0, 3.0],
    }
    plain = {"parameterization": parameterization, "start": rough(side=32), "steps": 6, "blur_every": 2}
    goals = [class_logit(index) for index in (0, 1, 1, 2)]
    batch = last(small, goals, seed=[5] * 4, **plain, **each_own)
    for row, goal in enumerate(goals):
        alone = last(small, goal, seed=5, **plain, **{name: values[row] for name, values in each_own.items()})
        torch.testing.assert_close(batch.pixels[row], alone.pixels[0], rtol=0, atol=1e-4)
        torch.testing.assert_close(batch.scores[row], alone.scores[0], rtol=1e-3, atol=1e-4)
        for name, values in alone.penalties.items():
            torch.testing.assert_close(batch.penalties[name][row], values[0], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("parameterization", "rate"), [("pixels", 0.5), ("fourier", 0.2), ("maco", 0.02)])
def test_a_picture_is_not_changed_with_its_neighbor(small: Classifier, parameterization: str, rate: float) -> None:
    """Where only the neighbor decays, black stays black and a spectrum stays as it is."""
    plain = {"parameterization": parameterization, "learning_rate": rate, "steps": 12, "transforms": "none"}
    alone = last(small, class_logit(1), **plain)
    batch = last(small, [class_logit(1), class_logit(2)], seed=[0, 0], decay=[0.0, 0.3], **plain)
    torch.testing.assert_close(batch.pixels[0], alone.pixels[0], rtol=0, atol=1e-4)
