"""Everything that can be set for a run, with its range and unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vizlib.activation_maximization.optimizers import OPTIMIZERS
from vizlib.activation_maximization.parameterizations import PARAMETERIZATIONS
from vizlib.activation_maximization.passes.precision import PRECISIONS
from vizlib.activation_maximization.spaces import SPACES
from vizlib.activation_maximization.transforms import TRANSFORMS
from vizlib.method import Knob

_NUMBERS = (
    "Waves of every frequency; the picture is their sum.",
    "Every pixel by itself.",
    "The places of the waves alone; their strengths stay those of photographs.",
)  # of the parameterizations, in their order
_VIEWS = (
    "The picture as it is.",
    "Small shifts.",
    "Small shifts, turns and changes of size.",
    "Larger shifts, turns and changes of size.",
    "The largest shifts, turns and changes of size, with noise.",
    "Two random cutouts at each step, with noise.",
)  # of the transforms, in their order


@dataclass(frozen=True)
class Settings:
    """One picture's settings, which `maximize` takes by name; by default those of the preset of the model's family.

    A penalty of weight w subtracts w times its sum over the picture's elements from the objective. With Adam, the
    objective's gradient to the pixels is scaled to a root mean square of 1 first, so that a weight means the same for
    every network; the other optimizers take the gradient as it is. Diversity is relative to that scale always.

    parameterization: "fourier", "pixels" or "maco": what the optimizer changes. cutoff: cycles per px, for fourier.
        Or the spaces of courses: "raw", the pixel values in [0, 1] themselves, or "normalized", the same values in the
        network's own units. There the last picture is returned, not the best of the last ones; blur has the kernel of
        CS231n and comes after the first step of each blur_every.
    window: share of the sides that the picture forms in, in their middle; half of the contrast is left at its border.
        Not for the spaces of courses.
    start_noise: strength of the start's noise; in normalized, 1 is N(0, 1). transforms: a name of `TRANSFORMS`, or a
        `Transforms`. settle: share of the steps, the last ones, that do without them.
    optimizer: "adam"; "ascent", x + rate * gradient; "normalized", the gradient divided by its L2 norm; "momentum",
        SGD with momentum 0.9; "rmsprop", that of keras-vis, whose step of one gray level is a rate of 1 / 255 in raw.
    learning_rate: the optimizer's step size on the parameters.
    l2: of the sum of squares of the values in raw or normalized. clamp: whether these are cut off where no picture can
        have them, after each step; without it, pixels may leave [0, 1]. roll: px, at most, by which the network sees
        the picture rolled at each step.
    tv, tv_form, tv_beta: total variation, in pixel values ([0, 1]) to the power tv_beta.
    norm, norm_order: the mean of |2 x - 1| to the power norm_order: 0 for gray, 1 for black and white.
    decay: share of the distance to gray that is lost at each step. blur: standard deviation in px, every blur_every
        steps. clip_norm, clip_contribution: share of the places that is set to gray at each step.
    pull: of the mean squared distance to the start. diversity: of the likeness of pictures of one objective.
    grow: the first half of the steps at half the size. precision: "auto", "float32" or "bfloat16", of the steps alone.

    Raises UnknownName or VizError, through `maximize`, for a setting or a value that is not there.

    Example:
        >>> from vizlib.activation_maximization import Settings
        >>> Settings().learning_rate, Settings(tv=2.0).tv
        (0.05, 2.0)
    """

    parameterization: Annotated[
        str,
        Knob(
            "Parameterization",
            choices=(*PARAMETERIZATIONS, *SPACES),
            meanings=(*_NUMBERS, *SPACES.values()),
            help="Which numbers the optimizer changes.",
        ),
    ] = "fourier"
    cutoff: Annotated[
        float,
        Knob("Highest frequency (cycles per px)", 0.05, 0.75, 0.01, "Only for fourier: finer detail is left out."),
    ] = 0.75
    start_noise: Annotated[
        float,
        Knob(
            "Strength of the start's noise",
            0.0,
            3.0,
            0.02,
            "1 gives a gradient to units that are inactive on plain gray.",
        ),
    ] = 1.0
    transforms: Annotated[
        str,
        Knob(
            "Transforms",
            choices=tuple(TRANSFORMS),
            meanings=_VIEWS,
            help="How far the network's view of the picture moves at each step.",
        ),
    ] = "standard"
    learning_rate: Annotated[
        float, Knob("Learning rate", 0.001, 100.0, 0.001, "The step size. Adam needs 0.01 to 0.5, plain ascent more.")
    ] = 0.05
    tv: Annotated[
        float, Knob("Total variation weight", 0.0, 50.0, 0.1, "Reduces noise: pulls neighboring pixels together.")
    ] = 0.0
    tv_form: Annotated[
        str,
        Knob(
            "Form of total variation",
            choices=("beta", "anisotropic"),
            meanings=(
                "The length of each pixel's gradient, to the power beta (Mahendran and Vedaldi 2015).",
                "The sum of all differences between neighbors, without a power.",
            ),
            help="How differences between neighboring pixels are counted.",
        ),
    ] = "beta"
    tv_beta: Annotated[
        float, Knob("Exponent beta of total variation", 1.0, 3.0, 0.1, "A larger beta counts sharp edges more.")
    ] = 2.0
    norm: Annotated[float, Knob("Norm weight", 0.0, 20.0, 0.1, "Reduces extreme values: pulls them towards gray.")] = (
        0.0
    )
    norm_order: Annotated[
        float, Knob("Order p of the norm", 1.0, 6.0, 0.5, "A larger p counts the values farthest from gray more.")
    ] = 6.0
    decay: Annotated[
        float, Knob("Decay per step (share)", 0.0, 0.5, 0.001, "The L2 decay of Yosinski et al. 2015.")
    ] = 0.0
    blur: Annotated[float, Knob("Blur radius (px)", 0.0, 4.0, 0.1, "The Gaussian blur of Yosinski et al. 2015.")] = 0.0
    blur_every: Annotated[int, Knob("Blur every ... steps", 1, 50, 1)] = 4
    clip_norm: Annotated[float, Knob("Clip the faintest places (share)", 0.0, 0.95, 0.01)] = 0.0
    clip_contribution: Annotated[float, Knob("Clip what contributes least (share)", 0.0, 0.95, 0.01)] = 0.0
    pull: Annotated[
        float, Knob("Pull towards the start", 0.0, 50.0, 0.1, "A penalty on the squared distance to it.")
    ] = 0.0
    diversity: Annotated[
        float, Knob("Diversity", 0.0, 10.0, 0.1, "Pushes several pictures of one objective apart.")
    ] = 0.0
    grow: Annotated[
        bool, Knob("Start at half the size", help="The first half of the steps then takes a quarter of the work.")
    ] = False
    precision: Annotated[
        str,
        Knob(
            "Numbers of the steps",
            choices=PRECISIONS,
            meanings=("What the device does best.", "32 bits, exact.", "16 bits, faster on recent GPUs."),
            help="The last picture is always measured in float32.",
        ),
    ] = "auto"
    optimizer: Annotated[
        str,
        Knob(
            "Optimizer",
            choices=tuple(OPTIMIZERS),
            meanings=tuple(OPTIMIZERS.values()),
            help="How the numbers follow the gradient at each step.",
            later=True,
        ),
    ] = "adam"
    l2: Annotated[
        float,
        Knob(
            "L2 weight",
            0.0,
            10.0,
            0.0001,
            "Of the sum of squares of the picture's values, subtracted from the score. Only for raw and normalized.",
            later=True,
        ),
    ] = 0.0
    roll: Annotated[
        int,
        Knob(
            "Roll by up to (px)",
            0,
            64,
            1,
            "At each step the network sees the picture shifted at random; what leaves it on one side comes in again.",
            later=True,
        ),
    ] = 0
    clamp: Annotated[
        bool,
        Knob(
            "Clamp to the valid range",
            help="Cuts values off after each step that no picture can have. Only for raw and normalized.",
            later=True,
        ),
    ] = True
    window: Annotated[
        float,
        Knob(
            "Window (share of the side)",
            0.0,
            1.0,
            0.05,
            "Only the middle of the picture forms, the rest stays gray: one object in place of a pattern. "
            "0 is the whole picture.",
            later=True,
        ),
    ] = 0.0
    settle: Annotated[
        float,
        Knob(
            "Last steps without transforms (share)",
            0.0,
            0.5,
            0.05,
            "In them the network sees the picture as it is, which makes it surer of this one picture.",
            later=True,
        ),
    ] = 0.0
