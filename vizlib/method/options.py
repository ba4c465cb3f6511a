"""Settings as a table for people: what a call takes by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from vizlib.method.knobs import Knob, knob_fields
from vizlib.render import notebook, table


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


_HEAD = ("name", "type", "default", "takes", "what it is")


class Options(tuple[Option, ...]):
    """Settings that can be looped over, and that print as a table."""

    def __repr__(self) -> str:
        return table([_HEAD, *self._rows], (28, 5, 24, 28, 64)) if self else "no settings"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return notebook.rows(_HEAD, self._rows, left=True) if self else "no settings"

    @property
    def _rows(self) -> list[tuple[str, ...]]:
        return [(each.name, each.kind, _word(each.default), each.takes, each.help) for each in self]


def options(knobs: type[Any], defaults: Mapping[str, Any] = MappingProxyType({})) -> Options:
    """The settings of a record of knobs; `defaults` replace its own."""
    return Options(
        Option(
            name,
            "str or picture" if knob.pictures else kind.__name__,
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
