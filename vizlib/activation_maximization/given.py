"""Settings as a caller gives them by name: each checked, completed by a preset, and one record per picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias, TypedDict

from torch import Tensor

from vizlib.activation_maximization.settings import Settings
from vizlib.activation_maximization.spaces import SPACES
from vizlib.activation_maximization.transforms import Transforms
from vizlib.errors import UnknownName, VizError
from vizlib.layers import as_python
from vizlib.method import Options, knob_fields, options, turn

Each: TypeAlias = float | Sequence[float] | Tensor  # one value, or one per picture
# Settings that may differ within a batch.
PER_PICTURE = frozenset(
    {"learning_rate", "tv", "norm", "norm_order", "decay", "blur", "clip_norm", "clip_contribution", "pull", "l2"}
)


class Given(TypedDict, total=False):
    """The settings as `maximize` takes them by name, for editors and type checkers.

    `Settings` explains them. Editors complete the words; any spelling of them is taken too.
    """

    parameterization: Literal["fourier", "pixels", "maco", "raw", "normalized"] | str
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
    optimizer: Literal["adam", "ascent", "normalized", "momentum", "rmsprop"] | str
    l2: Each
    roll: int
    clamp: bool
    window: float
    settle: float


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
    _check_space(rows)
    return [replace(row, transforms=own) for row in rows] if own else rows


def _check_space(rows: Sequence[Settings]) -> None:
    """Refuses what would not be used: l2 and clamp belong to the values of a picture themselves."""
    for row in rows:
        unused = "l2" if row.l2 else "" if row.clamp else "clamp"
        if unused and row.parameterization not in SPACES:
            what = f"{unused} is not used where parameterization is {row.parameterization!r}."
            raise VizError(what, 'Leave it out, or give parameterization="normalized" or "raw".')


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
