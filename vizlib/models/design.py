"""What a network consists of, in words that are written again only if a part of it has changed.

The words are asked for before every answer about a layer, and to write them takes several percent of a pass.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from torch import Tensor, nn

from vizlib.models._foreign import foreign, untouched

_EVERY: Final = frozenset(vars(nn.Module()))  # the attributes that every module has
_FIXED: Final = (type(None), bool, int, float, str, type, Tensor, nn.Module)  # no words change with these in place


def design_of(network: nn.Module, more: str = "") -> str:
    """What the network consists of, `more`, and what others have put on it; changes with strides and hooks."""
    return " ".join([f"{network} {more}", *foreign(network)])


class Design:
    """`design_of` one network at a time."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._words = ""

    def __call__(self, network: nn.Module) -> str:
        if not self._parts or self._parts[0].module is not network or not all(map(_unchanged, self._parts)):
            self._parts, self._words = [_part(each) for each in network.modules()], f"{network} "
        others = [] if untouched(each.module for each in self._parts) else foreign(network)
        return " ".join([self._words, *others])


class _Part(NamedTuple):
    """A module as it was."""

    module: nn.Module
    kind: type
    attributes: dict[str, Any]
    children: dict[str, nn.Module | None]
    written: dict[str, str]  # the attributes that may change in place


def _part(module: nn.Module) -> _Part:
    attributes = dict(vars(module))
    written = {name: repr(each) for name, each in attributes.items() if name not in _EVERY and not _fixed(each)}
    return _Part(module, type(module), attributes, dict(module._modules), written)


def _fixed(value: Any) -> bool:
    return all(map(_fixed, value)) if isinstance(value, tuple) else isinstance(value, _FIXED) or callable(value)


def _unchanged(part: _Part) -> bool:
    now = vars(part.module)
    try:
        same = type(part.module) is part.kind and now == part.attributes and part.module._modules == part.children
    except (RuntimeError, ValueError):  # tensors and arrays that are others now cannot be compared with one word
        return False
    return same and all(repr(now[name]) == words for name, words in part.written.items())
