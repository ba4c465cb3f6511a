"""The drawn insects with hard wing covers, seen from above with the head to the left: beetle and ladybug."""

from __future__ import annotations

import numpy as np

from vizlib.synthetic.bodies import BRIGHT, DARK, SIDES, WARM, bulb, limbs, pick, shine
from vizlib.synthetic.brush import IVORY, NIGHT, Brush, Color, Rng, oval, points, smooth, tone


def beetle(brush: Brush, form: Rng, tint: Rng) -> None:
    armor = pick(tint, DARK, WARM[:3], BRIGHT)
    shield, leg = tone(armor, tint.uniform(0.7, 1.2)), tone(pick(tint, DARK), 0.8)
    slim = form.uniform(0.9, 1.08)
    with brush.part("legs"):
        plan = [
            points((-0.34, 0.24), (-0.56, 0.54), (-0.86, 0.6), (-0.96, 0.72)),
            points((-0.04, 0.3), (0.02, 0.68), (-0.1, 0.9), (-0.06, 1.0)),
            points((0.28, 0.3), (0.56, 0.6), (0.74, 0.84), (0.9, 0.86)),
        ]
        limbs(brush, form, plan, 0.1, leg)
    with brush.part("antennae"):
        plan = [points((-0.8, 0.08), (-0.94, 0.22), (-1.06, 0.34))]
        limbs(brush, form, plan, 0.05, leg)
    with brush.part("head"):
        with brush.part("jaws"):
            for side in SIDES:
                jaw = points((-0.8, 0.14), (-1.02, 0.14), (-1.08, 0.02), (-0.98, 0.06), (-0.82, 0.03)) * (1, side)
                brush.fill(smooth(jaw, 1), tone(leg, 0.8))
        bulb(brush, oval(-0.72, 0, 0.17, 0.18), tone(shield, 0.8))
        with brush.part("eyes"):
            brush.dots(points((-0.74, -0.16), (-0.74, 0.16)), 0.05, [NIGHT])
    with brush.part("thorax"):
        neck = points((-0.64, 0.0), (-0.64, 0.24), (-0.5, 0.36), (-0.26, 0.34), (-0.22, 0.0)) * (1, slim)
        bulb(brush, smooth(np.concatenate([neck, neck[-2:0:-1] * (1, -1)]), 1), shield)
    with brush.part("wing covers"):
        _covers(brush, slim, armor)


def _covers(brush: Brush, slim: float, armor: Color) -> None:
    """The two hard wings, closed: a seam in the middle and furrows along."""
    rim = points((-0.26, 0.0), (-0.24, 0.34), (0.1, 0.43), (0.5, 0.38), (0.82, 0.2), (0.96, 0.0)) * (1, slim)
    for side, shade in zip(SIDES, (1.0, 0.9), strict=True):
        half = smooth(rim * (1, side), 1)
        brush.fill(half, tone(armor, 0.55))
        brush.fill((half - (0.3, side * 0.17)) * (0.94, 0.88) + (0.3, side * 0.17), tone(armor, shade))
        for lane in (0.3, 0.56, 0.8):
            furrow = points((-0.2, 0.36 * lane), (0.1, 0.43 * lane), (0.5, 0.38 * lane), (0.8, 0.2 * lane))
            brush.line(furrow * (1, side * slim), 0.022, tone(armor, 0.62 * shade))
    brush.fill(oval(0.1, -0.2 * slim, 0.24, 0.035, 0.06), shine(armor))
    brush.line(points((-0.26, 0), (0.96, 0)), 0.03, tone(armor, 0.4))


def ladybug(brush: Brush, form: Rng, tint: Rng) -> None:
    shell, spot = pick(tint, WARM, DARK[:2]), pick(tint, DARK[:1])
    if max(shell) < 100:  # a dark one has bright spots
        spot = pick(tint, WARM[:4])
    black = tone(NIGHT, tint.uniform(0.9, 1.6))
    with brush.part("legs"):
        plan = [
            points((-0.3, 0.5), (-0.44, 0.76), (-0.6, 0.84)),
            points((0.06, 0.6), (0.08, 0.88), (0.02, 1.0)),
            points((0.4, 0.5), (0.58, 0.74), (0.72, 0.82)),
        ]
        limbs(brush, form, plan, 0.085, black)
    with brush.part("antennae"):
        limbs(brush, form, [points((-0.84, 0.1), (-0.96, 0.2), (-1.04, 0.16))], 0.05, black)
    with brush.part("head"):
        bulb(brush, oval(-0.76, 0, 0.19, 0.25), black)
        with brush.part("eyes"):
            brush.dots(points((-0.84, -0.16), (-0.84, 0.16)), 0.06, [IVORY])
    with brush.part("thorax"):
        collar = points((-0.72, 0.0), (-0.76, 0.34), (-0.58, 0.5), (-0.36, 0.44), (-0.36, 0.0))
        brush.fill(smooth(np.concatenate([collar, collar[-2:0:-1] * (1, -1)]), 1), tone(black, 1.2))
        for side in SIDES:
            brush.fill(oval(-0.58, side * 0.33, 0.1, 0.11), IVORY)
    with brush.part("wing covers"):
        dome = oval(0.12, 0, 0.74, 0.7)
        brush.fill(dome, tone(shell, 0.6))
        brush.fill(oval(0.12, 0, 0.7, 0.66), shell)
        brush.fill(oval(0.04, -0.12, 0.5, 0.42), tone(shell, 1.12))
        with brush.inside(dome), brush.part("spots"):
            _ladybug_spots(brush, form, spot)
        brush.line(points((-0.6, 0), (0.86, 0)), 0.035, tone(shell, 0.45))
        brush.fill(oval(-0.16, -0.38, 0.16, 0.06, -0.5), shine(shine(shell)))


def _ladybug_spots(brush: Brush, form: Rng, color: Color) -> None:
    """The same on both halves; their number is the species'."""
    places = points((0.06, 0.26), (0.44, 0.26), (-0.24, 0.4), (0.24, 0.5), (0.62, 0.12), (-0.26, 0.14), (0.06, 0.56))
    count, radius = int(form.integers(2, 8)), form.uniform(0.1, 0.14)
    for place in places[:count] + form.normal(0, 0.02, (count, 2)):
        brush.dots(np.stack([place, place * (1, -1)]), radius * (1.15 if count < 4 else 1.0), [color])
