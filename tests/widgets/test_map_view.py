"""What a map that can be read sends to the browser: its raw values whole, and what it refuses."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from vizlib.render import Array
from vizlib.ui.widgets import map_view

PICTURE = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


def sent(values: Array) -> Array:
    """What the browser finds in the text of these values."""
    return np.frombuffer(base64.b64decode(map_view.data(PICTURE, values, "label", "logit")["values"]), "<f4")


def test_each_value_arrives_as_the_float32_that_it_was() -> None:
    values = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32) ** 9
    values[0, :3] = [np.nan, np.inf, -0.0]
    assert sent(values).tobytes() == values.tobytes()
    assert np.array_equal(sent(values.T.copy().T), sent(values), equal_nan=True), (
        "the values are sent row by row, whatever their layout in memory"
    )
    assert np.array_equal(sent(values.astype(np.float64)), sent(values), equal_nan=True)


def test_the_map_says_how_large_it_is_and_its_json_has_no_number_that_json_lacks() -> None:
    data = map_view.data(PICTURE, np.full((3, 4), np.nan), "A map", "logit", "twin")
    assert (data["rows"], data["columns"], data["height"], data["width"]) == (3, 4, 6, 8)
    assert (data["label"], data["unit"], data["group"], data["crisp"]) == ("A map", "logit", "twin", True)
    json.dumps(data, allow_nan=False)


def test_the_frame_before_a_map_reserves_a_line_for_a_short_unit_and_two_for_a_long_one() -> None:
    assert map_view.more_lines("logit") == 1
    assert map_view.more_lines("logit per unit of pixel value") == 2
    assert not map_view.data(PICTURE, PICTURE[..., 0], "A map", "logit")["alone"]
    assert map_view.data(PICTURE, PICTURE[..., 0], "A map", "logit per unit of pixel value")["alone"]


@pytest.mark.parametrize(
    ("picture", "values"),
    [
        (PICTURE.astype(np.float32), PICTURE[..., 0]),
        (PICTURE[..., 0], PICTURE[..., 0]),
        (PICTURE[..., :2], PICTURE[..., 0]),
        (PICTURE, PICTURE),
        (PICTURE, PICTURE[0, :, 0]),
    ],
)
def test_another_shape_or_kind_is_refused(picture: Any, values: Any) -> None:
    with pytest.raises(ValueError, match="of a map"):
        map_view.data(picture, values, "A map", "logit")


def test_in_a_lecture_the_map_is_a_picture_with_its_caption() -> None:
    def page() -> None:
        import numpy as np
        import streamlit as st

        from vizlib.ui.widgets import staged
        from vizlib.ui.widgets.map_view import map_view

        staged.begin()
        for name in ("one", "two"):
            map_view(np.zeros((6, 8, 3), np.uint8), np.zeros((6, 8)), name, "logit", name)
        st.session_state["parts"] = [each.part() for each in staged.take().parts]

    app = AppTest.from_function(page).run()
    assert not app.exception
    (board,) = app.session_state["parts"]
    assert (board.widget, board.words) == ("pictures", "one; two")
    assert [each["caption"] for each in board.data["pictures"]] == ["one", "two"]
