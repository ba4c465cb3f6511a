"""The records of the engine."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from vizlib.records import Layer, Prediction, Preprocessing, Unit


def test_records_cannot_be_changed_after_they_were_made() -> None:
    prediction = Prediction(1, "sheep", 4.2, 0.9)
    with pytest.raises(FrozenInstanceError):
        prediction.probability = 1.0  # type: ignore[misc]


def test_a_layer_can_be_shown_as_a_map_where_it_has_more_than_one_place() -> None:
    def layer(shape: tuple[int, int, int]) -> Layer:
        return Layer("layer4", "stage", shape, 0)

    assert layer((512, 7, 7)).spatial
    assert layer((512, 1, 7)).spatial
    assert not layer((1000, 1, 1)).spatial


def test_a_unit_is_called_by_its_layer_channel_and_place() -> None:
    assert str(Unit("layer3.1.conv2", 17)) == "layer3.1.conv2 channel 17"
    assert str(Unit("layer3.1.conv2", 17, (3, 4))) == "layer3.1.conv2 channel 17 at 3, 4"


def test_an_unknown_preprocessing_is_that_of_imagenet() -> None:
    known = Preprocessing()
    assert (known.size, known.channels, known.crop_mode) == ((224, 224), 3, "center")
    assert len(known.mean) == len(known.std) == known.channels
