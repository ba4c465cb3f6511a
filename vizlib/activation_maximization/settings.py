"""Everything that can be set for a run, with its range and unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeAlias, TypedDict

from torch import Tensor

from vizlib.activation_maximization.parameterizations import PARAMETERIZATIONS
from vizlib.activation_maximization.passes.precision import PRECISIONS
from vizlib.activation_maximization.transforms import TRANSFORMS, Transforms
from vizlib.errors import UnknownName, VizError
from vizlib.layers import as_python
from vizlib.method import Knob, Options, knob_fields, options, turn

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

    The weights tv, norm, pull and diversity are relative to the objective, whose gradient to the pixels is scaled to a
    root mean square of 1: a penalty of weight w adds w times the gradient of its sum over the picture's elements.

    parameterization: "fourier", "pixels" or "maco": what the optimizer changes. cutoff: cycles per px, for fourier.
    start_noise: strength of the start's noise. transforms: a name of `TRANSFORMS`, or a `Transforms`.
    learning_rate: the step size of Adam on the parameters.
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
            choices=tuple(PARAMETERIZATIONS),
            meanings=_NUMBERS,
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
    learning_rate: Annotated[float, Knob("Learning rate", 0.001, 0.5, 0.001, "The step size of Adam.")] = 0.05
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


Each: TypeAlias = float | Sequence[float] | Tensor  # one value, or one per picture
# Settings that may differ within a batch.
PER_PICTURE = frozenset(
    {"learning_rate", "tv", "norm", "norm_order", "decay", "blur", "clip_norm", "clip_contribution", "pull"}
)


class Given(TypedDict, total=False):
    """The settings as `maximize` takes them by name, for editors and type checkers.

    `Settings` explains them. Editors complete the words; any spelling of them is taken too.
    """

    parameterization: Literal["fourier", "pixels", "maco"] | str
    cutoff: float
    start_noise: float
    transforms: Literal["none", "jitter", "standard", "strong", "extreme", "crops"] | str | Transforms
    learning_rate: Each
    tv: Each
    tv_form: Literal["beta", "anisotropic"] | str
    tv_beta: float
    norm: Each
    norm_order: Each
    decay: Each
    blur: Each
    blur_every: int
    clip_norm: Each
    clip_contribution: Each
    pull: Each
    diversity: float
    grow: bool
    precision: Literal["auto", "float32", "bfloat16"] | str


def settings_of(count: int, base: Mapping[str, Any], given: Mapping[str, Any]) -> list[Settings]:
    """The settings of each of `count` pictures: `base`, then what is given; a list gives one value per picture.

    Raises UnknownName for a setting that does not exist, VizError for a value outside its range.
    """
    moves = given.get("transforms")
    own = moves if isinstance(moves, Transforms) else None
    each = {name: as_python(value) if name in PER_PICTURE else value for name, value in given.items()}
    plain = {**base, **each, **({"transforms": "none"} if own else {})}
    several = {name: _listed(name, value, count) for name, value in plain.items() if _is_list(value)}
    one = {name: value for name, value in plain.items() if name not in several}
    rows = [turn(Settings, **one, **{name: values[i] for name, values in several.items()}) for i in range(count)]
    return [replace(row, transforms=own) for row in rows] if own else rows


def _is_list(value: Any) -> bool:
    return isinstance(value, (Sequence, Tensor)) and not isinstance(value, str)


def _listed(name: str, value: Any, count: int) -> list[Any]:
    values = value.tolist() if isinstance(value, Tensor) else list(value)
    if name not in PER_PICTURE:
        if name not in knob_fields(Settings):
            raise UnknownName.among("setting", name, knob_fields(Settings))
        known = ", ".join(sorted(PER_PICTURE))
        what = f"{name} is one value for all pictures of a run."
        raise VizError(what, f"One value per picture can be given for {known}.")
    if len(values) != count:
        raise VizError(f"{name} has {len(values)} values for {count} pictures.", "Give one value, or one per picture.")
    return values


def settings_with(defaults: Mapping[str, Any]) -> Options:
    """The settings that `maximize` takes by name, with these defaults in place of its own."""
    several = " A list gives one value per picture."
    found = options(Settings, defaults)
    return Options(replace(each, help=each.help + several * (each.name in PER_PICTURE)) for each in found)
