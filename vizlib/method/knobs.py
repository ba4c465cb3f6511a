"""Settings of a method as the annotated fields of a frozen dataclass, and their checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from numbers import Real
from types import MappingProxyType
from typing import Any, Final, get_args, get_type_hints

from vizlib.errors import UnknownName, VizError
from vizlib.method.names import key_of

_ALSO: Final = {"L-infinity": ("Linf", "inf")}  # what choices are called elsewhere


@dataclass(frozen=True)
class Knob:
    """How a setting is shown, and which values it takes.

    Attributes:
        label: what it is, with the unit: "noise (share of the value range)".
        low: the smallest number that it takes.
        high: the largest number that it takes.
        step: from one position of its slider to the next.
        help: what it does, in a sentence or two; "" where the label says it all.
        choices: the words that it takes, for settings that are words.
        meanings: what each of the choices means, in their order: the page says it under the box.
        limited: whether it is a number of steps whose `high` the operator of a server may lower.
        pictures: whether a program may give a picture or pixels instead of one of the choices.
        only: ("norm", "L2") for a knob that is used only where the knob "norm" is "L2"; None for one that always is.
        later: whether the method got it after recipes of its settings had been kept. Such recipes go on to mean the
            same, because at its default a knob of this kind is left out of every recipe.
    """

    label: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    help: str = ""
    choices: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()
    limited: bool = False
    pictures: bool = False
    only: tuple[str, Any] | None = None
    later: bool = False


_FIELDS: dict[
    type[Any], Mapping[str, tuple[type[Any], Knob, Any]]
] = {}  # each record is read once, because pages ask often


@dataclass(frozen=True)
class NoKnobs:
    """The knobs of a method without settings."""


def knob_fields(knobs: type[Any]) -> Mapping[str, tuple[type[Any], Knob, Any]]:
    """Each knob's name with its plain type, its Knob and its default."""
    if knobs not in _FIELDS:
        _FIELDS[knobs] = MappingProxyType(_read(knobs))
    return _FIELDS[knobs]


def _read(knobs: type[Any]) -> dict[str, tuple[type[Any], Knob, Any]]:
    hints = get_type_hints(knobs, include_extras=True)
    answer = {}
    for each in fields(knobs):
        kind, knob = get_args(hints[each.name])
        answer[each.name] = (kind, knob, each.default)
    return answer


def turn(knobs: type[Any], **settings: Any) -> Any:
    """The knobs with these settings, each checked and converted to the type of its knob.

    50.0 copies become 50 and "linf" becomes "L-infinity", so that the same choice always makes the same recipe. A knob
    that the others leave unused is refused, unless all knobs are given, as a recipe gives them: it holds the unused
    ones too, and lacks at most those that came later.
    Raises UnknownName for a setting that the method does not have, VizError for a value outside its range, and for a
    setting that would not be used.
    """
    known = knob_fields(knobs)
    turned = {}
    for name, value in settings.items():
        if name not in known:
            raise UnknownName.among("setting", name, known)
        turned[name] = _checked(name, value, *known[name][:2])
    chosen = knobs(**turned)
    recorded = all(name in turned or knob.later for name, (_, knob, _) in known.items())
    for name in () if recorded else turned:
        _check_used(name, known[name][1].only, chosen)
    return chosen


def settings_of(knobs: Any) -> dict[str, Any]:
    """The knobs as a recipe holds them: all by name, but for those that came later and have their default."""
    known = knob_fields(type(knobs))
    return {
        name: value for name, value in asdict(knobs).items() if not (known[name][1].later and value == known[name][2])
    }


def _check_used(name: str, only: tuple[str, Any] | None, chosen: Any) -> None:
    if only and (found := getattr(chosen, only[0])) != only[1]:
        what = f"{name} is not used where {only[0]} is {found!r}."
        raise VizError(what, f"Leave it out, or give {only[0]}={only[1]!r}.")


def _checked(name: str, value: Any, kind: type[Any], knob: Knob) -> Any:
    if knob.pictures and not isinstance(value, str):
        return value  # the method itself checks it
    if knob.choices:
        return key_of(name, value, {each: _ALSO.get(each, ()) for each in knob.choices})
    if kind is bool:
        if not isinstance(value, bool):
            raise VizError(f"{name} is {value!r}.", "Give True or False.")
        return value
    if isinstance(value, bool) or not isinstance(value, Real) or not knob.low <= float(value) <= knob.high:
        raise VizError(f"{name} is {value!r}.", f"Give a number from {knob.low:g} to {knob.high:g}.")
    if kind is int and value % 1:
        raise VizError(f"{name} is {value!r}.", "Give a whole number.")
    return kind(value)
