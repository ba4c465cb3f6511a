"""A sweep holds exactly the network's answers to each view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from vizlib.errors import UnknownName, VizError
from vizlib.evaluation import SHAKES, noise_control, shaken_view, sweep, sweeping
from vizlib.models import Classifier
from vizlib.pictures import encode_png


def drawn(count: int, side: int = 16) -> list[np.ndarray[Any, Any]]:
    return list(np.random.default_rng(2).integers(0, 256, (count, side, side, 3), dtype=np.uint8))


@pytest.mark.parametrize("key", SHAKES)
def test_every_entry_is_the_networks_answer_to_what_it_saw(linear: Classifier, key: str) -> None:
    images = drawn(2)
    values = SHAKES[key].usual(linear)[:3]
    found = sweep(linear, images, key, values, seed=7)
    assert found.shape == (3, 2, 4)
    assert (found.device.type, found.dtype) == ("cpu", torch.float32)
    for row, value in enumerate(values):
        for column, image in enumerate(images):
            looked = torch.from_numpy(shaken_view(linear, image, key, value, seed=7)).permute(2, 0, 1)[None] / 255
            assert torch.allclose(found[row, column], linear.predict(looked)[0].cpu(), atol=1e-5)


def test_without_values_the_usual_ones_of_the_network_are_swept(linear: Classifier) -> None:
    (*_, last) = sweeping(linear, drawn(1))
    assert last.transform == "resize"
    assert last.values == SHAKES["resize"].usual(linear)
    assert last.probabilities.shape == (len(last.values), 1, 4)


def test_frames_fill_the_table_few_looks_at_a_time(linear: Classifier) -> None:
    network: Any = linear.network
    network.asked.clear()
    frames = list(sweeping(linear, drawn(5), "shift", range(-5, 5)))
    assert sum(network.asked) == frames[-1].total == 50
    assert max(network.asked) <= (16 if linear.device.type == "cpu" else 64)
    assert [frame.step for frame in frames] == list(np.cumsum(network.asked))
    for frame in frames:
        known = ~frame.probabilities.isnan().any(2).flatten()
        assert known.tolist() == [index < frame.step for index in range(50)]
    assert not frames[-1].probabilities.isnan().any()


def test_images_come_in_every_kind_of_the_edges(linear: Classifier) -> None:
    images = drawn(3)
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2) / 255
    expected = sweep(linear, images, "shift", [0, 2])
    kinds: list[Any] = [
        pixels,
        pixels + 0.3 / 255,  # rounded to images first
        [Image.fromarray(each) for each in images],
        np.stack(images),
        tuple(images),
        [images[0], Image.fromarray(images[1]), pixels[2]],
    ]
    for given in kinds:
        assert torch.equal(sweep(linear, given, "shift", [0, 2]), expected)
    one: list[Any] = [images[0], Image.fromarray(images[0]), pixels[0], pixels[:1]]
    for single in one:
        assert torch.allclose(sweep(linear, single, "shift", [0, 2]), expected[:, :1], atol=1e-6)


def test_paths_and_files_in_memory_are_images_too(linear: Classifier, tmp_path: Path) -> None:
    images = drawn(2)
    (tmp_path / "one.png").write_bytes(encode_png(images[1]))
    found = sweep(linear, [encode_png(images[0]), tmp_path / "one.png"], "blur", [0, 1])
    assert torch.equal(found, sweep(linear, images, "blur", [0, 1]))


def test_a_frame_prints_as_one_line(linear: Classifier) -> None:
    *_, last = sweeping(linear, drawn(2), "blur", [0, 1, 2])
    assert repr(last) == "Sweep(blur, step 6 of 6: 3 values, 2 images, 4 classes)"


def test_the_help_names_every_transform() -> None:
    assert all(f'"{key}":' in (sweep.__doc__ or "") for key in SHAKES)


def test_the_same_seed_is_the_same_noise_for_all_pictures(linear: Classifier) -> None:
    image = drawn(1)[0]
    found = sweep(linear, [image, image], "noise", [20, 40], seed=3)
    assert torch.allclose(found[:, 0], found[:, 1], atol=1e-6)
    assert torch.equal(found, sweep(linear, [image, image], "noise", [20, 40], seed=3))
    assert not torch.allclose(found, sweep(linear, [image, image], "noise", [20, 40], seed=4), atol=1e-6)


def test_values_may_come_from_numpy_and_whole_floats(linear: Classifier) -> None:
    expected = sweep(linear, drawn(1), "shift", [1, 2])
    for values in (np.array([1, 2]), np.array([1.0, 2.0]), torch.tensor([1, 2]), (1.0, 2.0)):
        assert torch.equal(sweep(linear, drawn(1), "shift", values), expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("images", [[], np.zeros((16, 16, 5)), np.full((16, 16, 3), 9.0), "no file.png", None, [None]])
def test_what_is_no_picture_gets_a_sentence(linear: Classifier, images: Any) -> None:
    with pytest.raises(VizError) as problem:
        sweep(linear, images)
    assert problem.value.remedy


@pytest.mark.parametrize("values", [[], "bicubic", 224, [1, None], ["bicubic"], [[1]]])
def test_values_that_cannot_be_get_a_sentence(linear: Classifier, values: Any) -> None:
    with pytest.raises(VizError) as problem:
        sweep(linear, drawn(1), "shift", values)
    assert problem.value.remedy


def test_an_unknown_transform_gets_the_closest_name_and_a_seed_is_a_whole_number(linear: Classifier) -> None:
    with pytest.raises(UnknownName, match="resize"):
        sweep(linear, drawn(1), "resizing")
    with pytest.raises(VizError, match="seed"):
        sweep(linear, drawn(1), "shift", seed=-1)
    with pytest.raises(VizError, match="2 pictures"):
        shaken_view(linear, drawn(2), "shift", 1)  # type: ignore[arg-type]


def test_turning_a_twin_a_little_unmasks_it_and_not_the_others(scenes: Classifier, twin: Any) -> None:
    control = noise_control(twin.original, twin.fooled)
    found = sweep(scenes, [twin.original, twin.fooled, control], "rotation", [-6, 0, 6])
    classes = found.argmax(2)
    assert classes[1].tolist() == [twin.label, twin.target, twin.label]
    assert classes[0].tolist() == classes[2].tolist() == [twin.label] * 3
