"""The colors that pictures and charts are drawn in are those of the pages around them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from vizlib.render import OTHER, SOURCE, TARGET, page_colors, rgb

ROOT = Path(__file__).resolve().parents[2]
THEME = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]


@pytest.mark.parametrize(("name", "dark"), [("light", False), ("dark", True)])
def test_the_colors_are_those_of_the_pages(name: str, dark: bool) -> None:
    found, wanted = page_colors(dark), THEME[name]
    assert (found.paper, found.ink, found.lines) == (
        wanted["backgroundColor"],
        wanted["textColor"],
        wanted["borderColor"],
    )
    assert list(found.series) == wanted["chartCategoricalColors"]


def test_the_widgets_draw_the_classes_in_the_colors_of_the_charts() -> None:
    styles = "".join(each.read_text() for each in (ROOT / "vizlib/ui/widgets").iterdir() if each.is_file())
    for name, color in (("source", SOURCE), ("target", TARGET), ("other", OTHER)):
        assert set(re.findall(rf"--{name}: (#\w{{6}})", styles)) == {color}


def test_a_color_is_three_levels() -> None:
    assert rgb("#0102ff") == (1, 2, 255)
