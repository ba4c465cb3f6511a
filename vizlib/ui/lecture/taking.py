"""What a page shows, as scenes: the parts that one can choose, the usual choice, and the recipes behind them."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import streamlit as st
from PIL import Image

from vizlib.ui.shared import head, sidebar
from vizlib.ui.shared.guard import Missing
from vizlib.ui.shared.lectures import Entry
from vizlib.ui.widgets.scene import Part, Scene, Shown
from vizlib.ui.widgets.staged import Stage

KINDS: Final = {  # what a part is called; those before "words" are chosen first, in this order
    "walk_slider": "Slider",
    "removal": "Deletion player",
    "film": "Film",
    "shake_strip": "Shake strip",
    "clouds": "Moving map",
    "points": "Map",
    "sheet": "Sheet",
    "strips": "Strips",
    "wipe": "Comparison",
    "pictures": "Pictures",
    "chart": "Chart",
    "words": "Text",
    "layer_strip": "Layers",
}
_CONTROL: Final = "layer_strip"  # alone, it is no result
_NOT_OF_VIEW: Final = frozenset(("run", *(sidebar.BOXES - sidebar.OF_VIEW)))  # parts of the link
_THUMBNAIL, _QUALITY = (240, 160), 80  # px and of JPEG
_WIDE = 3  # times as wide as high: such a picture holds several
CONTROL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,99}")  # the name of one
WORDS, VALUE, MANY = 4000, 500, 200  # letters of a part's words and of a control's value, and values of a control
_LONGEST = 120  # letters of a title that is proposed


@dataclass(eq=False)
class Offer:
    """What the page that was just drawn has for a lecture.

    Attributes:
        page: the name of the page.
        title: what a scene of it is called, if the visitor says nothing else.
        parts: as the page showed them.
        controls, recipes: what makes the same view again.
        keep: whether nothing in it shows a visitor's own picture.
    """

    page: str
    title: str
    parts: Sequence[Shown]
    controls: Mapping[str, Sequence[str]]
    recipes: Sequence[Mapping[str, Any]]
    keep: bool
    _made: dict[int, Part] = field(default_factory=dict)

    @property
    def usual(self) -> Shown | None:
        """The part that one click takes: the page's main widget, or else its largest board."""
        order = {kind: at for at, kind in enumerate(KINDS)}
        return min(self.parts, key=lambda each: (order[each.widget], -each.words.count(";")), default=None)

    def part(self, shown: Shown) -> Part:
        """With its data, which is made once. Raises VizError where it cannot be made."""
        if (at := self.parts.index(shown)) not in self._made:
            made = shown.part()
            text = json.dumps(made.data, default=_as_json)
            data = json.loads(text, parse_constant=lambda _: None)  # as a file has it, which knows no NaN
            self._made[at] = Part(made.widget, made.words, data)
        return self._made[at]

    def entry(self, chosen: Sequence[Shown], title: str, note: str) -> Entry:
        """The chosen parts as a scene."""
        parts = [self.part(each) for each in chosen]
        scene = Scene(title, note, self.page, self.controls, self.recipes, parts)
        return Entry(scene, self.keep, thumbnail(parts))


def _as_json(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def offer_of(page: str, stage: Stage) -> Offer | None:
    """What the page has for a lecture; None if it shows no result. Called while the sidebar's choice is known."""
    parts = [replace(each, words=each.words[:WORDS]) for each in stage.parts if each.widget in KINDS]
    if all(each.widget == _CONTROL for each in parts):
        return None
    recipes = list(stage.recipes.values()) or [_view_of(page)]
    return Offer(page, head.said()[:_LONGEST], parts, _controls(), recipes, stage.keep and _is_public())


def _controls() -> dict[str, list[str]]:
    """The page's part of the address, of what can be a control: a link may hold anything."""
    found = {key: st.query_params.get_all(key) for key in st.query_params if CONTROL.fullmatch(key)}
    return {
        key: values
        for key, values in found.items()
        if key not in _NOT_OF_VIEW and len(values) <= MANY and all(len(each) <= VALUE for each in values)
    }


def _view_of(page: str) -> dict[str, Any]:
    """The recipe of a page that shows what it computes at once: the network, and the picture if it is about one."""
    here = sidebar.chosen()
    found = {"what": "view", "page": page, "network": here.model.name, "weights": here.model.fingerprint}
    try:
        return found | ({"picture": here.subject.key} if head.has_picture() else {})
    except Missing:
        return found


def _is_public() -> bool:
    try:
        return sidebar.chosen().place.keep
    except Missing:
        return False


def pictures_in(value: Any) -> Iterator[str]:
    """The data URLs in what a widget takes, in its order."""
    if isinstance(value, str):
        if value.startswith("data:image/"):
            yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from pictures_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from pictures_in(each)


def thumbnail(parts: Sequence[Part]) -> bytes:
    """A small JPEG of the last picture in the first part that has any, b"" if none has."""
    found = next(filter(None, (list(pictures_in(part.data)) for part in parts)), None)
    if found is None:
        return b""
    with Image.open(io.BytesIO(base64.b64decode(found[-1].partition(",")[2]))) as picture:
        high = picture.height
        first = picture.crop((0, 0, high, high)) if picture.width > _WIDE * high else picture  # a strip of pictures
        small = first.convert("RGB")
    small.thumbnail(_THUMBNAIL)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
