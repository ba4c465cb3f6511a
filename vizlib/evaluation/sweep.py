"""One shake, stronger and stronger: the network's answers to the same pictures at every value."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from vizlib.evaluation.inputs import Pictures, answers, one_picture, pictures
from vizlib.evaluation.shakes import ShakeName, Value, checked_values, find_shake
from vizlib.evaluation.shaking import draws
from vizlib.models import Classifier, best_names, in_own_context
from vizlib.pictures import Picture
from vizlib.render import Image8, notebook
from vizlib.render.curves import Axes, curves
from vizlib.steps import last

_SHOWN = 4  # images whose answers a notebook shows


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """A sweep after `step` of `total` looks of the network; the last frame is the answer.

    Attributes:
        step: looks so far, from 1.
        total: looks in all: values times images.
        transform: what is done to the images, for example "resize".
        values: how strongly, in the unit of the transform.
        probabilities: Tensor (values, images, K), float32 on the CPU, in [0, 1]; NaN where nothing is computed yet.
        names: of the classes that matter, by index.
    """

    step: int
    total: int
    transform: str
    values: tuple[Value, ...]
    probabilities: Tensor
    names: Mapping[int, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        values, images, classes = self.probabilities.shape
        size = f"{values} values, {images} image{'s' * (images != 1)}, {classes} classes"
        return f"Sweep({self.transform}, step {self.step} of {self.total}: {size})"

    def _repr_html_(self) -> str:
        count = self.probabilities.shape[1]
        drawn = [self._curves(at) if self._numbers else self._table(at) for at in range(min(count, _SHOWN))]
        more = f"The first {_SHOWN} of {count} images." if count > _SHOWN else ""
        title = f"{self.transform}: {len(self.values)} values, step {self.step} of {self.total}"
        return notebook.shown(title, *drawn, note=more)

    @property
    def _numbers(self) -> bool:
        return all(isinstance(each, int | float) for each in self.values)

    def _curves(self, image: int) -> str:
        order = sorted(range(len(self.values)), key=lambda at: float(self.values[at]))
        places = [float(self.values[at]) for at in order]
        found = self.probabilities[order, image]
        lines = [(name, list(zip(places, found[:, index].tolist()))) for index, name in self.names.items()]
        many = f" of image {image}" if self.probabilities.shape[1] > 1 else ""
        return curves(lines, Axes(self.transform, f"probability{many}", share=True))

    def _table(self, image: int) -> str:
        found = [self.probabilities[:, image, index].tolist() for index in self.names]
        cells = [[str(value), *map(notebook.percent, each)] for value, each in zip(self.values, zip(*found))]
        return notebook.rows([self.transform, *self.names.values()], cells)


@in_own_context
def sweeping(
    model: Classifier,
    images: Pictures,
    transform: ShakeName | str = "resize",
    values: Sequence[Value] | None = None,
    seed: int = 0,
) -> Generator[Sweep, None, None]:
    """The run of `sweep` as a generator of frames, one every few looks of the network.

    model, images, transform, values, seed: as for `sweep`.

    Yields `Sweep` frames. The last one holds all `probabilities`, and the `values` that they belong to.

    Raises what `sweep` raises, at the first step.

    Example:
        >>> import vizlib
        >>> from vizlib.evaluation import sweeping
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> *_, last = sweeping(model, draw_digit(seed=5, label=7).image, "rotation", [-20, 0, 20])
        >>> last
        Sweep(rotation, step 3 of 3: 3 values, 1 image, 10 classes)
    """
    shake = find_shake(transform)
    chosen = checked_values(shake, values, model)
    given = pictures(images)
    draws(seed, 0)
    total = len(chosen) * len(given)
    found = torch.full((total, len(model.class_names)), torch.nan)
    step = 0
    views = (shake.image(picture, value, model, seed) for value in chosen for picture in given)
    for some in answers(model, views):
        found[step : step + len(some)] = some
        step += len(some)
        names = best_names(model.class_names, found[:step])
        yield Sweep(step, total, shake.key, chosen, found.clone().view(len(chosen), len(given), -1), names)


@in_own_context
def sweep(
    model: Classifier,
    images: Pictures,
    transform: ShakeName | str = "resize",
    values: Sequence[Value] | None = None,
    seed: int = 0,
    *,
    progress: bool = False,
) -> Tensor:
    """The network's answers to pictures that are all changed alike, more and more strongly.

    model: the network.
    images: one picture of any kind that `open_picture` and `to_pixels` take (a path, bytes, a PIL image, an array
        (H, W, 3), a tensor (3, H, W)), best as it was opened; a list of them; or a batch: pixels (N, 3, H, W) in
        [0, 1], which are rounded to images, or an array (N, H, W, 3). Each goes through the network's own resize
        and crop, with one thing in it changed.
    transform: what is changed.
        "resize": the size before the crop, in px. "crop": px that the crop window moves to the right. "shift": px
        that the network's input moves to the right. "rotation": degrees, counterclockwise. "blur": standard
        deviation in px. "jpeg": quality, 1 to 100. "brightness": factor. "noise": standard deviation in gray
        levels of 255. "interpolation": of the resize, a word such as "bilinear".
    values: how strongly, in the unit of the transform. By default its usual values for this network, 6 to 27 of
        them, which `sweeping` returns too: px scale with the input size.
    seed: of the noise, which is the same for all images and all values.
    progress: whether a bar shows how much is done.

    Returns a tensor (values, images, K) of probabilities, float32 on the CPU.

    Raises UnknownName for another transform or interpolation; VizError for values outside its range, no values or no
    picture; PictureError for what is no picture.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> digits = [draw_digit(seed=5, label=each).image for each in (7, 2)]
        >>> found = vizlib.sweep(model, digits, "rotation", [-20, 0, 20])
        >>> tuple(found.shape), found[1].argmax(1).tolist()
        ((3, 2, 10), [7, 2])
    """
    return last(sweeping(model, images, transform, values, seed), progress, "sweep").probabilities


@in_own_context
def shaken_view(model: Classifier, image: Picture, transform: str, value: Value, seed: int = 0) -> Image8:
    """What the network saw of one image at one value of a sweep, uint8 (H, W, 3) of its input size.

    Raises UnknownName or VizError, each with its remedy.
    """
    draws(seed, 0)
    return find_shake(transform).image(one_picture(image), value, model, seed)
