"""What a room offers: a Menu of Methods, each with its Knobs.

A method is one file with `METHOD = Method(...)` and one line in its room: `Menu("attack", lattice.METHOD, ...)`.
Knobs are the fields of a frozen dataclass, annotated for the widget that shows them:

    @dataclass(frozen=True)
    class Knobs:
        samples: Annotated[int, Knob("noisy copies", 4, 200, 1)] = 50
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from numbers import Real
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, get_args, get_type_hints

from vizlib.errors import UnknownName, VizError, plain
from vizlib.render import table

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
        limited: whether it is a number of steps whose `high` the operator of a server may lower.
        pictures: whether a program may give a picture or pixels instead of one of the choices.
        only: ("norm", "L2") for a knob that is used only where the knob "norm" is "L2"; None for one that always is.
    """

    label: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    help: str = ""
    choices: tuple[str, ...] = ()
    limited: bool = False
    pictures: bool = False
    only: tuple[str, Any] | None = None


_FIELDS: dict[
    type[Any], Mapping[str, tuple[type[Any], Knob, Any]]
] = {}  # each record is read once, because pages ask often


@dataclass(frozen=True)
class NoKnobs:
    """The knobs of a method without settings."""


@dataclass(frozen=True)
class Method:
    """A published method, as an entry of a Menu.

    Attributes:
        key: its name in calls, recipes and links, which never changes: "grad_cam".
        label: its name on screen and in the address bar: "Grad-CAM".
        paper: "Simonyan et al. 2013, arXiv 1312.6034".
        idea: one or two sentences that a second-year student understands.
        run: the generator of its frames; the room says with which arguments.
        knobs: the class of its settings.
        unit: of its values: "logit per unit of pixel value".
        signed: whether negative values mean something.
        needs_layer: whether it reads a layer.
        aliases: other names under which calls find it, in any spelling: "ig".
    """

    key: str
    label: str
    paper: str
    idea: str
    run: Callable[..., Iterator[Any]]
    knobs: type[Any] = NoKnobs
    unit: str = ""
    signed: bool = False
    needs_layer: bool = False
    aliases: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Option:
    """One setting that a call takes by name.

    Attributes:
        name: as it is given.
        kind: "int", "float", "bool" or "str".
        default: the value without it.
        takes: its range or its words.
        help: what it is, with the unit, and what it does.
    """

    name: str
    kind: str
    default: Any
    takes: str
    help: str


class Options(tuple[Option, ...]):
    """Settings that can be looped over, and that print as a table."""

    def __repr__(self) -> str:
        if not self:
            return "no settings"
        rows = [(each.name, each.kind, _word(each.default), each.takes, each.help) for each in self]
        return table([("name", "type", "default", "takes", "what it is"), *rows], (28, 5, 24, 28, 64))

    __str__ = __repr__


def options(knobs: type[Any], defaults: Mapping[str, Any] = MappingProxyType({})) -> Options:
    """The settings of a record of knobs; `defaults` replace its own."""
    return Options(
        Option(
            name,
            getattr(kind, "__name__", "str or picture"),
            defaults.get(name, default),
            _takes(kind, knob),
            _sentence(knob),
        )
        for name, (kind, knob, default) in knob_fields(knobs).items()
    )


def _takes(kind: type[Any], knob: Knob) -> str:
    if knob.choices or kind is bool:
        return ", ".join(knob.choices or ("True", "False"))
    return f"{knob.low:g} to {knob.high:g}"


def _sentence(knob: Knob) -> str:
    return f"{knob.label[:1].upper()}{knob.label[1:]}. {knob.help}".strip()


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        some = [*map(_word, value[:3]), "...", f"{_word(value[-1])} ({len(value)} values)"]
        return ", ".join(some if len(value) > 6 else map(_word, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def turn(knobs: type[Any], **settings: Any) -> Any:
    """The knobs with these settings, each checked and converted to the type of its knob.

    50.0 copies become 50 and "linf" becomes "L-infinity", so that the same choice always makes the same recipe. A knob
    that the others leave unused is refused, unless all knobs are given: a recipe holds the unused ones too.
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
    for name in turned if len(turned) < len(known) else ():
        _check_used(name, known[name][1].only, chosen)
    return chosen


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


def key_of(what: str, name: object, known: Mapping[str, Iterable[str]]) -> str:
    """The key that a name means: the key itself, or in any spelling the key or one of its other names.

    Case, spaces and punctuation do not matter: "GradCAM" is "grad_cam". known: the other names of each key.
    Raises UnknownName with the closest keys.
    """
    if isinstance(name, str) and name in known:
        return name
    wanted = plain(name) if isinstance(name, str) else ""
    found = [key for key, others in known.items() if wanted and wanted in map(plain, (key, *others))]
    if not found:
        raise UnknownName.among(what, name, known)
    return found[0]


M_co = TypeVar("M_co", bound=Method, covariant=True)


@dataclass(frozen=True, init=False)
class Menu(Generic[M_co]):
    """The methods of a room, found by their keys, or by their labels and aliases in any spelling.

    Iterating gives the methods, in the order in which the dashboard lists them.

    Attributes:
        what: "saliency method".
        methods: the methods by their keys.
    """

    what: str
    methods: Mapping[str, M_co]

    def __init__(self, what: str, *methods: M_co) -> None:
        """Raises ValueError for two methods of the same key, or of the same other name."""
        taken = [each for method in methods for each in {plain(method.key), *map(plain, _names(method))}]
        if len(set(taken)) < len(taken):
            raise ValueError(f"Two methods on the menu of each {what} have the same key or another name in common.")
        object.__setattr__(self, "what", what)
        object.__setattr__(self, "methods", MappingProxyType({method.key: method for method in methods}))

    def __getitem__(self, key: str) -> M_co:
        """The method of this name. Raises UnknownName with the closest keys."""
        return self.methods[key_of(self.what, key, {each.key: _names(each) for each in self})]

    def __contains__(self, key: object) -> bool:
        return key in self.methods

    def __iter__(self) -> Iterator[M_co]:
        return iter(self.methods.values())

    def __len__(self) -> int:
        return len(self.methods)


def _names(method: Method) -> tuple[str, ...]:
    return method.label, *method.aliases
