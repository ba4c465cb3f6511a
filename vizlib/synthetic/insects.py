"""The drawn insects without hard wing covers, seen from above with the head to the left.

The spider, who is none, stands among them. Shapes tell the classes apart and colors do not: all share most of theirs.
`form` draws what the outlines need, `tint` what the colors need.
"""

from __future__ import annotations

import numpy as np

from vizlib.synthetic.bodies import BRIGHT, DARK, PALE, SIDES, WARM, bulb, limbs, pick
from vizlib.synthetic.brush import IVORY, NIGHT, Brush, Color, Points, Rng, hsv, oval, points, smooth, tone, within


def ant(brush: Brush, form: Rng, tint: Rng) -> None:
    body = pick(tint, DARK, WARM)
    head, leg = tone(body, tint.uniform(0.75, 1.2)), tone(body, 0.7)
    rear = form.uniform(0.9, 1.12)
    with brush.part("legs"):
        plan = [
            points((-0.22, 0.06), (-0.4, 0.42), (-0.66, 0.76)),
            points((-0.1, 0.07), (-0.02, 0.52), (-0.08, 0.94)),
            points((0.04, 0.06), (0.36, 0.44), (0.66, 0.84)),
        ]
        limbs(brush, form, plan, 0.075, leg)
    with brush.part("antennae"):
        limbs(brush, form, [points((-0.68, 0.1), (-0.8, 0.4), (-1.04, 0.46))], 0.06, leg)
    with brush.part("abdomen"):
        outline = smooth(points((0.24, 0.0), (0.36, 0.26), (0.7, 0.3), (1.02, 0.0), (0.7, -0.3), (0.36, -0.26)), 2)
        outline = (outline - (0.24, 0)) * (rear, rear) + (0.24, 0)
        bulb(brush, outline, body)
        with brush.inside(outline):
            for x in (0.5, 0.68, 0.84):
                brush.line(points((x, -0.4), (x + 0.05, 0), (x, 0.4)), 0.024, tone(body, 0.5))
    with brush.part("thorax"):
        for x, across, down in ((0.2, 0.07, 0.08), (0.04, 0.12, 0.1), (-0.2, 0.18, 0.13)):
            bulb(brush, oval(x, 0, across, down), tone(body, 0.92))
    with brush.part("head"):
        with brush.part("jaws"):
            for side in SIDES:
                jaw = points((-0.74, 0.14), (-0.92, 0.1), (-0.96, 0.0), (-0.86, 0.04), (-0.74, 0.02)) * (1, side)
                brush.fill(jaw, tone(head, 0.6))
        form_of_head = points((-0.36, 0.0), (-0.38, 0.2), (-0.6, 0.26), (-0.84, 0.1), (-0.84, -0.1), (-0.6, -0.26))
        bulb(brush, smooth(np.concatenate([form_of_head, points((-0.38, -0.2))]), 2), head)
        with brush.part("eyes"):
            brush.dots(points((-0.66, -0.19), (-0.66, 0.19)), 0.045, [NIGHT])


def _fur(brush: Brush, form: Rng, tint: Rng, at: tuple[float, float, float, float], color: Color) -> None:
    """Short hairs that point away from the middle, over the rim too."""
    x, y, across, down = at
    brush.fill(oval(x, y, across, down), tone(color, 0.7))
    hairs = within(form, 110, at)
    away = (hairs - (x, y)) / (across, down)
    order = np.argsort(-np.hypot(*away.T))
    for start, way, light in zip(hairs[order], away[order], tint.uniform(0.75, 1.25, len(hairs)), strict=True):
        brush.line(np.stack([start, start + 0.09 * way]), 0.03, tone(color, light))


def bee(brush: Brush, form: Rng, tint: Rng) -> None:
    coat, dark = pick(tint, WARM, PALE[:1]), pick(tint, DARK[:3])
    glass = hsv(tint.uniform(0.08, 0.62), tint.uniform(0.05, 0.2), tint.uniform(0.82, 0.95))
    bands = int(form.integers(3, 5))
    with brush.part("legs"):
        plan = [
            points((-0.3, 0.16), (-0.46, 0.36), (-0.62, 0.44)),
            points((-0.18, 0.2), (-0.16, 0.42), (-0.24, 0.6)),
            points((0.0, 0.2), (0.2, 0.4), (0.42, 0.5)),
        ]
        limbs(brush, form, plan, 0.085, tone(dark, 0.9))
    with brush.part("antennae"):
        limbs(brush, form, [points((-0.66, 0.06), (-0.8, 0.2), (-0.98, 0.18))], 0.055, dark)
    with brush.part("abdomen"):
        top = points((-0.02, 0.0), (0.02, 0.3), (0.4, 0.4), (0.74, 0.28), (1.0, 0.0))
        outline = smooth(np.concatenate([top, top[-2:0:-1] * (1, -1)]), 2)
        brush.fill(outline, tone(coat, 0.85))
        with brush.inside(outline):
            brush.fill(oval(0.42, -0.1, 0.5, 0.2), tone(coat, 1.1))
            with brush.part("stripes"):
                for x in np.linspace(0.24, 0.84, bands):
                    stripe = points((x, -0.5), (x + 0.06, 0.0), (x, 0.5))
                    brush.line(stripe, 0.38 / bands, dark)
                brush.fill(oval(1.0, 0.0, 0.12, 0.3), dark)
    with brush.part("wings"):
        for side in SIDES:
            _bee_wing(brush, side, form.uniform(0.92, 1.08), glass)
    with brush.part("thorax"):
        _fur(brush, form, tint, (-0.2, 0.0, 0.27, 0.25), tone(coat, 0.8))
    with brush.part("head"):
        bulb(brush, oval(-0.58, 0, 0.16, 0.22), tone(dark, 1.2))
        with brush.part("eyes"):
            for side in SIDES:
                bulb(brush, oval(-0.6, side * 0.17, 0.12, 0.075, -0.5 * side), NIGHT)


def _bee_wing(brush: Brush, side: int, reach: float, glass: Color) -> None:
    for x, y, length, width, turn in ((0.28, 0.42, 0.34, 0.13, 0.62), (0.2, 0.62, 0.52, 0.17, 0.92)):
        brush.fill(oval(x, side * y, length * reach, width, side * turn), tone(glass, 0.7))
        brush.fill(oval(x, side * y, length * reach - 0.025, width - 0.025, side * turn), glass)
        way = np.array((np.cos(turn), np.sin(turn)))
        root, tip = np.array((x, y)) - way * length * 0.9, np.array((x, y)) + way * length * 0.8
        for bend in (-0.07, 0.07):
            vein = np.stack([root, (root + tip) / 2 + bend * way[::-1] * (-1, 1), tip])
            brush.line(vein * (1, side), 0.018, tone(glass, 0.66))


def butterfly(brush: Brush, form: Rng, tint: Rng) -> None:
    wing, body = pick(tint, WARM, BRIGHT, PALE, DARK[1:]), tone(pick(tint, DARK[:3]), 0.9)
    edge = pick(tint, DARK) if max(wing) > 110 else pick(tint, WARM, PALE)
    dot = pick(tint, WARM[2:], PALE, BRIGHT)
    swing, lobe = form.uniform(-0.08, 0.08), form.uniform(0.9, 1.1)
    fore = points(
        (-0.2, 0.04),
        (-0.5, 0.4),
        (-0.82 + swing, 0.86),
        (-0.7 + swing, 1.02),
        (-0.36, 0.94),
        (-0.06, 0.66),
        (0.04, 0.05),
    )
    hind = points((-0.02, 0.05), (0.0, 0.6), (0.22, 0.78), (0.56, 0.66), (0.76, 0.36), (0.5, 0.12)) * (lobe, lobe)
    for name, outline, shade in (("hind wings", smooth(hind, 2), 0.9), ("fore wings", smooth(fore, 2), 1.0)):
        with brush.part(name):
            for side in SIDES:
                _butterfly_wing(brush, outline * (1, side), tone(wing, shade), edge, dot)
    with brush.part("antennae"):
        for side in SIDES:
            brush.line(points((-0.4, 0.03), (-0.66, 0.14), (-0.94, 0.3)) * (1, side), 0.035, body)
            brush.dots(points((-0.94, side * 0.3)), 0.05, [body])
    with brush.part("abdomen"):
        bulb(brush, oval(0.24, 0, 0.34, 0.08), body)
        for x in (0.1, 0.22, 0.34, 0.46):
            brush.line(points((x, -0.07), (x, 0.07)), 0.02, tone(body, 0.5))
    with brush.part("thorax"):
        bulb(brush, oval(-0.18, 0, 0.19, 0.11), tone(body, 1.15))
    with brush.part("head"):
        bulb(brush, oval(-0.4, 0, 0.1, 0.1), tone(body, 0.9))


def _butterfly_wing(brush: Brush, outline: Points, wing: Color, edge: Color, dot: Color) -> None:
    root = outline[np.abs(outline).sum(1).argmin()]
    brush.fill(outline, edge)
    inner = (outline - root) * 0.84 + root
    brush.fill(inner, wing)
    brush.fill((outline - root) * 0.5 + root, tone(wing, 1.14))
    for place in np.linspace(0.22, 0.82, 5):
        tip = outline[int(place * len(outline))]
        brush.line(np.stack([root, (tip - root) * 0.84 + root]), 0.02, tone(edge, 0.9))
        brush.dots(((tip - root) * 0.92 + root)[None], 0.032, [dot])
    middle = (outline.mean(0) - root) * 1.15 + root
    brush.dots(middle[None], 0.12, [edge])
    brush.dots(middle[None], 0.08, [dot])
    brush.dots(middle[None], 0.035, [NIGHT])


def spider(brush: Brush, form: Rng, tint: Rng) -> None:
    body = pick(tint, DARK, WARM[2:])
    front, leg, mark = tone(body, tint.uniform(0.7, 1.1)), tone(body, 0.75), pick(tint, WARM, PALE)
    round_, knees = form.uniform(0.9, 1.15), form.uniform(0.92, 1.08)
    with brush.part("legs"):
        plan = [
            points((-0.38, 0.12), (-0.52, 0.62), (-0.9, 0.74), (-1.04, 0.6)),
            points((-0.3, 0.16), (-0.24, 0.74), (-0.5, 0.98), (-0.62, 1.0)),
            points((-0.18, 0.16), (0.12, 0.72), (0.28, 0.98), (0.24, 1.06)),
            points((-0.1, 0.12), (0.42, 0.56), (0.84, 0.74), (1.02, 0.66)),
        ]
        limbs(brush, form, [path * (1, knees) for path in plan], 0.075, leg)
    with brush.part("feelers"):
        limbs(brush, form, [points((-0.5, 0.07), (-0.66, 0.16), (-0.76, 0.08))], 0.07, leg)
    with brush.part("abdomen"):
        rear = points((-0.02, 0.0), (0.06, 0.26), (0.4, 0.4), (0.7, 0.26), (0.84, 0.0)) * (1, round_)
        outline = smooth(np.concatenate([rear, rear[-2:0:-1] * (1, -1)]), 2)
        bulb(brush, outline, body)
        with brush.inside(outline), brush.part("marks"):
            _spider_marks(brush, form, mark)
    with brush.part("head"):
        bulb(brush, oval(-0.3, 0, 0.27, 0.2), front)
        with brush.part("eyes"):
            brush.dots(points((-0.5, -0.06), (-0.5, 0.06), (-0.46, -0.13), (-0.46, 0.13)), 0.038, [IVORY])
            brush.dots(points((-0.51, -0.06), (-0.51, 0.06), (-0.47, -0.13), (-0.47, 0.13)), 0.02, [NIGHT])


def _spider_marks(brush: Brush, form: Rng, color: Color) -> None:
    if form.random() < 0.5:  # a cross of drops
        for x, y in ((0.16, 0.0), (0.3, 0.0), (0.44, 0.0), (0.58, 0.0), (0.3, 0.13), (0.3, -0.13)):
            brush.fill(oval(x, y, 0.06, 0.045), color)
    else:  # chevrons
        for x in (0.2, 0.36, 0.52, 0.66):
            brush.line(points((x + 0.1, -0.2), (x, 0.0), (x + 0.1, 0.2)), 0.05, color)
