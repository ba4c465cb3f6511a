"""What the deletion player sends to the browser, and the sizes that it refuses."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vizlib.ui.widgets import removal
from vizlib.ui.widgets.removal import Chance, Order, Removal

PICTURE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
FILLED = np.full_like(PICTURE, 128)
STEPS = (np.arange(24, dtype=np.uint8).reshape(4, 6) // 6) + 1  # four steps of a row each
CURVE = [0.9, 0.6, 0.3, 0.1, 0.0]
ORDER = Order("Gradient", STEPS, CURVE, 0.36)
ABOUT = Removal("id", "A cat", "tabby")
CHANCE = Chance(CURVE, [0.5 * each for each in CURVE], [min(1.0, 1.2 * each) for each in CURVE], 0.5)


def data(order: Order = ORDER, **more: Any) -> dict[str, Any]:
    return removal.data(PICTURE, FILLED, [order], replace(ABOUT, **more))


def test_it_is_plain_json_with_the_controls_beside_each_order() -> None:
    controlled = replace(ORDER, reversed_curve=np.array(CURVE[::-1]), reversed_area=0.7)
    made = json.loads(json.dumps(data(controlled, random=CHANCE, mode="brought in"), allow_nan=False))
    assert made["shares"] == [0, 0.25, 0.5, 0.75, 1]
    assert (made["mode"], made["target"], made["start"]) == ("brought in", "tabby", 1)
    (order,) = made["orders"]
    assert (order["label"], order["curve"], order["area"]) == ("Gradient", CURVE, 0.36)
    assert (order["reversed"], order["reversedArea"]) == (CURVE[::-1], 0.7)
    assert made["random"] == {"curve": CURVE, "low": CHANCE.low, "high": CHANCE.high, "area": 0.5}
    assert data()["random"] is None
    assert data()["orders"][0]["reversed"] == []


def test_the_steps_arrive_in_rows_with_the_low_byte_first() -> None:
    assert base64.b64decode(data()["orders"][0]["steps"]) == STEPS.tobytes()
    wide = np.asfortranarray(STEPS.astype(np.uint16))
    assert data(replace(ORDER, steps=wide)) == data(), "steps that fit into a byte are sent as bytes"
    never = np.where(wide == 4, 1000, wide).astype(np.uint16)
    made = data(replace(ORDER, steps=never))["orders"][0]
    assert made["bytes"] == 2
    assert base64.b64decode(made["steps"]) == never.astype("<u2").tobytes()


def test_pixels_that_are_never_removed_leave_the_last_share_below_one() -> None:
    steps = STEPS.copy()
    steps[3] = 255
    assert data(replace(ORDER, steps=steps))["shares"] == [0, 0.25, 0.5, 0.75, 0.75]


def test_where_the_fill_depends_on_the_order_each_step_has_a_picture() -> None:
    images = np.stack([np.full_like(PICTURE, 50 * step) for step in range(5)])
    made = data(replace(ORDER, pictures=images))["orders"][0]["pictures"]
    assert len(set(made)) == 5
    assert all(each.startswith("data:image/webp;base64,") for each in made)
    assert data()["orders"][0]["pictures"] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": STEPS - 1}, "from 1 on"),
        ({"steps": STEPS.astype(np.int64)}, "uint8 or uint16"),
        ({"steps": STEPS[:2]}, "of the picture's size"),
        ({"curve": [0.9, 0.1, 1.2, 0.0, 0.0]}, r"5 probabilities in \[0, 1\]"),
        ({"curve": [0.9, float("nan"), 0.2, 0.0, 0.0]}, r"5 probabilities in \[0, 1\]"),
        ({"reversed_curve": [0.1, 0.2]}, "5 probabilities"),
        ({"pictures": [PICTURE] * 4}, "a picture for each of 5 steps"),
        ({"pictures": [PICTURE[:2]] * 5}, "pictures are of the picture's size"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_name_of_the_order(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"Gradient: .*{words}"):
        data(replace(ORDER, **changes))


def test_orders_that_remove_other_numbers_of_pixels_share_no_axis_and_are_refused() -> None:
    other = replace(ORDER, label="Slow", steps=np.where(STEPS == 1, 2, STEPS).astype(np.uint8))
    with pytest.raises(ValueError, match="Slow: it removes another number of pixels"):
        removal.data(PICTURE, FILLED, [ORDER, other], ABOUT)


def test_the_pictures_are_of_one_size_and_there_is_an_order_and_a_band_of_its_length() -> None:
    with pytest.raises(ValueError, match="of one size"):
        removal.data(PICTURE, FILLED[:2], [ORDER], ABOUT)
    with pytest.raises(ValueError, match="at least one order"):
        removal.data(PICTURE, FILLED, [], ABOUT)
    with pytest.raises(ValueError, match="random order: a curve has 5"):
        data(random=replace(CHANCE, low=[0.1]))
