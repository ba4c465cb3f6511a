"""A script of another project, as its editor reads it: each line is right but those whose error is ignored by name.

The strict run of mypy reads it with the rest, and it complains about an ignored error that is not there;
tests/test_types.py gives it to pyright. Nobody runs it.
"""

from pathlib import Path
from typing import assert_type

import numpy as np
from torch import Tensor, nn

import vizlib
import vizlib.saliency as room
from vizlib.activation_maximization import channel, class_logit

model = vizlib.load_model("bundled/scenes", device="cpu")
assert_type(model, vizlib.Classifier)
assert_type(model.input_size, tuple[int, int])
assert_type(model.class_names, list[str])
pixels = vizlib.to_pixels([Path("cat.jpg"), np.zeros((8, 8, 3), np.uint8)], model)
assert_type(pixels, Tensor)
assert_type(model(pixels), Tensor)
assert_type(model.predict(pixels), Tensor)
for answer in model.top(Path("cat.jpg")):
    assert_type(answer.label, str)
    assert_type(answer.probability, float)
for layer in vizlib.list_layers(model):
    assert_type(layer.shape, tuple[int, int, int])
assert_type(vizlib.activations(model, pixels, ["layer1"]), dict[str, Tensor])
assert_type(vizlib.saliency(model, pixels, "smoothgrad", target="sheep", samples=20), Tensor)
assert_type(vizlib.explain(model, pixels, "guided", target=3).note, str)
assert_type(room.saliency_methods(), list[str])
goal = class_logit("sheep") - 0.5 * channel("layer3", 7)
for frame in vizlib.maximize(model, [goal, 3, "sheep"], steps=8, tv=2.0):
    assert_type(frame.pixels, Tensor)
assert_type(vizlib.last(vizlib.maximize(model, goal)), vizlib.Frame)
result = vizlib.fool(model, Path("cat.jpg"), "sheep", goal=0.9)
assert_type(result, vizlib.Fooling)
assert_type(result.png, bytes)
assert_type(vizlib.fool(model, [Path("cat.jpg")], "sheep"), list[vizlib.Fooling])
images, probabilities = vizlib.walk(model, result, [0, 0.5, 1.0])
assert_type(probabilities, Tensor)
assert_type(len(images), int)
assert_type(vizlib.sweep(model, [result.image], "resize"), Tensor)
mine = vizlib.wrap(nn.Flatten(), class_names=["a", "b"], size=(8, 8))
assert_type(mine, vizlib.Classifier)
module: nn.Module = mine.as_module()
try:
    vizlib.open_picture(b"")
except vizlib.VizError as problem:
    assert_type(problem.remedy, str)
vizlib.maximize(model, goal, steps="many")  # type: ignore[arg-type]
vizlib.load_model(3)  # type: ignore[arg-type]
vizlib.saliency(model, pixels, 5)  # type: ignore[arg-type]
vizlib.walk(model, "result", [0])  # type: ignore[arg-type]
gone = result.gradient  # type: ignore[attr-defined]
absent = vizlib.perturbed  # type: ignore[attr-defined]
vizlib.last(3)  # type: ignore[call-overload]
