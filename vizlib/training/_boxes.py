"""From folders to classes: which folder's name is a class, what is left out, and what its reader should know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from vizlib.errors import PictureError
from vizlib.training.data import FEWEST, PictureSet
from vizlib.training.groups import groups_of

_NAMED: Final = 5  # files in a sentence
_TRAINING: Final = {"train", "training"}
_HELD_OUT: Final = {"val", "valid", "validation", "test", "tests", "testing"}
_LAYOUT: Final = "Make one folder for each class (cat/1.jpg, dog/1.jpg), and put them into one folder or ZIP file."


class Item(NamedTuple):
    """A picture, and the folders around it from the outermost."""

    folders: tuple[str, ...]
    title: str
    picture: Image.Image


def unwrapped(folders: Sequence[tuple[str, ...]]) -> tuple[bool, int]:
    """Whether the folders divide into training and held out; and how many folders are around those of the classes."""
    depth = 0
    while folders and max(map(len, folders)) > depth + 1 and len({each[: depth + 1] for each in folders if each}) == 1:
        depth += 1
    outer = {each[depth].casefold() for each in folders if len(each) > depth}
    divided = bool(outer & _TRAINING and outer & _HELD_OUT) and outer <= _TRAINING | _HELD_OUT
    return divided, depth + divided


def settled(items: list[Item], refused: list[str], name: str, private: bool, known: Sequence[str] = ()) -> PictureSet:
    """The pictures as a set, with everything that its reader should know. known: sentences of that kind."""
    divided, depth = unwrapped([each.folders for each in items])
    inside = [each for each in items if len(each.folders) > depth]
    if not inside:
        raise PictureError(f"{name} has no folders, which would say the classes of its pictures.", _LAYOUT)
    called, merged = _spelled(each.folders[depth] for each in inside)
    boxes: dict[str, list[Item]] = {}
    for each in inside:
        boxes.setdefault(called[_folded(each.folders[depth])], []).append(each)
    notes = [*known, *_left_out(refused, len(items) - len(inside)), *merged]
    if not divided:
        notes += _without_single(boxes)
    if len(boxes) < 2:
        what = f"{name} has pictures of only one class{f', {next(iter(boxes))}' if boxes else ''}."
        raise PictureError(what, f"At least two classes are needed. {_LAYOUT}")
    if not divided:
        return _set(boxes, name, private, notes)
    kept, tests = ({key: [i for i in some if _is(i, depth) == held] for key, some in boxes.items()} for held in (0, 1))
    _check_divided(kept, tests)
    return _set(kept, name, private, notes, _set(tests, name, private, []))


def _is(item: Item, depth: int) -> bool:
    return item.folders[depth - 1].casefold() in _HELD_OUT


def _check_divided(kept: Mapping[str, list[Item]], tests: Mapping[str, list[Item]]) -> None:
    for each in kept:
        if not kept[each] or not tests[each]:
            where = "training" if not kept[each] else "held out"
            raise PictureError(f"The class {each} has no picture for {where}.", "Add one, or take the class out.")


def _set(
    boxes: Mapping[str, list[Item]], name: str, private: bool, notes: list[str], tests: PictureSet | None = None
) -> PictureSet:
    classes = tuple(sorted(boxes))
    items = [each for label in classes for each in boxes[label]]
    labels = np.repeat(np.arange(len(classes)), [len(boxes[label]) for label in classes])
    titles = tuple(each.title for each in items)
    few = [f"{label} ({len(boxes[label])})" for label in classes if len(boxes[label]) < FEWEST]
    if few:
        said = f"These classes have fewer than {FEWEST} pictures, so their accuracy says little: {', '.join(few)}."
        notes = [*notes, said]
    pictures = tuple(each.picture for each in items)
    return PictureSet(name, classes, pictures, labels, titles, groups_of(titles, labels), tests, tuple(notes), private)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _spelled(names: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """One spelling of each class by its folded name, and a sentence for each one with several."""
    spellings: dict[str, set[str]] = {}
    for each in names:
        spellings.setdefault(_folded(each), set()).add(each)
    several = [sorted(each) for each in spellings.values() if len(each) > 1]
    said = [f"The folders {' and '.join(each)} are taken as one class, {each[0]}." for each in several]
    return {folded: min(each) for folded, each in spellings.items()}, said


def _left_out(refused: Sequence[str], outside: int) -> list[str]:
    said = []
    if refused:
        more = f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
        said.append(f"These files are no pictures that can be opened: {', '.join(refused[:_NAMED])}{more}.")
    if outside:
        was = "s outside the folders of the classes were" if outside > 1 else " outside the folders of the classes was"
        said.append(f"{outside} picture{was} left out.")
    return said


def _without_single(boxes: dict[str, list[Item]]) -> list[str]:
    """Takes the classes with one picture out of the boxes, and says so."""
    single = sorted(each for each, some in boxes.items() if len(some) == 1)
    for each in single:
        del boxes[each]
    if not single:
        return []
    what = f"The class {single[0]} has" if len(single) == 1 else f"The classes {', '.join(single)} have"
    return [f"{what} only one picture, so it was left out: one is needed for training and one to be held out."]
