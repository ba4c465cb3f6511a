"""A lecture as a small JSON file: what makes each scene again, and no pictures.

A file that is opened is a stranger's: its size, its depth and each of its values are checked before anything is made of
it, and what it says is only ever shown as plain text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from vizlib.errors import VizError
from vizlib.ui import navigation
from vizlib.ui.lecture.taking import CONTROL, KINDS, MANY, VALUE, WORDS
from vizlib.ui.shared.lectures import MOST, Entry
from vizlib.ui.widgets.scene import Part, Scene

MOST_BYTES: Final = 4_000_000
_KIND: Final = "lecture"  # of the value under _NAME, by which the file is known
_NAME: Final = "filterscope"
_VERSION: Final = 1
_DEPTH, _NODES = 12, 20_000  # of the recipes of a scene
_TITLE, _NOTE, _KEY = 200, 2000, 100  # letters
_REMEDY: Final = "Choose a file that Save lecture has saved on this page."


def saved(title: str, entries: Sequence[Entry]) -> str:
    """The lecture as JSON."""
    scenes = [_scene(each.scene) for each in entries]
    return json.dumps({_NAME: _KIND, "version": _VERSION, "title": title, "scenes": scenes}, indent=1)


def _scene(scene: Scene) -> dict[str, Any]:
    return {
        "title": scene.title,
        "note": scene.note,
        "page": scene.page,
        "controls": {key: list(values) for key, values in scene.controls.items()},
        "recipes": list(scene.recipes),
        "parts": [{"widget": each.widget, "words": each.words} for each in scene.parts],
    }


def opened(content: bytes) -> tuple[str, list[Entry]]:
    """The title and the scenes, all empty, of a saved lecture. Raises VizError for anything else."""
    if len(content) > MOST_BYTES:
        raise VizError(f"This file is larger than {MOST_BYTES // 10**6} MB, so it is no saved lecture.", _REMEDY)
    found = _parsed(content)
    if not isinstance(found, dict) or found.get(_NAME) != _KIND:
        raise VizError("This file is no saved lecture.", _REMEDY)
    if found.get("version") != _VERSION:
        raise VizError("This lecture was saved by a later version of Filterscope.", "Update Filterscope.")
    try:
        scenes = _list(found.get("scenes"), "scenes", MOST)
        return _text(found.get("title"), "title", _TITLE), [Entry(_scene_of(each)) for each in scenes]
    except _Wrong as problem:
        raise VizError(f"This lecture cannot be opened: {problem.sentence}.", _REMEDY) from problem


class _Wrong(VizError):
    """A part of the file that is not as this program writes it."""


def _parsed(content: bytes) -> Any:
    """What the file holds, if all of it can be written again. Raises VizError."""
    try:
        found = json.loads(content)
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()  # no infinite number, no half letter
    except (ValueError, RecursionError) as problem:
        raise VizError("This file is no saved lecture: it is not JSON, or is damaged.", _REMEDY) from problem
    return found


def _scene_of(value: Any) -> Scene:
    given = _mapping(value, "a scene", 20)
    page = _text(given.get("page"), "a page", _KEY)
    if page not in navigation.TITLES or page == navigation.LECTURE:
        raise _Wrong(f"the page “{page[:40]}” is not known here")
    return Scene(
        _text(given.get("title"), "a title", _TITLE),
        _text(given.get("note"), "a note", _NOTE),
        page,
        {_name(key): _values(each) for key, each in _mapping(given.get("controls"), "the controls", MANY).items()},
        [_recipe(each) for each in _list(given.get("recipes"), "the recipes", MANY)],
        [_part(each) for each in _list(given.get("parts"), "the parts", MANY)],
    )


def _text(value: Any, name: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise _Wrong(f"{name} is no text of at most {most} letters")
    return value


def _mapping(value: Any, name: str, most: int) -> Mapping[str, Any]:
    if not isinstance(value, dict) or len(value) > most:
        raise _Wrong(f"{name} is no list of at most {most} named values")
    return value


def _list(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _Wrong(f"{name} are no list of at most {most}")
    return value


def _name(key: str) -> str:
    if not CONTROL.fullmatch(key):
        raise _Wrong("a control has a name that none has here")
    return key


def _values(value: Any) -> list[str]:
    return [_text(each, "a value of a control", VALUE) for each in _list(value, "the values of a control", MANY)]


def _recipe(value: Any) -> Mapping[str, Any]:
    found = _mapping(value, "a recipe", MANY)
    level, count, depth = [value], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > _DEPTH or count > _NODES:
            raise _Wrong("a recipe is deeper or longer than any of this program")
        level = [inside for each in level for inside in _inside(each)]
    return found


def _inside(value: Any) -> Collection[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _part(value: Any) -> Part:
    given = _mapping(value, "a part", 2)
    widget = _text(given.get("widget"), "a widget", _KEY)
    if widget not in KINDS:
        raise _Wrong(f"the widget “{widget[:40]}” is not known here")
    return Part(widget, _text(given.get("words"), "the words of a part", WORDS), {})
