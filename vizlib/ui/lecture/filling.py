"""Filling the scenes of a lecture that was opened: from the store, from this visitor's scenes, or from a page.

A scene's content is kept in the store under its key (page, controls, recipes and the words of its parts), the versions
that made it, and the widgets that draw it. Nothing that shows a visitor's own picture is ever put there. Where no
content is found, the scene stays empty until its page shows the result.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from vizlib.runs import Recipe, pack, unpack, versions
from vizlib.ui.lecture.taking import Offer, thumbnail
from vizlib.ui.shared import server
from vizlib.ui.shared.lectures import Entry, Lecture
from vizlib.ui.widgets import front_end
from vizlib.ui.widgets.scene import Part, Scene, Shown

_WHAT: Final = "scene of a lecture"


def key_of(scene: Scene) -> str:
    """64 hexadecimal digits of what the visitor has chosen for a scene. Scenes with the same show the same here."""
    parts = [[each.widget, each.words] for each in scene.parts]
    controls = {key: list(values) for key, values in scene.controls.items()}
    about = {"what": _WHAT, "page": scene.page, "controls": controls, "parts": parts}
    return Recipe({**about, "recipes": sorted(keys_of(scene.recipes))}).key


def stored_key(scene: Scene) -> str:
    """64 hexadecimal digits of all that the content of a scene depends on: another engine may show something else."""
    return Recipe({"scene": key_of(scene), "versions": versions(), "widgets": front_end.digest()}).key


def keys_of(recipes: Iterable[Mapping[str, Any]]) -> set[str]:
    """The keys of recipes: equal recipes have equal keys."""
    return {Recipe(each).key for each in recipes}


def keep(entry: Entry) -> None:
    """Puts the content of a scene into the store, unless it shows a visitor's own picture."""
    if entry.keep and entry.filled:
        content = zlib.compress(json.dumps([each.data for each in entry.scene.parts]).encode(), 1)
        server.runs().store.put(stored_key(entry.scene), pack({"data": content}, {}))


def stored(entry: Entry) -> Entry:
    """The scene with its content from the store; as it is, if the store has none."""
    content = server.runs().store.get(stored_key(entry.scene))
    if content is None:
        return entry
    try:
        data = json.loads(zlib.decompress(unpack(content, {})["data"]))
        parts = [Part(each.widget, each.words, dict(one)) for each, one in zip(entry.scene.parts, data, strict=True)]
    except (zlib.error, ValueError, LookupError, TypeError):
        return entry
    return _filled(entry, parts)


def _filled(entry: Entry, parts: Sequence[Part], keeps: bool = True) -> Entry:
    scene = replace(entry.scene, parts=parts)
    return replace(entry, scene=scene, keep=keeps, thumbnail=thumbnail(parts))


def again(entry: Entry, others: Sequence[Entry]) -> Entry:
    """The scene with the content of one of the others that has the same key, or from the store; else as it is."""
    key = key_of(entry.scene)
    same = next((each for each in others if each.filled and not each.other and key_of(each.scene) == key), None)
    return stored(entry) if same is None else _filled(entry, same.scene.parts, same.keep)


def fill(lecture: Lecture, offer: Offer, opened: int) -> list[Entry]:
    """Fills empty scenes with what the page shows now; returns them.

    opened: the number of the scene whose page the visitor has opened. It is filled even if its recipe is another by
    now, and then says so.
    """
    done = []
    for entry in [each for each in lecture.entries if not each.filled and each.scene.page == offer.page]:
        same = keys_of(entry.scene.recipes) <= keys_of(offer.recipes)
        found = _by_words(entry, offer.parts) if same else None
        if found is None and entry.number == opened:
            found = _by_place(entry, offer.parts)
        if found is not None:
            new = _with(entry, offer, found)
            lecture.put(new)
            keep(new)
            done.append(new)
    return done


def _by_words(entry: Entry, shown: Sequence[Shown]) -> list[Shown] | None:
    """The parts that the scene wants, by what they show; None if one is not there."""
    there = {(each.widget, each.words): each for each in shown}
    wanted = [(each.widget, each.words) for each in entry.scene.parts]
    return [there[each] for each in wanted] if there.keys() >= set(wanted) else None


def _by_place(entry: Entry, shown: Sequence[Shown]) -> list[Shown] | None:
    """The parts of the same kinds, in the page's order: their words may hold numbers that are others now."""
    left, found = list(shown), []
    for wanted in entry.scene.parts:
        alike = [each for each in left if each.widget == wanted.widget]
        if not alike:
            return None
        best = next((each for each in alike if each.words == wanted.words), alike[0])
        left.remove(best)
        found.append(best)
    return found


def _with(entry: Entry, offer: Offer, found: Sequence[Shown]) -> Entry:
    scene = replace(entry.scene, recipes=offer.recipes, parts=[offer.part(each) for each in found])
    other = other_parts(entry.scene.recipes, offer.recipes)
    if not other:  # the key stays that of the file
        scene = replace(scene, recipes=entry.scene.recipes)
    return replace(entry, scene=scene, keep=offer.keep, thumbnail=thumbnail(scene.parts), other=other)


def other_parts(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the parts in which recipes differ; none if all earlier ones are among those of now."""
    if keys_of(before) <= keys_of(now):
        return []
    found = set()
    for old in before:
        alike = [each for each in now if each.get("what") == old.get("what")] or list(now)
        new = min(alike, key=lambda each: len(_names(old, each)), default={})
        found |= _names(old, new)
    return sorted(found)


def _names(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
