"""A linear probe is scikit-learn's classifier on timm's features, and a network that answers the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import timm
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_info, threadpool_limits
from torch import Tensor

import vizlib
from vizlib import Classifier, UnknownName, VizError
from vizlib.runs import by_name, pack, unpack
from vizlib.training import (
    FRAMES,
    Features,
    Linear,
    PictureSet,
    Probe,
    drawn,
    embedding,
    learning_curve,
    linear,
    linear_probe,
    probing,
    untrained,
)

DATA = drawn("real_digits", 8, tests=4, classes=["1", "4", "7"])


@pytest.fixture(scope="module")
def model() -> Classifier:
    return vizlib.load_model("bundled/digits", device="cpu")


@pytest.fixture(scope="module")
def probe(model: Classifier) -> Probe:
    return vizlib.last(linear_probe(model, DATA, c=[1e-6, 0.01]))


def points(values: Any, labels: list[int], classes: int = 2) -> Features:
    array = np.asarray(values, np.float32)
    names = tuple("abc"[:classes])
    return Features(len(labels), len(labels), ("x",), {"x": array}, np.array(labels), names)


# Two classes on a line: everything below 0 is a, everything above is b.
LINE = points([[-2.0], [-1.0], [1.0], [2.0]], [0, 0, 1, 1])


def by_hand(how: Linear, c: float) -> Any:
    scaler = {"standardize": [StandardScaler()], "l2": [Normalizer()], "none": []}[how.scaling]
    parts = [PCA(how.pca, random_state=how.seed)] if how.pca else []
    if how.classifier == "svm":
        return make_pipeline(*scaler, *parts, LinearSVC(C=c, random_state=how.seed))
    return make_pipeline(*scaler, *parts, LogisticRegression(C=c, max_iter=500))


@pytest.mark.parametrize("classes", [["1", "4", "7"], ["4", "7"]], ids=["three", "two"])
def test_the_probe_is_scikit_learn_on_timm_s_features_and_its_network_answers_the_same(
    model: Classifier, classes: list[str]
) -> None:
    data = DATA.only(classes)
    assert data.tests is not None
    network, (pixels, others) = timm.create_model("digit_cnn", width=16).eval(), map(batch_of, (data, data.tests))
    network.load_state_dict(model.network.state_dict())
    with torch.no_grad():
        kept, tests = (
            network.forward_head(network.forward_features(model.normalize(each)), pre_logits=True).numpy()
            for each in (pixels, others)
        )
    for how in (
        Linear(),
        Linear("logistic"),
        Linear(scaling="l2"),
        Linear(scaling="none"),
        Linear(scaling="l2", pca=5),
    ):
        theirs = by_hand(how, 0.1).fit(kept, data.labels).decision_function(tests)
        expected = theirs if theirs.ndim == 2 else np.stack([-theirs, theirs], 1)
        wishes: Any = {"classifier": how.classifier, "scaling": how.scaling, "pca": how.pca}
        probe = vizlib.last(linear_probe(model, data, ["act3"], [0.1], **wishes))
        np.testing.assert_allclose(probe.decisions[0, 0], expected, atol=1e-6)
        assert probe.accuracy[0, 0] == (expected.argmax(1) == data.tests.labels).mean()
        np.testing.assert_allclose(probe.model("act3")(others), expected, atol=1e-5)


def batch_of(data: PictureSet) -> Tensor:
    return vizlib.to_pixels(list(data.pictures), vizlib.load_model("bundled/digits", device="cpu"))


def test_two_classes_apart_are_separated_and_the_direction_is_the_one_between_them() -> None:
    frame = vizlib.last(probing(LINE, points([[-0.5], [0.5], [3.0]], [0, 1, 0]), c=[1.0]))
    assert frame.accuracy.tolist() == [[2 / 3]]
    assert frame.training_accuracy.tolist() == [[1.0]]
    assert frame.predictions.tolist() == [[[0, 1, 1]]]
    assert frame.weights["x"].shape == (1, 1, 1)
    assert frame.weights["x"][0, 0, 0] > 0
    assert abs(frame.biases["x"][0, 0]) < 1e-3
    assert frame.wrong("x") == [2]
    assert frame.confusion("x").tolist() == [[1, 1], [0, 1]]
    assert np.allclose(frame.margins[0, 0], 2 * np.abs(frame.decisions[0, 0, :, 1]))


def test_each_frame_has_one_layer_more_and_all_values_of_c(model: Classifier) -> None:
    frames = list(linear_probe(model, DATA, ["act3", "act1"], c=[1e-6, 0.01]))
    assert [(each.step, each.total, each.layers) for each in frames] == [(1, 2, ("act1",)), (2, 2, ("act1", "act3"))]
    assert frames[1].accuracy.shape == (2, 2)
    assert frames[1].decisions.shape == (2, 2, 12, 3)
    assert frames[1].best()[0] in frames[1].layers


def test_a_probe_from_the_store_is_the_same_and_needs_the_network_again(model: Classifier, probe: Probe) -> None:
    back = unpack(pack(probe, by_name(FRAMES)), by_name(FRAMES))
    assert np.array_equal(back.decisions, probe.decisions)
    with pytest.raises(VizError, match="network of these probes is not there"):
        back.model("act3")
    pixels = vizlib.to_pixels(list(DATA.pictures[:3]), model)
    assert torch.equal(back.model("act3", 0.01, model)(pixels), probe.model("act3", 0.01)(pixels))


def test_a_probe_s_network_is_one_like_any_other(model: Classifier, probe: Probe) -> None:
    before = model.fingerprint
    network = probe.model("act2", 0.01)
    assert network.class_names == ["1", "4", "7"]
    paths = [each.path for each in vizlib.list_layers(network)]
    assert "body.act2" in paths
    assert "body.act3" not in paths  # what comes after the layer never runs
    pixels = vizlib.to_pixels(DATA.pictures[0], network)
    assert vizlib.saliency(network, pixels, "gradient").abs().sum() > 0
    assert vizlib.activations(network, pixels, "body.act2")["body.act2"].shape[1] == 32
    assert torch.equal(network.as_module()(pixels).detach(), network(pixels))
    assert not any(each._forward_hooks for each in network.network.modules())
    assert model.fingerprint == before != network.fingerprint
    assert "arbitrary" in network.notice


def test_another_layer_or_c_gets_a_sentence(probe: Probe) -> None:
    with pytest.raises(UnknownName, match="act9"):
        probe.model("act9")
    with pytest.raises(UnknownName, match="C = 3") as caught:
        probe.model("act1", 3)
    assert "1e-06, 0.01" in caught.value.remedy
    with pytest.raises(UnknownName, match="rbf"):
        Linear("rbf")
    with pytest.raises(VizError, match="values of C"):
        next(probing(LINE, LINE, c=[0.0]))


def test_a_class_without_training_pictures_gets_a_sentence() -> None:
    with pytest.raises(VizError, match="no training picture of b"):
        next(probing(points([[0.0]], [0]), LINE))
    with pytest.raises(VizError, match="not finite"):
        next(probing(points([[np.nan], [1.0]], [0, 1]), LINE))


def test_a_fit_that_did_not_converge_is_a_note_and_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert vizlib.last(probing(LINE, LINE)).note == ""
    monkeypatch.setitem(linear.MOST_STEPS, "svm", 1)
    frame = vizlib.last(probing(LINE, LINE, c=[0.5, 1e4]))
    assert frame.note == "At C = 0.5, 10000 the fitting was ended before it had converged."


def test_fitting_takes_one_thread_and_leaves_the_number_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def threads() -> list[int]:
        return [each["num_threads"] for each in threadpool_info()]

    seen: list[int] = []
    fit = LinearSVC.fit
    monkeypatch.setattr(LinearSVC, "fit", lambda *given: seen.extend(threads()) or fit(*given))
    with threadpool_limits(2):
        list(probing(LINE, LINE))
        assert set(threads()) == {2}
    assert set(seen) == {1}


def test_the_scaler_never_sees_the_tests() -> None:
    shifted = replace(LINE, values={"x": LINE.values["x"] + 100})
    a, b = (vizlib.last(probing(LINE, tests)) for tests in (LINE, shifted))
    assert np.array_equal(a.weights["x"], b.weights["x"])


def test_one_seed_gives_one_probe(model: Classifier) -> None:
    mine = drawn("real_digits", 6, tests=0, classes=["1", "7"])  # divided by the seed
    a, b, c = (vizlib.last(linear_probe(model, mine, ["act1"], seed=seed)) for seed in (0, 0, 1))
    assert np.array_equal(a.decisions, b.decisions)
    assert not np.array_equal(a.decisions, c.decisions)


def test_a_learning_curve_has_a_row_for_each_number_of_pictures_that_there_are() -> None:
    random = np.random.default_rng(0)
    labels = [0] * 9 + [1] * 9
    cloud = points(random.normal(size=(18, 40)) + np.array(labels)[:, None] * 1.5, labels)
    frames = list(learning_curve(cloud, cloud, "x", (1, 4, 9, 50), seeds=(0, 1, 2)))
    assert [(each.step, each.total, each.counts) for each in frames][-1] == (3, 3, (1, 4, 9))
    final = frames[-1]
    assert final.accuracy.shape == (3, 3)
    assert final.accuracy[2].tolist() == [1.0] * 3  # of 40 numbers each, 18 pictures are always separated
    assert final.accuracy[0].min() < 1
    low, high = final.interval
    assert (low <= final.mean).all()
    assert (final.mean <= high).all()
    with pytest.raises(VizError, match="smallest class has 9"):
        next(learning_curve(cloud, cloud, "x", (10,)))


def test_an_embedding_has_groups_apart_and_the_seed_decides() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat([0, 1], 15)
    cloud = (random.normal(size=(30, 8)) + groups[:, None] * 20).astype(np.float32)
    for how in ("pca", "tsne"):
        found = embedding(cloud, how, seed=1)
        assert found.shape == (30, 2)
        assert np.array_equal(found, embedding(cloud, how, seed=1))
        centers = np.stack([found[groups == each].mean(0) for each in (0, 1)])
        spread = max(np.linalg.norm(found[groups == each] - centers[each], axis=1).max() for each in (0, 1))
        assert np.linalg.norm(centers[0] - centers[1]) > spread
    assert embedding(cloud[:, :1]).shape == (30, 2)
    with pytest.raises(UnknownName, match="umap"):
        embedding(cloud, "umap")
    with pytest.raises(VizError, match="At least 3"):
        embedding(cloud[:2])


def test_random_weights_are_of_the_seed_and_leave_the_network_alone() -> None:
    model = vizlib.load_model("bundled/scenes", device="cpu")
    before = model.fingerprint
    a, again, b = (untrained(model, seed) for seed in (0, 0, 1))
    assert a.fingerprint == again.fingerprint
    assert len({model.fingerprint, a.fingerprint, b.fingerprint}) == 3
    assert model.fingerprint == before
    assert a.class_names == model.class_names
    assert a.network.layer1[0].bn2.weight.unique().tolist() == [1.0]  # type: ignore[union-attr,index]
    pixels = vizlib.to_pixels(drawn("digits", 1, tests=0).pictures[0], a)
    seen = vizlib.activations(a, pixels, ["layer4.0", "layer4.1"])
    assert not torch.allclose(seen["layer4.0"], seen["layer4.1"])
    assert all(bool(each.isfinite().all()) for each in seen.values())
