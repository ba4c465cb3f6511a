"""What charts say: in words, in numbers, as a table and as a picture; and the basket that holds them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from vizlib.activation_maximization import Settings
from vizlib.errors import VizError
from vizlib.fooling import MENU as ATTACKS
from vizlib.method import knob_fields
from vizlib.saliency import MENU as SALIENCY
from vizlib.ui.shared import basket, charts, curves, lines, printed
from vizlib.ui.shared.curves import Curve
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.plot import Panel, Series, round_span, said, table
from vizlib.ui.shared.words import number, percent, share, size

GAP = "\N{NO-BREAK SPACE}"
BARS = Panel("Classes", "probability (%)", "", [Series("", [95.5, 0.6], ["sheep", "leaf"], "bars")])
LINE = Panel("Lead", "step", "logits", [Series("toaster", [0, 1, 2], [-3.0, 0.5, 4.0])], marks=[(1.0, "fooled $")])


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [(0, 0.00433, (0, 0.006)), (-0.245, 71.5, (-20, 80)), (0, 11.1, (0, 15)), (-2, 5, (-2, 6)), (0, 0, (0, 1))],
)
def test_an_axis_ends_at_round_numbers_around_all_its_values(
    low: float, high: float, ends: tuple[float, float]
) -> None:
    assert round_span(low, high) == ends


def test_the_axis_of_a_curve_holds_zero_and_all_its_values() -> None:
    assert curves._span(Curve("norm", "", [1, 2], [0.2, 0.3])) == (0.0, 0.3)
    assert curves._span(Curve("share", "%", [1], [12.0], 100)) == (0.0, 100)
    assert curves._span(Curve("pull", "", [1], [0.0])) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("part", "text"),
    [(0.0, "< 0.1"), (0.0004, "< 0.1"), (0.123, "12.3"), (0.999, "99.9"), (0.99999, "> 99.9"), (1, "> 99.9")],
)
def test_probabilities_are_told_without_lying(part: float, text: str) -> None:
    assert percent(part) == f"{text}{GAP}%"


def test_numbers_and_their_units_stay_on_one_line() -> None:
    assert share(1) == f"100.0{GAP}%"
    assert [size(378_400), size(12_340_000), size(1_234_000_000)] == [f"378{GAP}kB", f"12.3{GAP}MB", f"1,234{GAP}MB"]
    assert [number(-0.24567), number(1234.5), number(71.5)] == ["\N{MINUS SIGN}0.246", "1,234", "71.5"]
    assert number(-4.29e-05) == f"\N{MINUS SIGN}4.29{GAP}\N{MULTIPLICATION SIGN}{GAP}10⁻⁵"


def test_a_chart_is_read_out_in_the_order_in_which_it_is_seen() -> None:
    assert said([BARS, LINE]) == "Classes: sheep 95.5, leaf 0.6. Lead: toaster from \N{MINUS SIGN}3 to 4."


def test_the_table_of_a_chart_has_every_value() -> None:
    rows = list(csv.reader(io.StringIO(table([BARS, LINE]))))
    assert rows[1:] == [
        ["Classes", "", "95.5", "sheep", "95.5"],
        ["Classes", "", "0.6", "leaf", "0.6"],
        ["Lead", "toaster", "0", "-3.0", "-3.0"],
        ["Lead", "toaster", "1", "0.5", "0.5"],
        ["Lead", "toaster", "2", "4.0", "4.0"],
    ]


@pytest.mark.slow
def test_every_kind_of_plotly_chart_is_saved_as_a_picture_and_as_a_table() -> None:
    chart = go.Figure(go.Heatmap(z=[[-1.0, 2.0], [0.0, 1.0]]))
    (panel,) = printed.panels_of(chart, "Map")
    assert said([panel]) == "Map: 2 x 2 values from \N{MINUS SIGN}1 to 2."
    assert table([panel]).splitlines()[2] == "Map,,1,0,2.0"
    spread = go.Figure(go.Box(x=[1.0, 3.0, 2.0], name="a &lt; b")).add_scatter(
        x=[5.0], y=["a"], mode="markers", name="now"
    )
    (dots,) = printed.panels_of(spread, "Spread")
    assert said([dots]) == "Spread: a < b 3 values from 1 to 3; now 5."
    lines = go.Figure(go.Scatter(x=[0, 1], y=[2, 1], name="one")).add_vline(x=0.5, annotation_text="half")
    (crossed,) = printed.panels_of(lines, "Line")
    assert crossed.marks == [(0.5, "half")]
    picture = Image.open(io.BytesIO(printed.png([panel, dots, crossed, BARS, LINE])))
    assert picture.format == "PNG"
    assert picture.width == 1280
    assert len(np.unique(np.asarray(picture.convert("L")))) > 50, "something is drawn"


@pytest.mark.parametrize("curve", [Curve("Logit", "", [1, 2], [-2.0, 5.0]), Curve("Logit", "", [], [])])
def test_live_and_finished_curves_are_the_same_drawing(curve: Curve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves.show, "dark", lambda: False)
    monkeypatch.setattr(charts, "tools", lambda *words: None)
    drawn: list[str] = []

    class Place:
        def html(self, body: str) -> None:
            drawn.append(body)

        def __enter__(self) -> None: ...
        def __exit__(self, *problem: object) -> None: ...

    curves.live([curve], 2, Place())
    curves.chart([curve], 2, Place(), "key")
    assert drawn[0] == drawn[1]


def test_curves_say_where_they_begin_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves.show, "dark", lambda: True)
    body = curves._body([Curve("Probability of <cat>", "%", [0, 9], [3.0, 99.99], 100)], 24)
    said = f'aria-label="Probability of &lt;cat&gt;: from 3.0{GAP}% at step 0 to &gt; 99.9{GAP}% at step 9 of 24."'
    assert said in body
    assert "<cat>" not in body


def test_the_controls_of_two_networks_are_told_apart_by_their_marks() -> None:
    drawn = [Line(name, [0], [1], quiet="random" in name) for name in ("a, FGSM", "a, random", "b, random")]
    body = lines._body(drawn, Axes("epsilon", "right", (0, 1)))
    marks = [re.findall(rf'<b class="([a-z ]+)"[^>]*>{each.name}</b>', body) for each in drawn]
    assert marks == [["round"], ["quiet round"], ["quiet square"]]


def test_each_choice_of_every_setting_is_said_in_words() -> None:
    every = [Settings, *(each.knobs for each in (*ATTACKS, *SALIENCY))]
    choices = [knob for knobs in every for _, knob, _ in knob_fields(knobs).values() if knob.choices]
    assert len(choices) >= 8
    assert [(knob.label, len(knob.meanings)) for knob in choices] == [(k.label, len(k.choices)) for k in choices]


def page() -> None:
    """A page with one chart, one picture and one table, as app.py draws it."""
    import numpy as np

    from vizlib.ui.shared import basket, charts, save, show

    basket.begin()
    charts.bars([charts.Bar("sheep", 95.5), charts.Bar("leaf", 0.6)], "probability (%)", "a", percentages=True)
    charts.bars([charts.Bar("cat", -0.5)], "logits", "b")
    show.figure(np.zeros((4, 4, 3), np.uint8), "A black square: 4 x 4 px")
    save.save_csv("Table", ["a"], [[1]], "filterscope_table")
    basket.offer("What fools it?")


def test_all_that_is_drawn_is_in_the_basket_and_made_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[dict[str, Any]] = []
    monkeypatch.setattr(basket, "zipped", lambda files, about: held.append({**files, "about": about}) or b"")
    made: list[int] = []
    monkeypatch.setattr(printed, "png", lambda panels: made.append(1) or b"")
    offered: list[Any] = []

    def offer(label: str, data: Any, *words: str, **more: Any) -> None:
        offered.append((more["key"], data))

    monkeypatch.setattr(basket.st, "download_button", offer)
    visitor = AppTest.from_function(page).run()
    assert [*visitor.exception] == []
    assert made == []
    dict(offered)["everything"]()
    assert list(held[0]) == [
        "charts/probability.png",
        "charts/probability.csv",
        "charts/logits.png",
        "charts/logits.csv",
        "pictures/A_black_square_4_x_4_px.png",
        "files/filterscope_table.csv",
        "about",
    ]
    assert held[0]["about"]["page"] == "What fools it?"


def test_the_archive_holds_the_files_and_names_those_that_cannot_be_made() -> None:
    def broken() -> bytes:
        raise VizError("The film is too long.", "Make it shorter.")

    data = basket.zipped({"files/a.txt": lambda: "a", "files/film.gif": broken}, {"page": "p"})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["about.json", "files/a.txt"]
        about = json.loads(archive.read("about.json"))
    assert about["page"] == "p"
    assert "The film is too long." in about["missing"]["files/film.gif"]
