"""Which class a name means: "cougar, puma, mountain lion" is found by each of its names.

A name is looked for as it is written in full, then among the several names of the classes, then without regard to
case, dashes and underscores. The first of these steps that finds classes decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from numbers import Integral
from textwrap import shorten
from typing import Any

from timm.data.imagenet_info import ImageNetInfo, infer_imagenet_subset
from torch import Tensor

from vizlib.errors import UnknownName
from vizlib.weights import torchvision_zoo

_COMMA = re.compile(r",\s*(?![^()]*\))")  # not within parentheses
_DESCRIPTION = re.compile(r"\s*\([^()]*\)$")
_BETWEEN = re.compile(r"[\s_-]+")
_SYNSET = re.compile(r"n\d{8}")
_LISTED, _LONGEST = 6, 80  # candidates in a sentence, and characters of each


def first_of(name: str) -> str:
    """The first of a class's names: "tabby, tabby cat" as "tabby"."""
    return _COMMA.split(name, 1)[0]


def short(label: str) -> str:
    """The first of a class's names as headings and recipes have it: "tabby, tabby cat" as "tabby"."""
    first = label.split(",", 1)[0]
    return first if len(first) <= 24 else first[:23] + "…"


@lru_cache(maxsize=1 << 16)
def spellings(name: str) -> tuple[str, ...]:
    """A class's several names, each also without its description: "crane (bird)" as "crane"."""
    parts = [part for part in _COMMA.split(name) if part]
    return tuple(dict.fromkeys(each for part in parts for each in (part, _DESCRIPTION.sub("", part)) if each))


def called(names: Sequence[str], wanted: str) -> list[int]:
    """The numbers of the classes that `wanted` means: none, one or several.

    Where the names are ImageNet's, a synset's id ("n02123045") is understood too, and a name as timm or torchvision
    has it ("tabby, tabby cat", "crane bird").
    """
    found = [at for at, name in enumerate(names) if name == wanted]
    found = found or [at for at, name in enumerate(names) if wanted in spellings(name)]
    found = found or [at for at, name in enumerate(names) if _plain(wanted) in map(_plain, (name, *spellings(name)))]
    return found or _of_imagenet(names, wanted)


def index_of(names: Sequence[str], wanted: str, network: str) -> int:
    """The number of the class that `wanted` means.

    Raises UnknownName with the closest names, or with all candidates and their numbers if there are several.
    """
    found = called(names, wanted)
    if not found and wanted.isdecimal():
        what = f"There is no class of {network} called {wanted!r}."
        raise UnknownName(what, f"For the class of this number, give {wanted} as a number.")
    if not found:
        known = dict.fromkeys([*map(first_of, names), *(each for name in names for each in spellings(name))])
        raise UnknownName.among(f"class of {network}", wanted, known)
    if len(found) > 1:
        raise UnknownName(
            f"{network} has {len(found)} classes called {wanted!r}: {_listed(names, found)}.",
            "Give the number of the class that you mean.",
        )
    return found[0]


def class_index(names: Sequence[str], target: Any, network: str) -> int:
    """The number of the class that `target` is the number or the name of; a text is always a name.

    Raises UnknownName, as `index_of` does for names.
    """
    if isinstance(target, Tensor) and target.numel() == 1:
        target = target.item()
    if isinstance(target, str):
        return index_of(names, target, network)
    what = f"{network} has no class {target!r}."
    if not isinstance(target, Integral) or isinstance(target, bool):
        raise UnknownName(what, f"Give a whole number from 0 to {len(names) - 1}, or the name of a class.")
    if not 0 <= int(target) < len(names):
        raise UnknownName(what, f"Choose one from 0 to {len(names) - 1}.")
    return int(target)


def counterpart(names: Sequence[str], name: str) -> int | None:
    """The number of the class that another network calls `name`; None if there is none, or several."""
    if names.count(name) == 1:
        return names.index(name)
    found = [at for at, each in enumerate(names) if alike(each, name)]
    return found[0] if len(found) == 1 else None


def alike(one: str, other: str) -> bool:
    """Whether two networks call a class by the same name, or by one same name of several."""
    return not set(map(_plain, spellings(one))).isdisjoint(map(_plain, spellings(other)))


def _plain(name: str) -> str:
    return _BETWEEN.sub(" ", name.casefold()).strip() or name


def _listed(names: Sequence[str], found: Iterable[int]) -> str:
    info = _imagenet(names)
    words = [info.index_to_description(at, detailed=True) if info else names[at] for at in found]
    lines = [f"{at} ({shorten(each, _LONGEST, placeholder=' ...')})" for at, each in zip(found, words)]
    return ", ".join(lines[:_LISTED]) + (" ..." if len(lines) > _LISTED else "")


def _of_imagenet(names: Sequence[str], wanted: str) -> list[int]:
    if (info := _imagenet(names)) is None:
        return []
    lists = [info.label_names()] if _SYNSET.fullmatch(wanted) else [info.label_descriptions(), _torchvisions(names)]
    return list(dict.fromkeys(at for each in lists for at, name in enumerate(each) if name == wanted))


def _imagenet(names: Sequence[str]) -> ImageNetInfo | None:
    """timm's tables, where the names are those of ImageNet, as timm or torchvision writes them."""
    subset = infer_imagenet_subset({"num_classes": len(names)})
    info = ImageNetInfo(subset) if subset else None
    known = info is not None and list(names) in (info.label_descriptions(), _torchvisions(names))
    return info if known else None


def _torchvisions(names: Sequence[str]) -> list[str]:
    """torchvision's names, if there are as many."""
    theirs = torchvision_zoo.imagenet()
    return list(theirs) if len(theirs) == len(names) else []
