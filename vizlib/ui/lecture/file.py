"""A lecture as a small JSON file: what makes each scene again, and no pictures.

A file that is opened is a stranger's: its size, its depth and each of its values are checked before anything is made of
it, and what it says is only ever shown as plain text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from vizlib.errors import VizError
from vizlib.ui import navigation
from vizlib.ui.lecture.taking import KINDS
from vizlib.ui.shared.lectures import MOST, Entry
from vizlib.ui.widgets.scene import Part, Scene

MOST_BYTES: Final = 4_000_000
_KIND: Final = "lecture"  # of the value under _NAME, by which the file is known
_NAME: Final = "filterscope"
_VERSION: Final = 1
_DEPTH, _NODES = 12, 20_000  # of the recipes of a scene
_TITLE, _NOTE, _WORDS, _KEY, _VALUE = 200, 2000, 4000, 100, 500  # letters
_MANY: Final = 200  # controls, values of a control, recipes and parts of a scene
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
    try:
        found = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise VizError("This file is no saved lecture: it is not JSON, or is damaged.", _REMEDY) from problem
    if not isinstance(found, dict) or found.get(_NAME) != _KIND:
        raise VizError("This file is no saved lecture.", _REMEDY)
    if found.get("version") != _VERSION:
        raise VizError("This lecture was saved by a later version of Filterscope.", "Update Filterscope.")
    scenes = _list(found.get("scenes"), "scenes", MOST)
    return _text(found.get("title"), "title", _TITLE), [Entry(_read(each, at)) for at, each in enumerate(scenes, 1)]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity are not JSON


def _read(value: Any, at: int) -> Scene:
    try:
        given = _mapping(value, "scene", 20)
        page = _text(given.get("page"), "page", _KEY)
        if page not in navigation.TITLES or page == navigation.LECTURE:
            raise _wrong(f"page “{page[:40]}” is not known here")
        return Scene(
            _text(given.get("title"), "title", _TITLE),
            _text(given.get("note"), "note", _NOTE),
            page,
            {_key(key): _values(each) for key, each in _mapping(given.get("controls"), "controls", _MANY).items()},
            [_recipe(each) for each in _list(given.get("recipes"), "recipes", _MANY)],
            [_part(each) for each in _list(given.get("parts"), "parts", _MANY)],
        )
    except VizError as problem:
        raise VizError(f"This lecture cannot be opened: in scene {at}, the {problem.sentence}.", _REMEDY) from problem


def _wrong(what: str) -> VizError:
    return VizError(what)


def _text(value: Any, name: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise _wrong(f"{name} is no text of at most {most} letters")
    return value


def _mapping(value: Any, name: str, most: int) -> Mapping[str, Any]:
    if not isinstance(value, dict) or len(value) > most:
        raise _wrong(f"{name} is no list of at most {most} named values")
    return value


def _list(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _wrong(f"{name} are no list of at most {most}")
    return value


def _key(key: str) -> str:
    return _text(key, "name of a control", _KEY)


def _values(value: Any) -> list[str]:
    return [_text(each, "value of a control", _VALUE) for each in _list(value, "values of a control", _MANY)]


def _recipe(value: Any) -> Mapping[str, Any]:
    found = _mapping(value, "recipe", _MANY)
    if _depth(found) > _DEPTH or _count(found) > _NODES:
        raise _wrong("recipe is deeper or longer than any of this program")
    return found


def _depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inside), default=0)


def _count(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_count, inside))


def _part(value: Any) -> Part:
    given = _mapping(value, "part", 2)
    widget = _text(given.get("widget"), "widget", _KEY)
    if widget not in KINDS:
        raise _wrong(f"widget “{widget[:40]}” is not known here")
    return Part(widget, _text(given.get("words"), "words", _WORDS), {})
