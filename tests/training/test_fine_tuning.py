"""Fine-tuning takes plain PyTorch's steps, trains what it says and nothing else, and repeats to the bit."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

import vizlib
from tests.networks import Own, trained, unchanged
from vizlib.errors import NotShowable, UnknownName, VizError
from vizlib.models import Classifier
from vizlib.training import PictureSet, Tuning, drawn, fine_tune
from vizlib.training.trainee import Trainee, trainee

CLASSES = ("0", "1", "7")
PLAIN: dict[str, Any] = {"augment": False}


@pytest.fixture(scope="module")
def model() -> Classifier:
    return vizlib.load_model("bundled/digits", device="cpu")


@pytest.fixture(scope="module")
def data() -> PictureSet:
    return drawn("digits", 4, tests=3, classes=CLASSES)


def own(make: Callable[[], nn.Module] = Own) -> Classifier:
    """A network of nobody's, with norms and dropout."""
    return vizlib.wrap(trained(make), size=16, name="own")


def weights(model: Classifier) -> dict[str, torch.Tensor]:
    return dict(model.network.state_dict())


def changed(before: Classifier, after: Classifier) -> set[str]:
    """The names of the weights that are not the same to the bit."""
    old, new = weights(before), weights(after)
    return {name for name, each in new.items() if name not in old or not torch.equal(each, old[name])}


def tuned(model: Classifier, data: PictureSet, what: str, steps: int = 2, seed: int = 0, **settings: Any) -> Tuning:
    return vizlib.last(fine_tune(model, data, what, steps, seed, **settings))


@pytest.mark.parametrize(("name", "kind"), [("digits", "digits"), ("sheep_or_goat", "scenes")])
def test_one_step_equals_one_of_plain_pytorch_to_the_bit(name: str, kind: str) -> None:
    model = vizlib.load_model(f"bundled/{name}", device="cpu")
    data = drawn(kind, 2, tests=1, classes=model.class_names)
    last = tuned(model, data, "all", 1, rate=0.02, body_rate=0.1, **PLAIN)
    plain = model.twin().network.requires_grad_(True).train()
    head = [*plain.fc.parameters()]  # type: ignore[union-attr]
    body = [each for path, each in plain.named_parameters() if not path.startswith("fc")]
    optimizer = torch.optim.AdamW([{"params": head, "lr": 0.02}, {"params": body, "lr": 0.002}], weight_decay=0.01)
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(0))[:32]
    pixels = vizlib.to_pixels([data.pictures[each] for each in order], model)
    loss = nn.functional.cross_entropy(plain(model.normalize(pixels)), torch.from_numpy(data.labels)[order])
    loss.backward()
    optimizer.step()
    assert last.train_loss == loss.item()
    assert all(torch.equal(each, weights(last.model)[name]) for name, each in plain.state_dict().items())


def test_the_same_arguments_give_the_same_weights_whatever_else_draws_numbers_meanwhile(data: PictureSet) -> None:
    def run(seed: int, disturbed: int) -> str:
        frames = fine_tune(own(), data, "all", 3, seed, batch=6)
        return [each for each in frames if len(torch.rand(disturbed)) == disturbed][-1].model.fingerprint

    assert run(0, 0) == run(0, 7) != run(1, 0)


def test_runs_in_two_threads_at_once_do_not_disturb_each_other(data: PictureSet) -> None:
    model = own()

    def run(seed: int) -> str:
        return tuned(model, data, "all", 4, seed).model.fingerprint

    alone = [run(0), run(1)]
    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(run, (0, 1))] == alone


def test_a_run_leaves_the_source_and_the_process_as_they_were(data: PictureSet, traces: Any) -> None:
    model, threads, random = own(), torch.get_num_threads(), torch.get_rng_state()
    before = model.fingerprint
    with unchanged(traces, model):
        for _ in fine_tune(model, data, "all", 2):
            assert torch.equal(torch.get_rng_state(), random)
            assert not model.lock._is_owned()  # type: ignore[attr-defined]
    assert model.fingerprint == before
    assert torch.get_num_threads() == threads


def test_a_new_head_learns_and_not_a_bit_of_the_body_changes(model: Classifier, data: PictureSet) -> None:
    last = tuned(model, data, "head")
    assert changed(model, last.model) == {"fc.weight", "fc.bias"}
    assert list(last.gradient_norms) == ["fc"]
    assert last.model.class_names == list(CLASSES)
    assert "The classifier (fc) is new, because the network was trained on 10 other classes." in last.note


def test_from_a_layer_upwards_nothing_below_it_changes() -> None:
    model, data = own(), drawn("digits", 4, tests=2, classes=CLASSES)
    last = tuned(model, data, "layer2")
    assert all(name.startswith(("layer2", "fc")) for name in changed(model, last.model))
    assert {"layer2.0.weight", "layer2.1.running_mean", "fc.weight"} <= changed(model, last.model)
    assert list(last.gradient_norms) == ["layer2.0", "layer2.1", "fc"]
    assert all(norms.shape == (2,) and norms.min() > 0 for norms in last.gradient_norms.values())


def test_frozen_batch_normalization_keeps_its_statistics_and_weights_and_is_the_default_in_tiny_batches(
    data: PictureSet,
) -> None:
    model = own()
    norms = {"bn1", "layer2.1"}
    for settings, frozen in (({"freeze_norm": True}, True), ({"batch": 3}, True), ({"batch": 4}, False)):
        learned = changed(model, tuned(model, data, "all", **settings).model)
        of_norms = {name for name in learned if name.rpartition(".")[0] in norms}
        assert bool(of_norms) is not frozen
        assert {"conv1.weight", "fc.weight"} <= learned


def test_the_classifier_is_kept_where_the_classes_are_the_same(model: Classifier) -> None:
    first = next(fine_tune(model, drawn("digits", 2, tests=3), "head"))
    assert (first.step, first.accuracy, first.best_step) == (0, 1.0, 0)
    assert "new" not in first.note


def test_features_that_are_computed_once_give_the_same_classifier(
    model: Classifier, data: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tuned(model, data, "head", 5, batch=4, **PLAIN)
    monkeypatch.setattr("vizlib.training.answers._is_last", lambda trainee, source: False)
    again = tuned(model, data, "head", 5, batch=4, **PLAIN)
    for name in ("fc.weight", "fc.bias"):
        assert torch.allclose(weights(kept.model)[name], weights(again.model)[name], atol=1e-5)


def test_held_out_pictures_change_no_weight(model: Classifier, data: PictureSet) -> None:
    assert data.tests is not None
    other = replace(data, tests=replace(data.tests, labels=data.tests.labels[::-1].copy()))
    one, two = (tuned(model, each, "all", 4) for each in (data, other))
    assert one.accuracy != two.accuracy
    assert one.model.fingerprint == two.model.fingerprint


def test_early_stopping_keeps_the_weights_of_the_best_validation(model: Classifier) -> None:
    data = drawn("digits", 6, tests=3, classes=(*CLASSES, "9"))
    last = tuned(model, data, "head", 30, patience=3, every=1, rate=0.05, batch=8, **PLAIN)
    best = list(last.steps).index(last.best_step)
    assert 0 < last.best_step < last.step == last.best_step + 3 < last.total
    assert last.validation_accuracies[best] == max(last.validation_accuracies) > last.validation_accuracies[-1]
    assert last.accuracy == last.accuracies[best] > last.accuracies[-1]
    assert f"The weights of step {last.best_step} were kept." in last.note
    assert data.tests is not None
    right = last.model.predict(list(data.tests.pictures)).argmax(1).numpy() == data.tests.labels
    assert right.mean() == pytest.approx(last.accuracy)
    assert last.counts == (19, 5, 12)


def test_a_loss_that_is_no_number_is_said_and_nothing_is_lost(model: Classifier, data: PictureSet) -> None:
    frames = list(fine_tune(model, data, "all", 50, rate=1e6, body_rate=1e3, optimizer="sgd", **PLAIN))
    last = frames[-1]
    assert last.step < 50
    assert "no finite number, so training stopped. Lower the rate." in last.note
    assert last.done
    assert all(each.isfinite().all() for each in weights(last.model).values())
    assert last.accuracy == last.accuracies[list(last.steps).index(last.best_step)]


def test_a_run_that_is_closed_leaves_nothing(data: PictureSet, monkeypatch: pytest.MonkeyPatch, traces: Any) -> None:
    started: list[Any] = []

    def start(*asked: Any) -> Trainee:
        made = trainee(*asked)
        started.append(weakref.ref(made.network))
        return made

    monkeypatch.setattr("vizlib.training.fine_tuning.trainee", start)
    model = own()
    run = fine_tune(model, data, "all", 50)
    frames = [next(run) for _ in range(3)]
    assert started[0]() is not None
    run.close()
    gc.collect()
    assert started[0]() is None
    assert [each.step for each in frames] == [0, 1, 2]
    assert not traces(model)
    with pytest.raises(NotShowable, match="in the last frame"):
        frames[-1].model.predict([])


def test_every_step_has_a_frame_with_the_curves_so_far(model: Classifier, data: PictureSet) -> None:
    frames = list(fine_tune(model, data, "all", 6, every=3))
    assert [each.step for each in frames] == [0, 1, 2, 3, 4, 5, 6, 6]
    assert [len(each.losses) for each in frames] == [0, 1, 2, 3, 4, 5, 6, 6]
    assert [each.steps.tolist() for each in frames[::3]] == [[0], [0, 3], [0, 3, 6]]
    assert all(each.losses[-1] == each.train_loss for each in frames[1:])
    assert [each.done for each in frames] == [False] * 7 + [True]
    assert frames[-1].best_step == 6


def test_scratch_begins_with_random_weights_of_the_seed(model: Classifier, data: PictureSet) -> None:
    one, two, other = (tuned(model, data, "scratch", 1, seed, rate=1e-9) for seed in (0, 0, 1))
    assert one.model.fingerprint == two.model.fingerprint != other.model.fingerprint
    assert not torch.allclose(weights(one.model)["conv1.weight"], weights(model)["conv1.weight"], atol=0.01)
    assert one.note == "Nothing was loaded: all weights began at random."


@pytest.mark.parametrize(
    ("load", "same"),
    [
        (("up to", "conv2"), {"conv1", "conv2"}),
        (("without", "conv2"), {"conv1", "conv3"}),
        ("all", {"conv1", "conv2", "conv3"}),
    ],
)
def test_what_is_loaded_can_be_chosen(model: Classifier, data: PictureSet, load: Any, same: set[str]) -> None:
    last = tuned(model, data, "head", 1, load=load)
    kept = {f"conv{number}" for number in (1, 2, 3)} - {name.partition(".")[0] for name in changed(model, last.model)}
    assert kept == same


def test_the_rest_learns_around_what_was_loaded() -> None:
    model, data = own(), drawn("digits", 4, tests=2, classes=CLASSES)
    last = tuned(model, data, "rest", load=("without", "layer2.0"))
    assert list(last.gradient_norms) == ["layer2.0", "fc"]
    assert changed(model, last.model) == {"layer2.0.weight", "fc.weight", "fc.bias"}
    assert list(tuned(model, data, "rest", load=("up to", "bn1")).gradient_norms) == ["layer2.0", "layer2.1", "fc"]


def test_another_size_of_pictures_becomes_that_of_the_trained_network(model: Classifier, data: PictureSet) -> None:
    last = tuned(model, data, "head", 1, size=20)
    assert last.model.input_size == (20, 20)
    assert last.model.preprocessing == replace(model.preprocessing, size=(20, 20))


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"what": "layer9"}, UnknownName, "layer9"),
        ({"load": ("up to", "convv1")}, UnknownName, "convv1"),
        ({"load": "some"}, VizError, "load is 'some'"),
        ({"steps": 0}, VizError, "steps is 0"),
        ({"rate": 0}, VizError, "rate is 0"),
        ({"rate": float("nan")}, VizError, "rate is nan"),
        ({"batch": 2.5}, VizError, "batch is 2.5"),
        ({"augment": 1}, VizError, "augment is 1"),
        ({"optimizer": "lion"}, UnknownName, "lion"),
        ({"size": (8, 8)}, VizError, "size is (8, 8)"),
        ({"patience": "yes"}, VizError, "patience is 'yes'"),
    ],
)
def test_what_cannot_be_set_is_said_before_the_first_step(
    model: Classifier, data: PictureSet, given: dict[str, Any], kind: type[VizError], sentence: str
) -> None:
    with pytest.raises(kind) as caught:
        fine_tune(model, data, **given)
    assert sentence in caught.value.sentence
    assert caught.value.remedy


def test_too_few_pictures_and_too_few_classes_are_said(model: Classifier) -> None:
    with pytest.raises(VizError, match="of one class"):
        fine_tune(model, drawn("digits", 2, tests=1, classes=["3"]))
    with pytest.raises(VizError, match="cannot be divided"):
        fine_tune(model, drawn("digits", 1, tests=1), patience=3)
    with pytest.raises(VizError, match="one picture at a time"):
        fine_tune(own(), drawn("digits", 1, tests=1), "all", batch=1, freeze_norm=False)


@pytest.mark.slow
def test_memory_stays_flat_over_fifty_runs(data: PictureSet) -> None:
    import psutil

    model, used = own(), []
    for _ in range(2):
        for _ in range(25):
            tuned(model, data, "all", 1)
        gc.collect()
        used.append(psutil.Process().memory_info().rss)
    assert used[1] - used[0] < 5e6


@pytest.mark.cuda
def test_on_cuda_a_run_gives_a_network_that_answers_there(data: PictureSet) -> None:
    model = vizlib.load_model("bundled/digits", device="cuda")
    last = tuned(model, data, "all", 20)
    assert last.model.device.type == "cuda"
    assert last.accuracy > 0.5
    assert last.files


def test_a_frame_of_a_run_that_is_left_has_the_weights_of_the_last_check_and_the_run_goes_on(
    model: Classifier, data: PictureSet
) -> None:
    def start() -> Any:
        return fine_tune(model, data, "all", steps=6, every=2)

    run = start()
    left = next(frame for frame in run if frame.step == 3)
    kept = left.so_far
    assert (kept.done, kept.step, kept.best_step, kept.accuracy) == (True, 3, 2, left.accuracy)
    assert "The weights of step 2 were kept." in kept.note
    at_the_end = vizlib.last(run).model.fingerprint
    assert kept.model.fingerprint != at_the_end
    assert vizlib.last(start()).model.fingerprint == at_the_end, "it went on as if nothing had been asked"
    over = next(frame for frame in start() if frame.step == 3)
    gc.collect()
    with pytest.raises(NotShowable, match="gone"):
        _ = over.so_far
