"""Drawing a scene: the ground, the object's soft shadow, the object with its light and shade, the camera's noise.

Nothing is downloaded and nothing is stored: a seed determines the picture, at any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from vizlib.errors import UnknownName
from vizlib.synthetic.brush import Brush
from vizlib.synthetic.scenes import BACKGROUNDS, NOTHING, SCENE_CLASSES, Scene, scene
from vizlib.synthetic.shapes import SETS
from vizlib.synthetic.textures import REFERENCE, Field, Light, Window, draw_ground, relief

SCENE_SIZE = 128  # pixels a side
CANVAS = 256  # outlines are painted at least this large, then averaged down
DUSK = np.array((0.5, 0.44, 0.6), np.float32)  # the share of red, green and blue that is left of the day's light

_GROUND, _FORM, _COLORS, _GRAIN, _NOISE = range(10, 15)  # streams of a seed, beside those of scenes.py


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture about which everything is known."""

    image: NDArray[np.uint8]  # (H, W, 3), RGB
    mask: NDArray[np.bool_]  # (H, W), True on the object
    scene: Scene

    @property
    def label(self) -> int:
        """Index into the classes of the scene's set; -1 where there is no object."""
        return -1 if self.scene.kind == NOTHING else list(SETS[self.scene.of]).index(self.scene.kind)

    @property
    def background(self) -> int:
        """Index into BACKGROUNDS."""
        return BACKGROUNDS.index(self.scene.background)

    @cached_property
    def parts(self) -> dict[str, NDArray[np.bool_]]:
        """The visible pixels of each part of the object (H, W): no two overlap, and together they are the mask."""
        if self.scene.kind == NOTHING:
            return {}
        easel = _Easel(len(self.mask))
        brush = easel.paint(self.scene, self.scene.without, numbered=True)
        names = [name for name in brush.parts if name not in self.scene.without]
        shares = np.stack([easel.share(brush, brush.parts.index(name) + 1) for name in names])
        largest = shares.argmax(0)
        return {name: self.mask & (largest == i) for i, name in enumerate(names)}


def draw(scene: Scene, size: int = SCENE_SIZE) -> Drawing:
    """The picture of a scene, `size` pixels a side; every size from 32 to 256 shows the same."""
    light = (float(np.sin(scene.light)), -float(np.cos(scene.light)))  # from above and somewhat from the side
    picture = draw_ground(scene.background, _stream(scene.seed, _GROUND), size, light)
    mask = np.zeros((size, size), np.bool_)
    if scene.kind != NOTHING:
        _put_object(picture, mask, scene, light)
    picture *= DUSK * np.float32(scene.brightness) if scene.dusk else np.float32(scene.brightness)
    if scene.sketch:
        picture = _pencil(picture)
    picture += _stream(scene.seed, _NOISE).standard_normal(picture.shape, dtype=np.float32) * np.float32(scene.noise)
    np.clip(np.rint(picture, out=picture), 0, 255, out=picture)
    return Drawing(picture.astype(np.uint8), mask, scene)


def draw_scene(seed: int, label: int | None = None, background: int | None = None, size: int = SCENE_SIZE) -> Drawing:
    """The scene of this seed, drawn; class and background (indexes) are the seed's choice if they are None.

    Raises UnknownName for a class or background that does not exist.
    """
    kind = None if label is None else _named("class", label, SCENE_CLASSES)
    ground = None if background is None else _named("background", background, BACKGROUNDS)
    return draw(scene(seed, kind, ground), size)


def _named(what: str, index: int, names: tuple[str, ...]) -> str:
    if not 0 <= index < len(names):
        raise UnknownName(f"There is no {what} number {index}.", f"Choose one from 0 to {len(names) - 1}.")
    return names[index]


def _stream(seed: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng((seed, purpose))


class _Easel:
    """Where an object is painted: the picture and an eighth of its side more beyond each edge.

    From that margin a shadow may fall into the picture. Outlines are painted several times larger than they are seen.
    """

    def __init__(self, size: int) -> None:
        self.size, self.margin = size, -(-size // 8)
        self.side = size + 2 * self.margin
        self.fineness = max(3, -(-CANVAS // size))

    def paint(self, scene: Scene, without: tuple[str, ...], numbered: bool = False) -> Brush:
        shape, unit = SETS[scene.of][scene.kind], self.size * self.fineness
        cos, sin = np.cos(scene.turn * shape.tilt), np.sin(scene.turn * shape.tilt)
        stretch = np.diag(scene.stretch) * ((-1.0 if scene.mirrored else 1.0), 1.0)
        matrix = np.array([[cos, -sin], [sin, cos]]) @ stretch * scene.reach * unit
        x, y = (place * unit + self.margin * self.fineness for place in scene.center)
        brush = Brush(self.side * self.fineness, matrix, (x, y), without, numbered)
        shape.paint(brush, _stream(scene.seed, _FORM), _stream(scene.colors, _COLORS))
        return brush

    def box(self, canvas: Image.Image) -> tuple[int, int, int, int]:
        """What is painted, with two pixels around it: left, top, right, bottom in pixels from the margin's corner."""
        found = canvas.getbbox() or (0, 0, 1, 1)
        left, top = (max(0, place // self.fineness - 2) for place in found[:2])
        right, bottom = (min(self.side, -(-place // self.fineness) + 2) for place in found[2:])
        return left, top, right, bottom

    def seen(self, canvas: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
        """A box of the canvas as it is seen: averaged down, colors times cover."""
        left, top, right, bottom = (place * self.fineness for place in box)
        return canvas.crop((left, top, right, bottom)).reduce(self.fineness)

    def share(self, brush: Brush, number: int) -> Field:
        """How much of each pixel of the picture carries this number."""
        parts = brush.canvas.point([255 * (each == number) for each in range(256)]).reduce(self.fineness)
        inner = slice(self.margin, self.margin + self.size)
        return np.asarray(parts, dtype=np.float32)[inner, inner]


def _put_object(picture: Field, mask: NDArray[np.bool_], scene: Scene, light: Light) -> None:
    """Paints object and shadow over the ground, and marks where the object is."""
    easel = _Easel(len(mask))
    whole = easel.paint(scene, ()).canvas
    left, top, right, bottom = box = easel.box(whole)
    painted = easel.seen(whole, box)
    # What is left out still shapes the light on its neighbors, so that these stay as they are.
    shade = _modeling(painted.getchannel(3), scene, easel.size, light)
    if scene.without:
        painted = easel.seen(easel.paint(scene, scene.without).canvas, box)
    picture *= (
        1 - np.float32(scene.shadow) * _shadow(painted.getchannel(3), easel, (left, top), scene, light)[..., None]
    )

    rows, columns = (
        slice(max(0, a - easel.margin), max(0, b - easel.margin)) for a, b in ((top, bottom), (left, right))
    )
    there = picture[rows, columns]
    high, low = (easel.margin + each.start for each in (rows, columns))
    seen = np.asarray(painted, np.float32)[high - top :, low - left :][: there.shape[0], : there.shape[1]]
    facing = shade[high - top :, low - left :][: there.shape[0], : there.shape[1]]
    grain = Window(_stream(scene.seed, _GRAIN), easel.size, 140.0).field("grain")[rows, columns]
    there *= 1 - seen[..., 3:] / np.float32(255)
    there += seen[..., :3] * np.clip(facing + np.float32(0.025) * grain, 0.4, 1.5)[..., None]
    mask[rows, columns] = seen[..., 3] > 127.5


def _modeling(cover: Image.Image, scene: Scene, size: int, light: Light) -> Field:
    """Light and shade (a factor per pixel) that makes the flat drawing look round."""
    reach = scene.reach * size
    dome = _blurred(cover, reach * 0.22) + np.float32(0.5) * _blurred(cover, reach * 0.07)
    return 1 + np.float32(reach * 0.3) * relief(dome, light, max(1, size // REFERENCE))


def _shadow(cover: Image.Image, easel: _Easel, corner: tuple[int, int], scene: Scene, light: Light) -> Field:
    """Where the object's soft shadow falls, (H, W) in [0, 1]."""
    wide = Image.new("L", (easel.side, easel.side))
    wide.paste(cover, corner)
    soft = wide.filter(ImageFilter.GaussianBlur(easel.size * 0.025))
    right, down = (-way * scene.throw * easel.size for way in light)
    left, upper = easel.margin - right, easel.margin - down
    box = (left, upper, left + easel.size, upper + easel.size)
    cast = soft.resize((easel.size, easel.size), Image.Resampling.BILINEAR, box)
    return np.asarray(cast, dtype=np.float32) / np.float32(255)


def _blurred(gray: Image.Image, radius: float) -> Field:
    return np.asarray(gray.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / np.float32(255)


def _pencil(picture: Field) -> Field:
    """The picture as a pencil drawing: dark where it is darker than its surroundings, else paper."""
    gray = np.clip(picture.mean(2), 0, 255)
    around = _blurred(Image.fromarray(gray.astype(np.uint8)), len(gray) * 0.02) * 255
    line = np.clip((gray + 12) / (around + 12), 0, 1) ** np.float32(1.6)
    return np.repeat(248 * line[..., None], 3, 2)
