"""The animals of the drawn scenes: each is one function that paints with a brush in its own coordinates.

`form` draws what the outlines need, `tint` what the colors need: another tint leaves the outlines as they are.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from vizlib.synthetic.brush import (
    IVORY,
    NIGHT,
    Brush,
    Color,
    Points,
    Rng,
    coat_color,
    eye,
    hsv,
    oval,
    points,
    smooth,
    strokes,
    tone,
    within,
)


def sheep(brush: Brush, form: Rng, tint: Rng) -> None:
    wool, skin = coat_color(tint), tone(coat_color(tint), 0.6)
    with brush.part("legs"):
        for x in (-0.36, -0.16, 0.28, 0.48):
            leg = points((x - 0.055, 0.2), (x + 0.055, 0.2), (x + 0.045, 0.86), (x - 0.045, 0.86))
            brush.fill(leg, tone(skin, 0.8))
    with brush.part("body"):
        edge = smooth(oval(0.08, -0.02, 0.68, 0.44)[::2], 1)
        brush.dots(edge + form.normal(0, 0.02, edge.shape), 0.15, [tone(wool, 0.82), tone(wool, 0.88)])
        brush.fill(oval(0.08, -0.02, 0.7, 0.46), tone(wool, 0.86))
        curls = within(form, 62, (0.08, -0.03, 0.7, 0.46))
        curls = curls[np.argsort(-curls[:, 1])]
        for curl in curls:
            light = tint.uniform(0.92, 1.1)
            brush.dots(curl[None], 0.115, [tone(wool, 0.74 * light)])
            brush.dots(curl[None] + (-0.012, -0.02), 0.098, [tone(wool, light)])
            brush.dots(curl[None] + (0.015, 0.012), 0.045, [tone(wool, 0.8 * light)])
            brush.dots(curl[None] + (0.006, 0.002), 0.028, [tone(wool, light)])
    with brush.part("head"):
        brush.fill(oval(-0.76, -0.14, 0.17, 0.25, 0.35), skin)
        with brush.part("ear"):
            brush.fill(oval(-0.52, -0.24, 0.17, 0.065, 0.4), tone(skin, 0.85))
        brush.fill(oval(-0.84, 0.02, 0.09, 0.07, 0.3), tone(skin, 1.25))
        crown = points((-0.78, -0.38), (-0.66, -0.42), (-0.56, -0.36), (-0.7, -0.33))
        brush.dots(crown, 0.1, [wool, tone(wool, 0.9)])
        with brush.part("eye"):
            eye(brush, -0.8, -0.17, 0.04)


def _horn(side: float) -> Points:
    turn = np.linspace(0, 1.9, 10)
    outer = np.stack([-0.62 + side + 0.52 * (1 - np.cos(turn)), -0.52 - 0.46 * np.sin(turn)], 1)
    inner = np.stack([-0.5 + side + 0.4 * (1 - np.cos(turn)), -0.5 - 0.36 * np.sin(turn)], 1)
    return np.concatenate([outer, inner[::-1]])


def goat(brush: Brush, form: Rng, tint: Rng) -> None:
    coat, horn = coat_color(tint), hsv(0.1, 0.3, tint.uniform(0.4, 0.75))
    dark = tone(coat, 0.66)
    with brush.part("legs"):
        for x, shade in ((-0.2, 0.6), (0.62, 0.6), (-0.36, 0.84), (0.5, 0.84)):
            brush.fill(points((x - 0.08, 0.1), (x + 0.08, 0.1), (x + 0.04, 0.9), (x - 0.04, 0.9)), tone(coat, shade))
            brush.fill(points((x - 0.05, 0.8), (x + 0.05, 0.8), (x + 0.07, 0.92), (x - 0.06, 0.92)), NIGHT)
    with brush.part("horns"):
        brush.fill(_horn(0.09), tone(horn, 0.7))
    with brush.part("tail"):
        brush.fill(points((0.6, -0.24), (0.82, -0.56), (0.86, -0.42), (0.76, -0.06)), dark)
    with brush.part("body"):
        _goat_body(brush, form, tint, coat)
    with brush.part("head"):
        head = points((-0.62, -0.56), (-0.44, -0.44), (-0.5, -0.26), (-0.86, -0.04), (-1.0, -0.1), (-0.98, -0.24))
        brush.fill(smooth(head, 1), tone(coat, 0.92))
        brush.dots(points((-0.95, -0.16)), 0.03, [NIGHT])
        with brush.part("beard"):
            brush.fill(points((-0.94, -0.06), (-0.76, -0.1), (-0.78, 0.16), (-0.86, 0.3)), dark)
        with brush.part("ear"):
            brush.fill(points((-0.5, -0.44), (-0.24, -0.5), (-0.3, -0.36), (-0.46, -0.34)), dark)
        with brush.part("eye"):
            eye(brush, -0.68, -0.36, 0.042)
    with brush.part("horns"):
        brush.fill(_horn(0.0), horn)
        for along in (0.3, 0.6, 0.9, 1.2, 1.5):
            foot = np.array([-0.62 + 0.52 * (1 - np.cos(along)), -0.52 - 0.46 * np.sin(along)])
            tip = np.array([-0.5 + 0.4 * (1 - np.cos(along)), -0.5 - 0.36 * np.sin(along)])
            brush.line(np.stack([foot, tip]), 0.02, tone(horn, 0.65))


def _goat_body(brush: Brush, form: Rng, tint: Rng, coat: Color) -> None:
    dark = tone(coat, 0.66)
    trunk = points((-0.62, -0.5), (-0.36, -0.4), (-0.2, -0.2), (0.2, -0.17), (0.62, -0.26), (0.76, -0.02), (0.68, 0.26))
    belly = points((0.4, 0.2), (0.0, 0.34), (-0.38, 0.3), (-0.52, 0.0), (-0.66, -0.16))
    brush.fill(smooth(np.concatenate([trunk, belly]), 1), coat)
    saddle = points((0.1, -0.16), (0.56, -0.24), (0.74, 0.0), (0.5, 0.2), (0.16, 0.16))
    brush.fill(smooth(saddle, 2), tone(coat, 0.78 if tint.random() < 0.5 else 1.0))
    hair = np.concatenate([within(form, 46, (0.14, 0.03, 0.5, 0.16)), within(form, 16, (-0.46, -0.2, 0.1, 0.2))])
    strokes(brush, form, hair, (0.07, 0.09), [dark, tone(coat, 1.14), tone(coat, 0.8)])
    strokes(brush, form, within(form, 14, (0.0, 0.3, 0.36, 0.03)), (0.02, 0.12), [dark, coat])


def cat(brush: Brush, form: Rng, tint: Rng) -> None:
    fur = hsv(tint.uniform(0.05, 0.1), tint.uniform(0.05, 0.65), tint.uniform(0.45, 0.9))
    dark, pale, iris = tone(fur, 0.55), tone(fur, 1.3), hsv(tint.uniform(0.14, 0.45), 0.7, 0.85)
    with brush.part("ears"):
        for side in (-1, 1):
            brush.fill(points((side * 0.86, -0.98), (side * 0.2, -0.58), (side * 0.78, -0.1)), tone(fur, 0.85))
            brush.fill(points((side * 0.76, -0.8), (side * 0.36, -0.52), (side * 0.68, -0.24)), hsv(0.97, 0.35, 0.8))
    with brush.part("face"):
        turn = np.linspace(0, 2 * np.pi, 96, False)
        reach = 1 + 0.05 * np.where(np.arange(96) % 2, 1, -1) * (0.6 + form.random(96))
        brush.fill(np.stack([0.86 * reach * np.cos(turn), 0.04 + 0.76 * reach * np.sin(turn)], 1), fur)
        hair = within(form, 150, (0, 0.04, 0.82, 0.7))
        hairs = np.stack([hair, hair + 0.11 * hair / (np.hypot(*hair.T) + 0.2)[:, None]], 1)
        for each, shade in zip(hairs, tint.integers(3, size=len(hairs)), strict=True):
            brush.line(each, 0.022, (dark, pale, tone(fur, 0.8))[int(shade)])
    with brush.part("stripes"):
        for x in (-0.22, 0.0, 0.22):
            brush.fill(points((x - 0.05, -0.7), (x + 0.05, -0.7), (x * 0.7, -0.3)), dark)
        for side, y in product((-1, 1), (0.02, 0.2, 0.38)):
            brush.fill(points((side * 0.9, y - 0.05), (side * 0.9, y + 0.06), (side * 0.52, y + 0.06)), dark)
    for side in (-1, 1):
        _half_face(brush, side, tone(pale, 1.1), iris)
    with brush.part("nose"):
        brush.fill(smooth(points((-0.12, 0.2), (0.12, 0.2), (0.0, 0.34)), 1), hsv(0.97, 0.45, 0.75))


def _half_face(brush: Brush, side: int, pale: Color, iris: Color) -> None:
    with brush.part("muzzle"):
        brush.fill(oval(side * 0.17, 0.42, 0.23, 0.19), pale)
    with brush.part("eyes"):
        brush.fill(oval(side * 0.37, -0.06, 0.19, 0.16), NIGHT)
        brush.fill(oval(side * 0.37, -0.06, 0.165, 0.14), iris)
        brush.fill(oval(side * 0.37, -0.06, 0.05, 0.13), NIGHT)
        brush.dots(points((side * 0.37 - 0.05, -0.12)), 0.035, [(255, 255, 255)])
    with brush.part("whiskers"):
        for y, drop in ((0.38, -0.08), (0.44, 0.02), (0.5, 0.12)):
            brush.line(points((side * 0.2, y), (side * 0.98, y + drop)), 0.016, IVORY)


def bird(brush: Brush, form: Rng, tint: Rng) -> None:
    hue = tint.random()
    back, belly = hsv(hue, tint.uniform(0.5, 0.9), tint.uniform(0.5, 0.9)), hsv(hue + tint.uniform(0.3, 0.6), 0.4, 0.95)
    beak = hsv(tint.uniform(0.08, 0.14), 0.85, 0.95)
    with brush.part("legs"):
        for x in (0.0, 0.16):
            brush.line(points((x, 0.4), (x - 0.04, 0.82), (x - 0.18, 0.88)), 0.04, tone(beak, 0.7))
    with brush.part("tail"):
        for i, lift in enumerate(np.linspace(-0.1, 0.22, 5)):
            brush.fill(oval(0.78, 0.16 + lift, 0.34, 0.055, 0.12 + lift), tone(back, 0.5 + 0.12 * i))
    with brush.part("beak"):
        brush.fill(points((-0.78, -0.5), (-1.06, -0.36), (-0.76, -0.3)), beak)
        brush.fill(points((-0.78, -0.4), (-1.06, -0.36), (-0.76, -0.3)), tone(beak, 0.75))
    with brush.part("body"):
        front = points((-0.72, -0.1), (-0.9, -0.5), (-0.62, -0.78), (-0.3, -0.62))
        rear = points((0.2, -0.28), (0.72, 0.1), (0.6, 0.34), (0.05, 0.54), (-0.5, 0.34))
        outline = smooth(np.concatenate([front, rear]))
        brush.fill(outline, back)
        with brush.inside(outline):
            brush.fill(oval(-0.4, 0.3, 0.62, 0.42, 0.3), belly)
            down = within(form, 40, (-0.36, 0.24, 0.4, 0.26))
            strokes(brush, form, down, (0.05, 0.07), [tone(belly, 0.8), tone(belly, 1.1)])
    with brush.part("wing"):
        for row, (x, y, length) in enumerate(((0.3, 0.12, 0.34), (0.12, 0.02, 0.28), (-0.06, -0.1, 0.22))):
            for i in range(6):
                shift = 0.068 * (i - 2.5)
                plume = oval(x - 0.4 * shift, y + shift, length, 0.062, 0.5)
                brush.fill(plume, tone(back, 0.42 + 0.16 * row))
                vane = oval(x - 0.02 - 0.4 * shift, y + shift, length * 0.9, 0.044, 0.5)
                brush.fill(vane, tone(back, 0.66 + 0.18 * row + 0.05 * (i % 2)))
    with brush.part("eye"):
        eye(brush, -0.66, -0.48, 0.07)


def fish(brush: Brush, form: Rng, tint: Rng) -> None:
    hue = tint.random()
    body, fin = (
        hsv(hue, tint.uniform(0.45, 0.9), tint.uniform(0.6, 0.95)),
        hsv(hue + tint.uniform(0.05, 0.2), 0.75, 0.85),
    )
    with brush.part("tail"):
        brush.fill(points((0.5, 0.0), (0.98, -0.46), (0.86, 0.0), (0.98, 0.46)), fin)
        for y in np.linspace(-0.36, 0.36, 7):
            brush.line(points((0.55, y * 0.3), (0.92, y)), 0.018, tone(fin, 0.65))
    with brush.part("fins"):
        brush.fill(smooth(points((-0.3, -0.36), (0.0, -0.72), (0.44, -0.52), (0.36, -0.2)), 1), fin)
        brush.fill(points((-0.1, 0.34), (0.06, 0.64), (0.26, 0.26)), fin)
        for x in np.linspace(-0.14, 0.32, 6):
            brush.line(points((x, -0.3), (x + 0.06, -0.56)), 0.018, tone(fin, 0.65))
    with brush.part("body"):
        back = points((-0.96, 0.06), (-0.7, -0.28), (-0.2, -0.44), (0.3, -0.24), (0.66, -0.08))
        outline = smooth(np.concatenate([back, points((0.66, 0.1), (0.3, 0.28), (-0.2, 0.46), (-0.7, 0.34))]))
        brush.fill(outline, body)
        with brush.inside(outline):
            for i, x in enumerate(np.arange(0.66, -0.5, -0.1)):
                column = np.arange(-0.5, 0.55, 0.12) + (0.06 if i % 2 else 0.0)
                centers = np.stack([np.full_like(column, x), column], 1)
                brush.dots(centers, 0.085, [tone(body, 0.55)])
                shades = [tone(body, 1.0 - 0.35 * y + 0.06 * tint.random()) for y in column]
                brush.dots(centers - (0.018, 0.004), 0.068, shades)
            with brush.part("head"):
                brush.fill(oval(-0.8, 0.02, 0.3, 0.5), tone(body, 0.9))
    with brush.part("head"):
        brush.line(oval(-0.8, 0.02, 0.3, 0.42)[[24, 26, 0, 2, 4]], 0.035, tone(body, 0.5))
    with brush.part("fins"):
        brush.fill(points((-0.3, 0.1), (0.04, 0.02), (0.02, 0.26)), tone(fin, 1.1))
    with brush.part("eye"):
        brush.dots(points((-0.74, -0.06)), 0.1, [IVORY])
        eye(brush, -0.75, -0.06, 0.065)
