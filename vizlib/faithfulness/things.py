"""Known truth: a drawn scene is drawn again without one thing, and the change of the logit is that thing's importance.

The model is FunnyBirds: Hesse et al. (2023), arXiv 2308.06248. There, as here, parts of a drawn animal are left out.
The things are the background and the visible parts of the object. Without a part, what is behind it is drawn; the
background is replaced by others, and its importance is the mean over them.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import replace
from itertools import count as numbers
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from vizlib.errors import VizError
from vizlib.faithfulness.asked import Floats
from vizlib.faithfulness.truth import BACKGROUND, Known, Thing, Variant
from vizlib.models import Classifier, in_own_context
from vizlib.render import Image8, to_image
from vizlib.synthetic import BACKGROUNDS, INSECT_CLASSES, NOTHING, SCENE_CLASSES, Drawing, Scene, draw

_AT_ONCE: Final = 8  # pictures
_STEP: Final = 0.25  # of the picture's side, by which the object is moved
KINDS: Final = {"scenes": SCENE_CLASSES, "insects": INSECT_CLASSES}  # by the set that a scene is of
Changed = tuple[str, str, Scene]  # what is changed, which one, and the scene


@in_own_context
def known(
    model: Classifier, scene: Scene | Drawing, target: int | str | None = None, *, backgrounds: int = 5
) -> Generator[Known, None, None]:
    """What the network's answer to a drawn scene depends on: the scene is drawn again with one thing changed at a time.

    scene: with an object. target: a class, by index or name; by default the one that the network predicts.
    backgrounds: how many other backgrounds are tried, 1 to 5: in the order of BACKGROUNDS after its own.

    Yields `Known`, every few pictures; the last frame has all things, and what is sufficient. Raises VizError for a
    scene without an object or too many backgrounds, UnknownName for another class.
    """
    drawing = draw(scene) if isinstance(scene, Scene) else scene
    if not drawing.mask.any() or not 1 <= backgrounds < len(BACKGROUNDS):
        what = f"The scene shows {drawing.scene.kind}, to be drawn on {backgrounds} other backgrounds."
        raise VizError(what, f"Draw an object, on 1 to {len(BACKGROUNDS) - 1} other backgrounds.")
    first = _first(model, drawing, target)
    masks = _masks(model, drawing)
    changed = [*_changes(drawing.scene, [*masks][1:], backgrounds), *_replaced(model, drawing.scene, first.other)]
    frame = replace(first, total=1 + len(changed) + len(masks) - 1)
    yield frame
    for start in range(0, len(changed), _AT_ONCE):
        some = changed[start : start + _AT_ONCE]
        seen = tuple(_variants(model, drawing, some))
        frame = replace(frame, step=frame.step + len(seen), variants=(*frame.variants, *seen))
        yield frame
    frame = _with_things(frame, masks)
    yield replace(frame, step=frame.total, sufficient=_sufficient(model, frame))


def keeps(model: Classifier, found: Known, names: Collection[str]) -> bool:
    """Whether the network's answer is the target, if only these things are kept of the scene.

    The parts that are not kept are left out. The background, if it is not kept, is replaced by the one on which the
    target's logit is lowest.
    """
    parts = [each.name for each in found.things[1:]]
    left_out = tuple(each for each in parts if each not in names)
    kept = (
        found.scene.but(kind=NOTHING, without=()) if len(left_out) == len(parts) else found.scene.but(without=left_out)
    )
    if BACKGROUND not in names:
        grounds = [each for each in found.variants if each.change == "background"]
        kept = kept.but(background=min(grounds, key=lambda each: float(each.logits[found.target])).what)
    return int(_logits(model, [draw(kept).image]).argmax()) == found.target


def _first(model: Classifier, drawing: Drawing, target: int | str | None) -> Known:
    """The truth before anything is changed."""
    image = _seen(model, [drawing.image])[0]
    logits = _logits(model, [drawing.image])[0]
    index = int(logits.argmax()) if target is None else model.class_index(target)
    rest = logits.copy()
    rest[index] = -np.inf
    side, other = len(drawing.mask), int(rest.argmax())
    return Known(1, 0, drawing.scene, side, image, logits, index, other, np.nan, np.nan, (), ())


def _masks(model: Classifier, drawing: Drawing) -> dict[str, NDArray[np.bool_]]:
    """Where the background and each part are, as the network sees the picture: no two overlap, none is empty."""
    drawn = {BACKGROUND: ~drawing.mask, **drawing.parts}
    white = [Image.fromarray(each.astype(np.uint8) * 255).convert("RGB") for each in drawn.values()]
    largest = _seen(model, white)[..., 0].argmax(0)
    masks = {name: largest == number for name, number in zip(drawn, numbers())}
    return {name: mask for name, mask in masks.items() if mask.any()}


def _changes(scene: Scene, parts: Sequence[str], backgrounds: int) -> list[Changed]:
    """The scene with one thing changed at a time."""
    x, y = scene.center
    aside = x + _STEP if x < 0.5 else x - _STEP
    return [
        ("object", "", scene.but(kind=NOTHING, without=())),
        *(("background", name, scene.but(background=name)) for name in _others(scene.background, backgrounds)),
        *(("part", name, scene.but(without=(*scene.without, name))) for name in parts),
        ("moved", "", scene.but(center=(aside, y))),
        ("recolored", "", scene.but(colors=scene.colors + 1)),
    ]


def _replaced(model: Classifier, scene: Scene, other: int) -> list[Changed]:
    """The scene with the object of the other class, if that can be drawn."""
    name = model.class_names[other]
    known = KINDS[scene.of]
    return [("replaced", name, scene.but(kind=name, without=()))] if name in known and name != scene.kind else []


def _others(background: str, count: int) -> list[str]:
    """The next ones after a background, in the order of BACKGROUNDS."""
    at = BACKGROUNDS.index(background)
    return [BACKGROUNDS[(at + 1 + each) % len(BACKGROUNDS)] for each in range(count)]


def _variants(model: Classifier, drawing: Drawing, some: Sequence[Changed]) -> list[Variant]:
    images = [draw(scene, len(drawing.mask)).image for _, _, scene in some]
    found = zip(some, _seen(model, images), _logits(model, images))
    return [Variant(change, what, image, logits) for (change, what, _), image, logits in found]


def _with_things(frame: Known, masks: dict[str, NDArray[np.bool_]]) -> Known:
    """The truth with the things' importances, now that all variants are seen."""
    falls = {(each.change, each.what): frame.logits - each.logits for each in frame.variants}
    whole = falls["object", ""]
    ground = np.mean([fall for (change, _), fall in falls.items() if change == "background"], axis=0)
    parts = [name for name in masks if name != BACKGROUND]
    areas = np.array([masks[name].sum() for name in parts], np.float64)
    single = np.array([falls["part", name] for name in parts])
    scaled = np.stack([_scaled(single[:, k], whole[k], areas) for k in (frame.target, frame.other)])
    behind = float(ground[frame.target])
    things = [Thing(BACKGROUND, masks[BACKGROUND], behind, behind, float(ground[frame.other]))]
    for row, name in enumerate(parts):
        change = float(single[row, frame.target])
        things.append(Thing(name, masks[name], change, float(scaled[0, row]), float(scaled[1, row])))
    return replace(frame, things=tuple(things), object=float(whole[frame.target]), background=behind)


def _scaled(single: Floats, whole: float, areas: Floats) -> Floats:
    """The parts' changes so that their absolute values sum to that of the whole; by areas if no part changes it."""
    size = np.abs(single).sum()
    return single * abs(whole) / size if size > 0 else areas / areas.sum() * whole


def _sufficient(model: Classifier, found: Known) -> tuple[str, ...]:
    """The names of the fewest things that keep the answer, the most important first; see `Known`."""
    if int(found.logits.argmax()) != found.target:
        return ()
    order = [each.name for each in sorted(found.things, key=lambda each: -each.importance)]
    tried = (tuple(order[:count]) for count in range(1, len(order)))
    return next((names for names in tried if keeps(model, found, names)), ())


def _seen(model: Classifier, images: Sequence[Image8 | Image.Image]) -> Image8:
    """(N, H, W, 3), as the network's preprocessing resizes and crops them."""
    return to_image(model.prepare(list(images)))


@torch.no_grad()
def _logits(model: Classifier, images: Sequence[Image8]) -> Floats:
    model.need_classes()
    found: Floats = model(model.prepare(list(images))).double().cpu().numpy()
    return found
