"""Reading a plan: each kind of result has a record of the words that it takes, and each word its own check.

The fields of such a record are annotated with the check of what a plan says: `steps: Annotated[int, whole(1)]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import partial
from typing import Annotated, Any, TypeAlias, TypeVar, get_args, get_type_hints

from vizlib.errors import UnknownName, VizError

T = TypeVar("T")
Check: TypeAlias = Callable[[Any], Any]  # returns the value as the record holds it; raises Unfit


class Unfit(Exception):
    """A value that a word of a plan does not take. Its text says what the word takes."""


@dataclass(frozen=True)
class Place:
    """Where in a plan something stands, as sentences name it."""

    words: str

    def inside(self, word: str) -> Place:
        return Place(f"{word!r} of {self.words}")


def read(record: type[T], given: Any, place: Place) -> T:
    """The record with what the plan says at this place.

    Raises UnknownName for a word that the record does not have, VizError for one that is missing and for a value that
    a word does not take. The sentence names the place.
    """
    if not isinstance(given, Mapping):
        raise VizError(
            f"There is {given!r} in the place of {place.words}.", "Write a JSON object with words and values."
        )
    known = {each.name: each for each in fields(record)}  # type: ignore[arg-type]
    for word in given:
        if word not in known:
            raise UnknownName.among(f"word of {place.words}", word, known)
    for name, each in known.items():
        if name not in given and each.default is each.default_factory is MISSING:
            raise VizError(f"There is no {name!r} in {place.words}.", f"Add it: {record.__doc__}")
    hints = get_type_hints(record, include_extras=True)
    return record(
        **{word: checked(get_args(hints[word])[1], value, place.inside(word)) for word, value in given.items()}
    )


def checked(check: Check, value: Any, place: Place) -> Any:
    """The value as the check makes it. Raises VizError with the place for one that it does not take."""
    try:
        return check(value)
    except Unfit as problem:
        raise VizError(f"{place.words} is {value!r}.", f"Give {problem}.") from None


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str) or not value:
        raise Unfit("a text")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """One text or several."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given or not all(isinstance(each, str) and each for each in given):
        raise Unfit("a list of texts")
    return tuple(dict.fromkeys(given))


def whole(low: int, high: int = 2**31 - 1) -> Check:
    """A whole number within these limits."""
    return partial(_whole, low, high)


def _whole(low: int, high: int, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Unfit(f"a whole number from {low} to {high}")
    return value


def wholes(low: int, high: int = 2**31 - 1) -> Check:
    """One whole number within these limits, or several."""
    return partial(_wholes, low, high)


def _wholes(low: int, high: int, value: Any) -> tuple[int, ...]:
    given = value if isinstance(value, list | tuple) else [value]
    try:
        return tuple(dict.fromkeys(_whole(low, high, each) for each in given)) or _whole(low, high, None)  # type: ignore[return-value]
    except Unfit:
        raise Unfit(f"a whole number from {low} to {high}, or a list of such numbers") from None


def switch(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Unfit("true or false")
    return value


def one_of(*choices: Any) -> Check:
    """One of these values."""
    return partial(_one_of, choices)


def _one_of(choices: tuple[Any, ...], value: Any) -> Any:
    if value not in choices or isinstance(value, bool):
        raise Unfit(f"one of: {', '.join(map(repr, choices))}")
    return value


def settings(value: Any) -> Mapping[str, Any]:
    """Settings by name, which the method itself checks."""
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value):
        raise Unfit("a JSON object with settings by name")
    return dict(value)


def classes(value: Any) -> tuple[int | str, ...] | str:
    """Classes by name or number, or "all"."""
    given = value if isinstance(value, list | tuple) else [value]
    if value == "all":
        return "all"
    if not given or not all(isinstance(each, int | str) and not isinstance(each, bool) for each in given):
        raise Unfit('a list of class names or numbers, or "all"')
    return tuple(dict.fromkeys(given))


def one_class(value: Any) -> int | str:
    """A class by name or number."""
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise Unfit("the name or the number of a class")
    return value


Names: TypeAlias = Annotated[tuple[str, ...], texts]
Seeds: TypeAlias = Annotated[tuple[int, ...], wholes(0)]
Layers: TypeAlias = Annotated[tuple[str, ...], texts]  # paths, patterns with *, "all" or "main"
Some: TypeAlias = Annotated[Mapping[str, Any], settings]
