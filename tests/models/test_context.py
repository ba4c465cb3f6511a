"""A result does not depend on the torch context in which it was asked for, and the caller keeps its own context."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn

import vizlib
from benchmarks.hostile.contexts import CONTEXTS, bits, within
from tests.networks import SIDE, InPlace, seeded
from vizlib.activation_maximization import class_logit
from vizlib.activation_maximization.film import film
from vizlib.activation_maximization.lab import Axis, Experiment, lab
from vizlib.activation_maximization.passes.precision import computed_in
from vizlib.errors import UnknownName, VizError
from vizlib.evaluation import averaging, logits_along, opinions, perpendicular, plane, surviving
from vizlib.fooling import fooling, perturb
from vizlib.layers import pooled_features, pyramid, unpooled_features
from vizlib.models import Classifier, folded, in_own_context, own_context
from vizlib.records import Unit
from vizlib.units import DrawnScenes, fed_classes, found_crops, search, seen_boxes

CPU = torch.device("cpu")
TINY = {"smoothgrad": {"samples": 3}, "integrated_gradients": {"steps": 3}}


Entry = Callable[[Classifier, Tensor], Any]
UNIT = Unit("conv2", 1)
PHOTO = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PHOTO)


def frames(run: Iterator[Any], *names: str) -> list[Any]:
    return [[getattr(frame, name) for name in names] for frame in run]


def fooled(model: Classifier, pixels: Tensor) -> list[Any]:
    result = vizlib.fool(model, PICTURE, 2, steps=10)
    line = vizlib.walk(model, result, [0.0, 0.5, 1.0])
    return [result.png, result.probabilities_after, line.logits]


def searched(model: Classifier, pixels: Tensor) -> list[Any]:
    survey = list(search(model, "conv2", DrawnScenes(3)))[-1]
    crops = found_crops(model, UNIT, DrawnScenes(3), survey, count=2)
    return [survey.means, crops, fed_classes(model, UNIT, pixels), seen_boxes(model, UNIT, pixels, [0, 5])]


def drawn(model: Classifier, pixels: Tensor) -> list[Any]:
    run = vizlib.maximize(model, [class_logit(1), 2], steps=2, start=pixels)
    reels = film(model, 3, vizlib.maximize(model, 3, steps=2))
    grid = lab(model, Experiment(0, Axis("tv", (0.0, 1.0)), Axis("steps", (1, 2)), 2))
    return [
        frames(run, "pixels", "scores"),
        [each.stills[-1].probability for each in reels],
        [cell.pixels for cell in list(grid)[-1].cells],
    ]


def mapped(model: Classifier, pixels: Tensor) -> list[Any]:
    change = -0.125 * pixels[:1]  # exact in every dtype
    across = perpendicular(change)
    along = logits_along(model, pixels[:1], change, [0.0, 1.0], [0, 1])
    return [across, along, frames(plane(model, pixels[:1], change, across, side=3), "shares", "classes")]


def shaken(model: Classifier, pixels: Tensor) -> list[Any]:
    views = surviving(model, [PICTURE, pixels], count=2), averaging(model, PHOTO, 2)
    rates = [frame.rates for frame in views[0]]
    return [vizlib.sweep(model, [PHOTO], "resize", [12, 20]), rates, frames(views[1], "probabilities")]


def loaded(model: Classifier, pixels: Tensor) -> list[Any]:
    random = vizlib.load_model("test_resnet", "random", "cpu")
    seen = vizlib.to_pixels(PICTURE, random)
    features = [pooled_features(random, seen), unpooled_features(random, seen), pyramid(random, seen)[-1].maps]
    return [random.fingerprint, seen, *features]


def explained(method: str) -> Entry:
    return lambda model, pixels: vizlib.saliency(model, pixels, method, **TINY.get(method, {}))


ENTRIES: dict[str, Entry] = {
    "model": lambda model, pixels: model(pixels),
    "predict": lambda model, pixels: model.predict(pixels),
    "top": lambda model, pixels: model.top(pixels),
    "prepare": lambda model, pixels: model.prepare(PICTURE),
    "twin": lambda model, pixels: explained("gradient")(model.twin(), pixels),
    "folded": lambda model, pixels: folded(model.twin())[0](pixels),
    **{method: explained(method) for method in vizlib.saliency_methods()},
    "a unit": lambda model, pixels: vizlib.saliency(model, pixels, "gradient", UNIT),
    "several targets": lambda model, pixels: vizlib.saliency(model, pixels, target=torch.tensor([1, 2], device="cpu")),
    "activations": lambda model, pixels: list(vizlib.activations(model, pixels, ["conv1", "fc"]).values()),
    "list_layers": lambda model, pixels: vizlib.list_layers(model.twin()),
    "maximize": drawn,
    "fool": fooled,
    "fool pixels": lambda model, pixels: vizlib.fool(model, pixels[:1], 1, method="pgd", steps=2).png,
    "perturb": lambda model, pixels: perturb(model, pixels, None, "ddn", steps=2),
    "sweep": shaken,
    "plane": mapped,
    "opinions": lambda model, pixels: opinions([model], pixels),
    "units": searched,
    "load_model": loaded,
}


@pytest.fixture(scope="module")
def model() -> Classifier:
    return seeded(InPlace, "cpu")


def pixels() -> Tensor:
    return torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def plain(model: Classifier) -> Callable[[str], Any]:
    """The answer of an entry in a fresh process's context."""
    known: dict[str, Any] = {}

    def answer(name: str) -> Any:
        if name not in known:
            known[name] = bits(ENTRIES[name](model, pixels()))
        return known[name]

    return answer


WORST = "no_grad", "inference_mode", "autocast bfloat16", "default float64", "within a device", "deterministic"


def made_in_inference_mode() -> Tensor:
    with torch.inference_mode():
        return pixels()


MADE: dict[str, Callable[[], Tensor]] = {
    "as usual": pixels,
    "with a gradient": lambda: pixels().requires_grad_(),
    "in inference mode": made_in_inference_mode,
    "in float64": lambda: pixels().double(),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_the_worst_context_changes_no_bit(model: Classifier, plain: Callable[[str], Any], name: str) -> None:
    expected = plain(name)
    given = made_in_inference_mode()
    with within(*WORST, "rough products", "rough convolutions, newer switch", "cuDNN tries algorithms"):
        found = ENTRIES[name](model, given)
    assert bits(found) == expected


@pytest.mark.parametrize("name", CONTEXTS)
def test_no_context_changes_a_bit_of_a_pass_or_a_gradient(
    model: Classifier, plain: Callable[[str], Any], name: str
) -> None:
    for entry in ("model", "predict", "gradient", "fool pixels", "perturb"):
        expected, given = plain(entry), pixels()
        with within(name):
            found = ENTRIES[entry](model, given)
        assert bits(found) == expected


@pytest.mark.slow
@given(
    name=st.sampled_from(sorted(ENTRIES)),
    contexts=st.lists(st.sampled_from(sorted(CONTEXTS)), unique=True, max_size=5),
    made=st.sampled_from(sorted(MADE)),
)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_combination_of_contexts_changes_a_bit(
    model: Classifier, plain: Callable[[str], Any], name: str, contexts: list[str], made: str
) -> None:
    expected, given = plain(name), MADE[made]()
    with within(*contexts):
        found = ENTRIES[name](model, given)
    assert bits(found) == expected


# What the caller keeps


def test_the_grad_mode_of_a_pass_is_the_callers(model: Classifier) -> None:
    leaf = pixels().requires_grad_()
    assert model(leaf).requires_grad
    with torch.no_grad():
        assert not model(leaf).requires_grad
    with torch.inference_mode():
        assert not model(leaf).requires_grad
    with torch.autocast("cpu"):
        logits = model(leaf)
    (gradient,) = torch.autograd.grad(logits.sum(), leaf)  # within autocast torch would round the gradients too
    assert torch.equal(gradient, torch.autograd.grad(model(leaf).sum(), leaf)[0])


def test_what_is_asked_for_in_inference_mode_can_be_used_afterwards(model: Classifier) -> None:
    with torch.inference_mode():
        given = vizlib.to_pixels(PICTURE, model)
    assert given.requires_grad_().requires_grad


def test_an_error_gives_the_context_back(model: Classifier) -> None:
    class Fails(nn.Module):
        num_classes, pretrained_cfg = 2, {"input_size": (3, SIDE, SIDE)}

        def forward(self, x: Tensor) -> Tensor:
            raise KeyError("a bug")

    usual = pixels()
    with within(*WORST):
        with pytest.raises(UnknownName):
            vizlib.saliency(model, usual, "gradient", 99)
        with pytest.raises(VizError):
            vizlib.maximize(model, 99)
        with pytest.raises(KeyError):
            Classifier(Fails(), "fails", CPU)(torch.zeros(1, 3, SIDE, SIDE, device="cpu"))
        with pytest.raises(UnknownName):
            next(fooling(model, PICTURE, "nothing"))


@pytest.mark.parametrize(
    "begin", [lambda model: vizlib.maximize(model, 1, steps=9), lambda model: fooling(model, PICTURE, 1)]
)
def test_a_run_holds_no_context_between_two_steps(
    model: Classifier, begin: Callable[[Classifier], Generator[Any, None, None]]
) -> None:
    with within(*WORST):
        run = begin(model)
        next(run)
        assert torch.get_default_dtype() == torch.float64
        run.close()
    with within(*WORST):
        abandoned = begin(model)
        next(abandoned)
        del abandoned


def test_a_run_may_begin_in_one_context_and_go_on_in_another(model: Classifier) -> None:
    expected = frames(vizlib.maximize(model, 1, steps=4), "pixels", "scores")
    run, found = vizlib.maximize(model, 1, steps=4), []
    for name in ("inference_mode", "default float64", "within a device", "autocast bfloat16"):
        with within(name):
            frame = next(run)
        found.append([frame.pixels, frame.scores])
    assert bits(found) == bits(expected)


def test_weights_that_were_made_in_inference_mode_pass_gradients() -> None:
    with torch.inference_mode():
        made = seeded(InPlace, "cpu")
        network = InPlace()
    assert made.fingerprint == seeded(InPlace, "cpu").fingerprint
    assert vizlib.saliency(Classifier(network, "mine", CPU), pixels()).any()


# The decorator and the block


@in_own_context
def counting(most: int) -> Generator[int, str, str]:
    """Says whether autocast is on at each of its steps."""
    told = []
    try:
        for number in range(most):
            assert not torch.is_autocast_enabled("cpu")
            try:
                told.append((yield number))
            except ValueError:
                told.append("raised")
    finally:
        told.append(f"closed with autocast {torch.is_autocast_enabled('cpu')}")
        NOTES.append(told[-1])
    return " ".join(map(str, told))


NOTES: list[str] = []


def test_a_decorated_generator_takes_values_and_errors_and_returns_an_answer() -> None:
    assert inspect.isgeneratorfunction(counting)
    assert counting.__doc__ == "Says whether autocast is on at each of its steps."
    with torch.autocast("cpu"):
        run = counting(3)
        assert next(run) == 0
        assert run.send("a") == 1
        assert run.throw(ValueError()) == 2
        with pytest.raises(StopIteration) as end:
            run.send("b")
        assert end.value.value == "a raised b closed with autocast False"
        run = counting(3)
        next(run)
        with pytest.raises(OSError, match="mine"):
            run.throw(OSError("mine"))
        assert torch.is_autocast_enabled("cpu")


def test_a_decorated_generator_that_is_closed_ends_in_the_engines_context() -> None:
    NOTES.clear()
    with torch.autocast("cpu"):
        run = counting(3)
        next(run)
        run.close()
        counting(3).close()  # never begun: nothing to close
    assert NOTES == ["closed with autocast False"]


def test_a_run_that_a_script_leaves_at_its_end_is_not_closed_in_the_ruins(monkeypatch: pytest.MonkeyPatch) -> None:
    NOTES.clear()
    run = counting(3)
    next(run)
    monkeypatch.setattr(sys, "is_finalizing", lambda: True)
    monkeypatch.setattr("vizlib.models.context.own_context", None)  # to enter it would fail
    run.close()


def test_the_engine_may_choose_its_own_precision_inside(model: Classifier) -> None:
    exact = model(pixels())
    with computed_in("bfloat16", CPU):
        rough = model(pixels())
    assert 0 < float((rough - exact).detach().abs().max()) < 0.1
    with torch.autocast("cpu", torch.float16), computed_in("float32", CPU):
        assert torch.equal(model(pixels()), exact)
    assert not torch.is_autocast_enabled("cpu")


def test_a_block_inside_another_one_changes_nothing() -> None:
    with own_context(), torch.no_grad(), own_context():
        assert not torch.is_grad_enabled()
    with own_context(grad=False):
        assert not torch.is_grad_enabled()


def test_no_thread_gives_the_flags_of_the_process_back_under_another_ones_pass() -> None:
    first_is_in, second_is_in, first_is_out = (threading.Event() for _ in range(3))
    found = []

    def first() -> None:
        with own_context():
            first_is_in.set()
            second_is_in.wait(9)
        first_is_out.set()

    def second() -> None:
        first_is_in.wait(9)
        with own_context():
            second_is_in.set()
            first_is_out.wait(9)
            found.append(torch.get_default_dtype())

    with CONTEXTS["default float64"]():
        threads = [threading.Thread(target=each) for each in (first, second)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert torch.get_default_dtype() == torch.float64
    assert found == [torch.float32]


ROOMS = "models", "layers", "saliency", "activation_maximization", "units", "fooling", "evaluation"
ALONE = {"device_problems", "one_pass", "family", "preset", "mild_settings"}  # they compute nothing with torch
RUNS = ("film.film", "lab.lab", "atlas.atlas")


def entries() -> list[Any]:
    """The functions that rooms offer to others and that ask a network something."""
    doors = [import_module(f"vizlib.{room}") for room in ROOMS]
    offered = [getattr(door, name) for door in doors for name in door.__all__ if name not in ALONE]
    runs = [each.split(".") for each in RUNS]
    offered += [getattr(import_module(f"vizlib.activation_maximization.{file}"), name) for file, name in runs]
    takes = [each for each in offered if inspect.isfunction(each) and "Classifier" in str(inspect.signature(each))]
    return sorted(takes, key=lambda each: each.__qualname__)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.__qualname__)
def test_every_entry_runs_in_the_engines_own_context(entry: Any) -> None:
    assert hasattr(entry, "__wrapped__"), "decorate it with vizlib.models.in_own_context"


def test_files_in_memory_are_read_alike() -> None:
    file = BytesIO()
    PICTURE.save(file, "PNG")
    with within(*WORST):
        assert vizlib.open_picture(file.getvalue()).tobytes() == PICTURE.tobytes()
