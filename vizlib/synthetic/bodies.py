"""What the drawn insects are made of: their colors, rounded pieces of armor and jointed limbs."""

from __future__ import annotations

from itertools import product

import numpy as np

from vizlib.synthetic.brush import Brush, Color, Points, Rng, tone

SIDES = (-1, 1)
DARK = ((34, 28, 28), (66, 40, 26), (104, 56, 30), (92, 88, 84), (44, 48, 66))
WARM = ((150, 40, 24), (196, 52, 30), (214, 118, 34), (226, 178, 58), (206, 176, 122))
BRIGHT = ((38, 112, 62), (34, 78, 140), (112, 58, 124), (60, 132, 132))
PALE = ((240, 232, 214), (222, 228, 232))


def pick(tint: Rng, *families: tuple[Color, ...]) -> Color:
    colors = [color for family in families for color in family]
    return tone(colors[int(tint.integers(len(colors)))], tint.uniform(0.85, 1.12))


def bulb(brush: Brush, outline: Points, color: Color) -> None:
    """A rounded piece of armor: dark rim, shine on its upper left."""
    middle = outline.mean(0)
    brush.fill(outline, tone(color, 0.6))
    brush.fill((outline - middle) * 0.86 + middle, color)
    brush.fill((outline - middle) * (0.34, 0.24) + middle + np.ptp(outline, 0) * (-0.12, -0.16), shine(color))


def shine(color: Color) -> Color:
    red, green, blue = (round(0.62 * each + 0.38 * 255) for each in color)
    return red, green, blue


def _limb(brush: Brush, path: Points, width: float, color: Color) -> None:
    """A jointed leg or feeler: thick above the first joint, thin below."""
    brush.line(path[:2], width, color)
    brush.line(path[1:], width * 0.7, tone(color, 0.85))
    brush.dots(path[1:-1], width * 0.5, [color])


def limbs(brush: Brush, form: Rng, plan: list[Points], width: float, color: Color) -> None:
    """Each path of the plan on both sides, every joint a little elsewhere."""
    for path, side in product(plan, SIDES):
        wander = form.normal(0, 0.035, path.shape) * np.linspace(0, 1, len(path))[:, None]
        _limb(brush, (path + wander) * (1, side), width, color)
