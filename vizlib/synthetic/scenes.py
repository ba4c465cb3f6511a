"""A scene as a record: all that a drawing shows, as plain data drawn from a seed, with one thing changed at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vizlib.errors import UnknownName
from vizlib.synthetic.shapes import SETS, parts_of
from vizlib.synthetic.textures import GROUNDS

SCENE_CLASSES: tuple[str, ...] = tuple(SETS["scenes"])
INSECT_CLASSES: tuple[str, ...] = tuple(SETS["insects"])
BACKGROUNDS: tuple[str, ...] = tuple(GROUNDS)
NOTHING = "nothing"  # the kind of a scene without an object

TRAINING_SEED = 0  # training pictures have the seeds from here on ...
HELD_OUT_SEED = 10_000_000  # ... and no network has seen the pictures from here on

# Each question has its own stream of random numbers, so that one answer can change and the others stay.
_CHOICE, _POSE, _LIGHT = range(3)


@dataclass(frozen=True)
class Scene:
    """What a drawing shows. Lengths and places are shares of the picture's side, so that any size shows the same."""

    of: str  # "scenes" or "insects"
    seed: int  # also chooses the object's outline, the piece of ground and the camera's noise
    kind: str  # class name, or NOTHING
    background: str
    turn: float  # -1 to 1, a share of how far this kind may be turned
    reach: float  # from the object's center to about its edge
    mirrored: bool
    stretch: tuple[float, float]  # across, down
    center: tuple[float, float]  # across, down
    colors: int  # seed of the object's colors
    light: float  # radians from straight above, clockwise
    brightness: float
    shadow: float  # share of light that the shadow takes
    throw: float  # how far the shadow falls
    noise: float  # of the camera, standard deviation in levels of 255
    without: tuple[str, ...] = ()  # parts of the object that are left out
    dusk: bool = False
    sketch: bool = False

    def but(self, **changes: Any) -> Scene:
        """The same scene with one thing changed (or several); whatever does not depend on it stays to the pixel.

        For example `scene.but(kind="goat")`, `kind=NOTHING`, `background="snow"`, `center=(0.3, 0.6)`, `colors=17`,
        `without=("wing",)`, `dusk=True` or `sketch=True`. Raises UnknownName for a name that does not exist.
        """
        changed = replace(self, **changes)
        _check("kind of object", changed.kind, [*SETS[changed.of], NOTHING])
        _check("background", changed.background, BACKGROUNDS)
        for name in changed.without:
            _check(f"part of the {changed.kind}", name, () if changed.kind == NOTHING else parts_of(changed.kind))
        return changed


def scene(seed: int, kind: str | None = None, background: str | None = None, of: str = "scenes") -> Scene:
    """The scene of this seed; class and background are the seed's choice if they are None.

    Raises UnknownName for a set, a class or a background that does not exist.
    """
    _check("drawn set", of, list(SETS))
    pose, lamp = np.random.default_rng((seed, _POSE)), np.random.default_rng((seed, _LIGHT))
    reach = float(pose.uniform(0.21, 0.4))
    room = 0.5 - reach * 0.86
    own_kind, own_background = _chosen(seed, list(SETS[of]))
    return Scene(
        of=of,
        seed=seed,
        kind=own_kind,
        background=own_background,
        turn=float(pose.uniform(-1, 1)),
        reach=reach,
        mirrored=bool(pose.random() < 0.5),
        stretch=_pair(pose, 0.9, 1.1),
        center=_pair(pose, 0.5 - room, 0.5 + room),
        colors=seed,
        light=float(lamp.uniform(-1.1, 1.1)),
        brightness=float(lamp.uniform(0.88, 1.1)),
        shadow=float(lamp.uniform(0.3, 0.55)),
        throw=float(lamp.uniform(0.03, 0.07)),
        noise=float(lamp.uniform(0.5, 3.0)),
    ).but(kind=kind or own_kind, background=background or own_background)


def _chosen(seed: int, kinds: Sequence[str]) -> tuple[str, str]:
    kind, background = np.random.default_rng((seed, _CHOICE)).integers((len(kinds), len(BACKGROUNDS)))
    return kinds[int(kind)], BACKGROUNDS[int(background)]


def _pair(rng: np.random.Generator, low: float, high: float) -> tuple[float, float]:
    first, second = rng.uniform(low, high, 2).tolist()
    return first, second


def _check(what: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UnknownName(f"There is no {what} named {name}.", f"Choose one of: {', '.join(known) or 'none'}.")
