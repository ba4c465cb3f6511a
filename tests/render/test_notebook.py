"""What a notebook's cell shows of results: pictures that decode, words that are escaped, sizes that are bounded."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

import vizlib
from tests.shown import pictures_in, whole
from vizlib.activation_maximization import Frame
from vizlib.fooling import Fooling
from vizlib.records import Prediction
from vizlib.render import notebook
from vizlib.render.curves import Axes, curves
from vizlib.saliency import Estimate
from vizlib.training.curve import LearningCurve
from vizlib.training.gan.frame import GanFrame
from vizlib.training.tuning import Tuning

NASTY = '<script>alert("1")</script> & <img src=x onerror=alert(1)>'
BIGGEST = 2_000_000  # characters


def noise(count: int, side: int) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_a_picture_comes_back_from_its_address_as_it_was() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    (back,) = pictures_in(notebook.pictures([image]))
    assert np.array_equal(back, image)


def test_a_batch_of_70_shows_the_first_64_in_less_than_2_mb_and_says_so() -> None:
    frame = Frame(1, 1, noise(70, 224), torch.arange(70.0), notes=(NASTY * 100,) * 70)
    shown = frame._repr_html_()
    assert len(pictures_in(shown)) == 64
    assert "The first 64 of 70 pictures." in shown
    assert len(shown) < BIGGEST
    assert "score 63<" in shown
    assert "score 64<" not in shown


def test_a_single_large_picture_is_reduced_and_a_tiny_one_enlarged_in_crisp_squares() -> None:
    (large,) = pictures_in(Frame(1, 1, noise(1, 700), torch.ones(1))._repr_html_())
    assert max(large.shape) == 320
    tiny = notebook.pictures([np.zeros((28, 28, 3), np.uint8)])
    assert 'width="224"' in tiny
    assert "pixelated" in tiny


def test_strangers_words_are_escaped_everywhere() -> None:
    shown = [
        notebook.shown(NASTY, note=NASTY),
        notebook.pictures([np.zeros((9, 9, 3), np.uint8)], [NASTY]),
        notebook.rows([NASTY], [[NASTY]], (0, 0)),
        notebook.facts([(NASTY, NASTY)]),
        curves([(NASTY, [(0, 1), (1, 2)]), ("other", [(0, 1)])], Axes(NASTY, NASTY)),
        Estimate(1, 1, torch.ones(1, 4, 4), NASTY)._repr_html_(),
    ]
    for each in shown:
        assert whole(each)
        assert "<script" not in each
        assert "onerror" not in re.sub(r'alt="[^"]*"', "", each).replace("&lt;img src=x onerror", "")


def test_no_letter_has_a_color_of_its_own_that_a_dark_or_a_light_page_could_hide() -> None:
    drawing = curves([("one", [(0, 1), (1, 2)]), ("other", [(0, 1), (1, 1)])], Axes("x", "y"))
    page = notebook.shown("title", notebook.rows(["a"], [["b"]]), notebook.facts([("c", "d")]), drawing, note="note")
    assert not re.search(r"[;\"]color:(?!inherit)", page)
    assert set(re.findall(r'<text[^>]*fill="([^"]*)"', page)) == {"currentColor"}


def test_a_map_says_its_scale_and_is_signed_only_where_it_is_negative_somewhere() -> None:
    values = torch.tensor([[[0.0, 2.0]]])
    assert "<span>-" not in Estimate(1, 1, values)._repr_html_()
    signed = Estimate(1, 1, values - 1, figures={"completeness_error": torch.tensor([0.25])})._repr_html_()
    assert "<span>-1</span><span>0</span><span>1</span>" in signed
    assert "completeness error 0.25" in signed
    (image,) = pictures_in(signed)
    assert image.tolist() == [[[3, 38, 109], [101, 1, 18]]]


def test_maps_without_a_finite_value_and_no_maps_at_all_are_shown_too() -> None:
    for values in (torch.full((2, 3, 3), torch.nan), torch.zeros(0, 3, 3)):
        assert whole(Estimate(1, 1, values)._repr_html_())


def test_a_fooling_image_shows_the_original_the_change_and_the_file() -> None:
    one, other = np.zeros((9, 9, 3), np.uint8), np.full((9, 9, 3), 2, np.uint8)
    shares = torch.tensor([0.25, 0.75]), torch.tensor([0.9, 0.1])
    result = Fooling("lattice", "net", 1, 0, 0.0, True, b"", one, other, *shares, 3, names={0: NASTY, 1: "cat"})
    shown = result._repr_html_()
    original, change, file = pictures_in(shown)
    assert np.array_equal(original, one)
    assert np.array_equal(file, other)
    assert change[0, 0].tolist() == [228] * 3  # 128 + 50 * 2
    assert "cat 75.0 %" in shown
    assert "&lt;script&gt;" in shown
    assert "2 of 255 levels" in shown
    assert result.sha256 in shown


def test_a_class_without_a_name_is_called_by_its_number() -> None:
    image = np.zeros((9, 9, 3), np.uint8)
    shares = torch.tensor([0.25, 0.75])
    assert "class 1 75.0 %" in Fooling("x", "", 1, 0, 0.0, True, b"", image, image, shares, shares, 0)._repr_html_()


def test_the_best_cell_is_bold_and_a_long_table_is_cut() -> None:
    cells = [["a", str(row)] for row in range(200)]
    shown = notebook.rows(["x", "y"], cells, (3, 1))
    assert re.findall(r"<b>(.*?)</b>", shown) == ["3"]
    assert shown.count("<tr>") == 65
    assert "The first 64 of 200 rows." in shown


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.375, "37.5 %"), (0.9998, "99.98 %"), (1.0, "100.0 %"), (1e-6, "<0.01 %"), (0.0, "0.0 %"), (np.nan, "unknown")],
)
def test_shares_are_said_as_people_read_them(share: float, words: str) -> None:
    assert notebook.percent(share) == words


def test_a_curve_goes_from_corner_to_corner_and_stops_where_there_is_nothing() -> None:
    nan = float("nan")
    drawing = curves([("one", [(0, 0), (1, nan), (2, 0.5), (4, 1)])], Axes("x", "y", share=True, marks=(2,)))
    lines = re.findall(r'<polyline points="([^"]*)"', drawing)
    assert lines == ["52.0,182.0", "250.0,103.0 448.0,24.0"]
    assert 'stroke-dasharray="4 3"' in drawing
    assert drawing.count("<circle") == 3


def test_a_curve_of_a_million_points_is_thinned_and_ends_where_it_ends() -> None:
    drawing = curves([("one", [(at, at) for at in range(100_000)])], Axes("x", "y"))
    assert len(drawing) < 20_000
    assert "448.0,24.0" in drawing


def test_curves_without_a_finite_point_are_nothing_and_flat_ones_have_a_range() -> None:
    assert curves([("one", [(0, float("nan"))]), ("two", [])], Axes("x", "y")) == ""
    assert "nan" not in curves([("one", [(3, 1), (3, 1)])], Axes("x", "y"))


def test_a_prediction_and_its_list_stay_what_they_were() -> None:
    from vizlib.models.outputs import Answers

    answers = Answers([Prediction(1, "a & b", 2.0, 0.875)])
    assert answers == [Prediction(1, "a & b", 2.0, 0.875)]
    assert "a &amp; b" in answers._repr_html_()
    assert "87.5 %" in answers._repr_html_()


def test_a_page_that_is_not_closed_is_noticed() -> None:
    assert whole("<div><b>x</b><br></div>")
    assert not whole("<div><b>x</div>")
    assert not whole("<div>")


def test_trainings_show_their_curves_and_what_they_made() -> None:
    steps, shares = np.array([0, 1]), np.array([0.25, 0.5])
    tuning = Tuning(1, 2, 0.5, 0.75, losses=np.array([0.5]), steps=steps, accuracies=shares, note=NASTY)
    assert "75.0 % of the held-out pictures are right" in tuning._repr_html_()
    curve = LearningCurve(1, 1, (1, 5), "layer2", np.array([[0.25, 0.75], [0.5, 0.5]]))
    assert "2 seeds" in curve._repr_html_()
    assert ">50.0 %<" in curve._repr_html_()
    frame = GanFrame(1, 2, torch.rand(40, 1, 28, 28), 0.5, 0.25, np.array([0.5]), np.array([0.25]))
    assert len(pictures_in(frame._repr_html_())) == 40
    for each in (tuning, curve, frame, Tuning(0, 2, float("nan"), 0.5)):
        assert whole(each._repr_html_())


def test_a_set_of_pictures_shows_a_few_of_each_class() -> None:
    shown = vizlib.drawn("digits", per_class=3, tests=1)._repr_html_()
    assert len(pictures_in(shown)) == 10
    assert "30 pictures and 10 held-out ones of 10 classes" in shown


def test_a_network_and_its_layers_show_themselves() -> None:
    model = vizlib.load_model("bundled/digits", device="cpu")
    assert "28 x 28 px, gray" in model._repr_html_()
    layers = vizlib.list_layers(model)
    assert f"{len(layers)} layers" in layers._repr_html_()  # type: ignore[attr-defined]
    assert "steps" in vizlib.knobs("lattice")._repr_html_()
