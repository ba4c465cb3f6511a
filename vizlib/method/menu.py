"""A published method, and the menu that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from vizlib.errors import plain
from vizlib.method.knobs import NoKnobs
from vizlib.method.names import key_of


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
