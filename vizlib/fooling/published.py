"""Published attacks as other libraries have them: pixels in, pixels out, and no file."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any

import torch
from torch import Tensor

from vizlib.fooling.aim import Targets, aims
from vizlib.fooling.batch import Batch, plain_criterion
from vizlib.fooling.menu import MENU
from vizlib.fooling.result import HIGHEST
from vizlib.method import Menu, turn
from vizlib.models import Classifier, in_own_context, pixels_of
from vizlib.pictures import Pictures


@in_own_context
def perturb(
    model: Classifier, pixels: Pictures, targets: Targets = None, method: str = "ddn", seed: int = 0, **knobs: Any
) -> Tensor:
    """Pixels that fool the network, by a published attack, as in its paper: neither rounded to levels nor saved.

    A change found in this way is mostly smaller than that of a file, and rounding the pixels to a file can take it
    back: `fool` makes files that still fool the network.

    model: the network.
    pixels: a tensor (N, 3, H, W) in [0, 1], as `to_pixels` makes them; or a picture of any kind, or a list of them,
        which are prepared by `to_pixels`.
    targets: what the network shall answer; one for all pictures, or a list with one for each. A class by index or
        name, or a difference of classes (see `fool`). None: any class but the predicted one; with independent
        labels, that one has to fall below 50 %.
    method: "ddn" (Rony et al. 2019) and "fmn" (Pintor et al. 2021) look for the smallest change in L2, "pgd"
        (Madry et al. 2017) for a change within a given radius. "fgsm" (Goodfellow et al. 2014) and "ifgsm" (Kurakin
        et al. 2016) take one step and many steps along the gradient's sign, within epsilon.
    seed: of the random start of "pgd", which is the same for every picture.
    knobs: the method's settings, as for `fool`. Only `whole_levels` of "ddn" has another default: False, so that
        no step is rounded. (The paper's own code rounds to 256 levels, foolbox does not.)

    Returns a tensor (N, 3, H, W) in [0, 1], float32, on the network's device. Where nothing is found, "ddn" and "fmn"
    return the picture unchanged, the others their last step. `model.predict(found).argmax(1)` tells what the network
    now answers, and the last frame of `perturbing` says which pictures succeeded.

    Raises UnknownName for another method, class or setting; NotShowable for a target that is no answer of the network;
    VizError for other pixels, settings or numbers of targets.

    Example:
        >>> import vizlib
        >>> from vizlib.fooling import perturb
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> pixels = vizlib.to_pixels(draw_digit(seed=5, label=7).image, model)
        >>> found = perturb(model, pixels, "3", "pgd", l2=2.0, steps=10)
        >>> model.predict(found).argmax(1).tolist(), bool((found - pixels).norm() < 2.001)
        ([3], True)
    """
    return deque(perturbing(model, pixels, targets, method, seed, **knobs), maxlen=1).pop().best


@in_own_context
def perturbing(
    model: Classifier, pixels: Pictures, targets: Targets = None, method: str = "ddn", seed: int = 0, **knobs: Any
) -> Generator[Batch, None, None]:
    """The run of `perturb` as a generator of frames, one per gradient; it also says which pictures were found.

    model, pixels, targets, method, seed, knobs: as for `perturb`.

    Yields `Batch` frames. The last one has the answer: `best` (N, 3, H, W), and `found` (N,), whether each picture
    reaches its target.

    Raises what `perturb` raises, at the first step.

    Example:
        >>> import vizlib
        >>> from vizlib.fooling import perturbing
        >>> from vizlib.synthetic import draw_digit
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> *_, last = perturbing(model, [draw_digit(seed=5, label=each).image for each in (7, 2)], 3, steps=10)
        >>> tuple(last.best.shape), last.found.tolist()
        ((2, 3, 28, 28), [True, True])
    """
    entry = Menu("attack on batches", *(each for each in MENU if each.search))[method]
    search: Any = entry.search
    turned, (aim,) = turn(entry.knobs, **{**entry.unrounded, **knobs}), aims(model, None, HIGHEST, seed, 1)
    values = pixels_of(model, pixels).detach().to(model.device, torch.float32)
    yield from search(plain_criterion(model, values, targets), values, HIGHEST, turned, aim.seed)
