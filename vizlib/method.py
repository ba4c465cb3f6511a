"""What a room offers: a Menu of Methods, each with its Knobs.

A method is one file with `METHOD = Method(...)` and one line in its room: `Menu("attack", lattice.METHOD, ...)`.
Knobs are the fields of a frozen dataclass, annotated for the widget that shows them:

    @dataclass(frozen=True)
    class Knobs:
        samples: Annotated[int, Knob("noisy copies", 4, 200, 1)] = 50
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from numbers import Real
from types import MappingProxyType
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from vizlib.errors import UnknownName, VizError


@dataclass(frozen=True)
class Knob:
    """How a setting is shown, and which values it takes: `choices` for words, `low`, `high` and `step` for numbers."""

    label: str  # with the unit: "noise (share of the value range)"
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    help: str = ""
    choices: tuple[str, ...] = ()
    limited: bool = False  # a number of steps: the operator of a server may lower `high`
    only: tuple[str, Any] | None = None  # ("norm", "L2"): it is used only where this other knob has this value


_FIELDS: dict[Any, Mapping[str, tuple[type[Any], Knob, Any]]] = {}  # each record is read once, as pages ask often


@dataclass(frozen=True)
class NoKnobs:
    """The knobs of a method without settings."""


@dataclass(frozen=True)
class Method:
    key: str  # stable: in recipes and the public interface
    label: str  # on screen and in the URL
    paper: str  # "Simonyan et al. 2013, arXiv 1312.6034"
    idea: str  # one or two sentences that a second-year student understands
    run: Callable[..., Iterator[Any]]  # the room says with which arguments
    knobs: type[Any] = NoKnobs
    unit: str = ""  # of its values: "logit per unit of pixel value"
    signed: bool = False  # whether negative values mean something
    needs_layer: bool = False  # whether it reads a layer


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

    50.0 copies become 50, so that the same choice always makes the same recipe. A knob that the others leave unused
    is refused, unless all knobs are given: a recipe holds the unused ones too.
    Raises UnknownName for a setting that the method does not have, VizError for a wrong value or an unused setting.
    """
    known = knob_fields(knobs)
    turned = {}
    for name, value in settings.items():
        if name not in known:
            raise UnknownName.among("setting", name, known)
        kind, knob, _ = known[name]
        _check(name, value, kind, knob)
        turned[name] = kind(value) if kind in (int, float) else value
    chosen = knobs(**turned)
    for name in turned if len(turned) < len(known) else ():
        other, wanted = known[name][1].only or (name, turned[name])
        if (found := getattr(chosen, other)) != wanted:
            what = f"{name} is not used where {other} is {found!r}."
            raise VizError(what, f"Leave it out, or give {other}={wanted!r}.")
    return chosen


def _check(name: str, value: Any, kind: type[Any], knob: Knob) -> None:
    if knob.choices:
        if not isinstance(value, str) or value not in knob.choices:
            raise UnknownName.among(name, value, knob.choices)
    elif kind is bool:
        if not isinstance(value, bool):
            raise VizError(f"{name} is {value!r}.", "Give True or False.")
    elif isinstance(value, bool) or not isinstance(value, Real) or not knob.low <= float(value) <= knob.high:
        raise VizError(f"{name} is {value!r}.", f"Give a number from {knob.low:g} to {knob.high:g}.")
    elif kind is int and value % 1:
        raise VizError(f"{name} is {value!r}.", "Give a whole number.")


M_co = TypeVar("M_co", bound=Method, covariant=True)


@dataclass(frozen=True, init=False)
class Menu(Generic[M_co]):
    """The methods of a room, found by their keys. Iterating gives the methods in the order of the screen."""

    what: str  # "saliency method"
    methods: Mapping[str, M_co]  # by key, in the order of the screen

    def __init__(self, what: str, *methods: M_co) -> None:
        """Raises ValueError for two methods of the same key."""
        by_key = {method.key: method for method in methods}
        if len(by_key) < len(methods):
            raise ValueError(f"Two methods on the menu of each {what} have the same key.")
        object.__setattr__(self, "what", what)
        object.__setattr__(self, "methods", MappingProxyType(by_key))

    def __getitem__(self, key: str) -> M_co:
        if not isinstance(key, str) or key not in self.methods:
            raise UnknownName.among(self.what, key, self.methods)
        return self.methods[key]

    def __contains__(self, key: object) -> bool:
        return key in self.methods

    def __iter__(self) -> Iterator[M_co]:
        return iter(self.methods.values())

    def __len__(self) -> int:
        return len(self.methods)
