"""Search finds the pictures that excite a unit, crops what the unit sees, and says which classes depend on it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from vizlib import NotShowable, UnknownName, VizError, activations, load_model, to_pixels
from vizlib.activation_maximization.atlas import similar_order
from vizlib.models import Classifier
from vizlib.records import Unit
from vizlib.units.receptive_field import fed_classes, found_crops, found_pixels, seen_boxes
from vizlib.units.search import DrawnDigits, DrawnScenes, GivenPictures, PhotographPieces, Survey, search


@pytest.fixture(scope="module")
def scenes() -> Classifier:
    return load_model("bundled/scenes")


def surveyed(model: Classifier, layer: str, source: object) -> Survey:
    *_, last = search(model, layer, source)  # type: ignore[arg-type]
    return last


def test_the_survey_holds_every_pictures_mean_and_its_highest_and_lowest_places(scenes: Classifier) -> None:
    source = DrawnScenes(20)
    survey = surveyed(scenes, "layer2", source)
    assert survey.means.shape == (20, 48)
    for number in (0, 19):
        maps = activations(scenes, to_pixels(source.picture(number), scenes), ["layer2"])["layer2"][0]
        np.testing.assert_allclose(survey.means[number], maps.mean((1, 2)).numpy(), rtol=1e-4, atol=1e-5)
        assert survey.highest[number, 3] == int(maps[3].argmax())
        assert survey.lowest[number, 3] == int(maps[3].argmin())


def test_progress_counts_pictures(scenes: Classifier) -> None:
    steps = [(each.step, each.total, len(each.means)) for each in search(scenes, "layer1", DrawnScenes(20))]
    assert steps == [(16, 20, 16), (20, 20, 20)]


def test_the_ranking_is_from_the_most_extreme_on() -> None:
    survey = Survey(4, 4, np.array([[1.0], [5.0], [-2.0], [3.0]], np.float32), *(np.zeros((4, 1), np.int32),) * 2)
    assert survey.ranking(0, most=True, count=2) == [1, 3]
    assert survey.ranking(0, most=False, count=3) == [2, 0, 3]


def test_a_unit_for_red_finds_the_red_picture() -> None:
    model = tiny()
    source = GivenPictures([(name, Image.new("RGB", (40, 40), name)) for name in ("blue", "red", "green", "black")])
    survey = surveyed(model, "conv", source)
    assert source.title(survey.ranking(0)[0]) == "red"
    assert source.title(survey.ranking(0, most=False)[0]) != "red"


def test_the_same_pictures_are_the_same_source_and_others_are_not() -> None:
    red, blue = (Image.new("RGB", (9, 9), name) for name in ("red", "blue"))
    assert GivenPictures([("a", red)]).key == GivenPictures([("b", red)]).key
    assert GivenPictures([("a", red)]).key != GivenPictures([("a", blue)]).key
    assert DrawnScenes(3).key != DrawnScenes(4).key != DrawnDigits(4).key


def test_digits_are_searched_for_networks_that_see_gray() -> None:
    model = load_model("bundled/digits")
    source = DrawnDigits(30)
    best = surveyed(model, "fc", source).ranking(7)[0]
    assert source.title(best) == "7"


def test_nothing_to_search_is_told(scenes: Classifier) -> None:
    with pytest.raises(VizError, match="no pictures"):
        next(search(scenes, "layer1", GivenPictures([])))


def test_a_layer_that_is_not_there_is_told(scenes: Classifier) -> None:
    with pytest.raises((UnknownName, NotShowable)):
        next(search(scenes, "layer9", DrawnScenes(2)))


def test_the_box_is_where_the_unit_looks() -> None:
    model = tiny(kernel=5)
    pixels = torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    boxes = seen_boxes(model, Unit("conv", 0), pixels, [10 * 36 + 20, 0])
    left, top, right, bottom = boxes[0]
    assert left <= 20 < 25 <= right
    assert top <= 10 < 15 <= bottom
    assert right - left == bottom - top == 16  # the least box, around a 5 x 5 kernel
    assert boxes[1][:2] == (0, 0)


def test_boxes_stay_inside_the_picture_and_are_square(scenes: Classifier) -> None:
    source = DrawnScenes(6)
    survey = surveyed(scenes, "layer3", source)
    places = survey.highest[range(6), 5].tolist()
    for left, top, right, bottom in seen_boxes(
        scenes, Unit("layer3", 5), found_pixels(scenes, source, range(6)), places
    ):
        assert 0 <= left < right <= 128
        assert 0 <= top < bottom <= 128
        assert right - left == bottom - top


def test_a_unit_without_a_gradient_sees_the_whole_picture() -> None:
    model = tiny(bias=-100.0)
    assert seen_boxes(model, Unit("act", 0), torch.rand(1, 3, 40, 40), [5]) == [(0, 0, 40, 40)]


def test_crops_are_of_one_size_and_in_the_order_of_the_ranking(scenes: Classifier) -> None:
    source = DrawnScenes(12)
    survey = surveyed(scenes, "layer1", source)
    crops = found_crops(scenes, Unit("layer1", 2), source, survey, True, 4)
    again = found_crops(scenes, Unit("layer1", 2), source, survey, True, 1)
    assert crops.shape == (4, 160, 160, 3)
    np.testing.assert_array_equal(crops[0], again[0])


def test_what_a_class_loses_is_exact_where_the_rest_is_linear() -> None:
    model = tiny()
    pixels = torch.rand(3, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    maps = activations(model, pixels, ["conv"])["conv"]
    for unit in (0, 1):
        expected = maps[:, unit].mean((1, 2))[:, None] * model.network.fc.weight[:, unit]
        np.testing.assert_allclose(fed_classes(model, Unit("conv", unit), pixels), expected.mean(0).numpy(), atol=1e-5)


def test_what_a_class_loses_is_close_to_switching_the_unit_off(scenes: Classifier) -> None:
    """Only pooling and a linear layer follow the last block, so the first-order estimate is exact."""
    pixels = found_pixels(scenes, DrawnScenes(4), range(4))
    with scenes.tap("layer4") as seen, torch.no_grad():
        logits = scenes(pixels)
    maps = seen["layer4"].clone()
    maps[:, 7] = 0
    without = scenes.network.forward_head(maps).detach()
    expected = (logits - without).mean(0).numpy()
    np.testing.assert_allclose(fed_classes(scenes, Unit("layer4", 7), pixels), expected, atol=1e-4)


def test_channels_that_answer_alike_become_neighbors() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 50))
    noise = rng.normal(size=(50, 6)) * 0.01
    answers = np.stack([a, b, a, b, a, b], 1) + noise
    order = similar_order(answers.astype(np.float32))
    assert sorted(order) == list(range(6))
    assert len({each % 2 for each in order[:3]}) == 1


class Tiny(nn.Module):
    """A convolution whose first filter responds to red, pooling, a linear layer."""

    def __init__(self, kernel: int, bias: float) -> None:
        super().__init__()
        self.num_classes = 4
        self.conv, self.act, self.fc = nn.Conv2d(3, 2, kernel), nn.ReLU(), nn.Linear(2, 4)
        nn.init.zeros_(self.conv.weight)
        self.conv.weight.data[0, 0], self.conv.weight.data[0, 1:] = 1.0, -0.5
        self.conv.weight.data[1, 1] = 1.0
        nn.init.constant_(self.conv.bias, bias)

    def forward(self, x: Tensor) -> Tensor:
        return (
            self.fc(self.act(self.conv(x)).mean((2, 3)))
            if self.conv.bias[0] < 0
            else self.fc(self.conv(x).mean((2, 3)))
        )


def tiny(kernel: int = 3, bias: float = 0.0) -> Classifier:
    torch.manual_seed(0)
    network = Tiny(kernel, bias)
    network.pretrained_cfg = {"input_size": (3, 40, 40), "crop_pct": 1.0, "mean": (0.0,) * 3, "std": (1.0,) * 3}
    return Classifier(network, "tiny", torch.device("cpu"))


def test_pieces_of_photographs_are_squares_and_the_same_each_time() -> None:
    source = PhotographPieces(8)
    sizes = [source.picture(number).size for number in range(8)]
    assert all(width == height for width, height in sizes)
    assert len(set(sizes)) > 4
    assert source.picture(3).tobytes() == PhotographPieces(8).picture(3).tobytes()
    assert [source.title(number).rsplit(" ", 1)[1] for number in (0, 1, 4)] == ["cat", "astronaut", "cat"]
