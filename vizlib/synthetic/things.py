"""The things of the drawn scenes: each is one function that paints with a brush in its own coordinates."""

from __future__ import annotations

import numpy as np

from vizlib.synthetic.brush import CIRCLE, IVORY, NIGHT, Brush, Color, Rng, hsv, oval, points, smooth, tone, within


def shell(brush: Brush, form: Rng, tint: Rng) -> None:
    light = hsv(tint.uniform(0.02, 0.13), tint.uniform(0.15, 0.6), tint.uniform(0.8, 0.97))
    band, bands = tone(light, tint.uniform(0.5, 0.68)), int(form.integers(2, 4))
    with brush.part("spiral"):
        turn = np.linspace(0, 5.4 * np.pi, 110)
        reach = 0.62 * np.exp(-0.145 * turn)
        path = np.stack([reach * np.cos(turn), reach * np.sin(turn)], 1)
        for i, (center, size) in enumerate(zip(path, reach, strict=True)):
            brush.dots(center[None], size * 0.62, [tone(band, 0.55)])
            brush.dots(center[None], size * 0.57, [band if (i // bands) % 2 else light])
            brush.dots(center[None] * 1.2, size * 0.26, [tone(band if (i // bands) % 2 else light, 1.12)])
    with brush.part("opening"):
        brush.fill(oval(0.64, 0.0, 0.36, 0.2), tone(band, 0.5))
        brush.fill(oval(0.64, 0.02, 0.29, 0.14), tone(light, 0.72))


def mushroom(brush: Brush, form: Rng, tint: Rng) -> None:
    cap = hsv(tint.choice([0.0, 0.02, 0.06, 0.09, 0.75]), tint.uniform(0.6, 0.92), tint.uniform(0.6, 0.92))
    stem = tone(IVORY, 0.96)
    with brush.part("stem"):
        foot = points((-0.2, -0.1), (0.2, -0.1), (0.22, 0.5), (0.34, 0.92), (-0.34, 0.92), (-0.22, 0.5))
        brush.fill(smooth(foot, 2), stem)
        for x in np.linspace(-0.16, 0.18, 6):
            brush.line(points((x, 0.2), (x * 1.4, 0.86)), 0.02, tone(stem, 0.82))
    with brush.part("gills"):
        brush.fill(oval(0, 0.02, 0.84, 0.16), tone(stem, 0.72))
        for x in np.linspace(-0.72, 0.72, 17):
            brush.line(points((x * 0.35, 0.0), (x, 0.1)), 0.018, tone(stem, 0.55))
    with brush.part("stem"):
        brush.fill(smooth(points((-0.26, 0.2), (0.26, 0.2), (0.3, 0.36), (-0.3, 0.36)), 2), tone(stem, 0.9))
    half = [(-0.98, 0.1), (-0.9, -0.5), (-0.4, -0.98), (0.4, -0.98), (0.9, -0.5), (0.98, 0.1)]
    dome = smooth(points(*half, (0.4, -0.06), (-0.4, -0.06)))
    with brush.part("cap"):
        brush.fill(dome, cap)
        with brush.inside(dome):
            brush.dots(within(form, 40, (0, -0.4, 0.9, 0.5)), 0.02, [tone(cap, 0.8)])
            with brush.part("spots"):
                _spots(brush, form, cap)


def _spots(brush: Brush, form: Rng, cap: Color) -> None:
    rows = enumerate((-0.78, -0.52, -0.26, -0.04))
    spots = np.array([(x + 0.13 * (row % 2), y) for row, y in rows for x in np.arange(-0.8, 0.9, 0.34)])
    for spot in spots + form.normal(0, 0.035, spots.shape):
        radius = form.uniform(0.06, 0.12)
        brush.dots(spot[None] + (0.012, 0.02), radius, [tone(cap, 0.62)])
        brush.dots(spot[None], radius, [IVORY])


def flower(brush: Brush, form: Rng, tint: Rng) -> None:
    petal, heart = (
        hsv(tint.random(), tint.uniform(0.35, 0.9), tint.uniform(0.75, 1.0)),
        hsv(tint.uniform(0.06, 0.15), 0.85, tint.uniform(0.45, 0.95)),
    )
    count = int(form.integers(7, 13))
    with brush.part("petals"):
        for layer, (reach, shade) in enumerate(((0.58, 0.74), (0.5, 1.0))):
            for turn in (np.arange(count) + 0.5 * layer) * 2 * np.pi / count:
                way = np.array([np.cos(turn), np.sin(turn)])
                x, y = way * reach
                outline = oval(x, y, 0.42, 1.5 / count, turn)
                brush.fill(outline, tone(petal, 0.6 * shade))
                brush.fill(oval(x, y, 0.395, 1.5 / count - 0.028, turn), tone(petal, shade))
                for bend in (-0.09, 0.0, 0.09):
                    side = np.array([-way[1], way[0]]) * bend
                    brush.line(np.stack([way * 0.28, way * (reach + 0.24) + side]), 0.016, tone(petal, 0.76 * shade))
    with brush.part("heart"):
        brush.dots(points((0, 0)), 0.3, [tone(heart, 0.6)])
        seeds = np.arange(70)
        spiral = 0.032 * np.sqrt(seeds)[:, None] * np.stack([np.cos(seeds * 2.39996), np.sin(seeds * 2.39996)], 1)
        brush.dots(spiral, 0.026, [tone(heart, 1.2), heart, tone(heart, 0.9)])


def leaf(brush: Brush, form: Rng, tint: Rng) -> None:
    hue = tint.uniform(0.22, 0.36) if tint.random() < 0.6 else tint.uniform(0.02, 0.12)
    blade, vein = hsv(hue, tint.uniform(0.6, 0.9), tint.uniform(0.4, 0.85)), hsv(hue - 0.03, 0.4, 0.95)
    along = np.linspace(0, 1, 25)
    width = 0.62 * np.sin(np.pi * along**0.8) ** 0.9 * (1 + 0.07 * np.where(np.arange(25) % 2, 1, -1))
    bend = 0.16 * np.sin(np.pi * along)
    upper, lower = np.stack([-0.9 + 1.8 * along, bend - width], 1), np.stack([-0.9 + 1.8 * along, bend + width], 1)
    with brush.part("stalk"):
        brush.line(points((-1.12, -0.1), (-0.9, 0.0)), 0.07, tone(vein, 0.7))
    with brush.part("blade"):
        brush.fill(np.concatenate([upper, lower[::-1]]), blade)
        brush.fill(np.concatenate([np.stack([-0.9 + 1.8 * along, bend], 1), lower[::-1]]), tone(blade, 0.8))
    with brush.part("veins"):
        brush.line(np.stack([-0.95 + 1.85 * along, bend], 1), 0.05, vein)
        for i in range(3, 21, 2):
            root = np.array([-0.9 + 1.8 * along[i] - 0.06, bend[i]])
            for edge in (upper, lower):
                tip = edge[min(i + 3, 24)] * 0.9 + 0.1 * root
                brush.line(np.stack([root, tip]), 0.026, tone(vein, 0.85))
                twig = np.stack([(root + tip) / 2, edge[min(i + 4, 24)] * 0.8 + 0.2 * root])
                brush.line(twig, 0.014, tone(vein, 0.75))


def ball(brush: Brush, form: Rng, tint: Rng) -> None:
    first, second = hsv(tint.random(), tint.uniform(0.7, 0.95), tint.uniform(0.65, 0.95)), IVORY
    third = hsv(tint.random(), 0.8, 0.8) if tint.random() < 0.5 else first
    stripes = int(form.integers(4, 7))
    with brush.part("ball"):
        brush.fill(oval(0, 0, 0.94, 0.94), tone(first, 0.7))
    with brush.part("stripes"):
        for i, edge in enumerate(np.cos(np.linspace(0, np.pi, 2 * stripes + 1))[:-1]):
            half = CIRCLE[:, 0] * np.where(CIRCLE[:, 0] > 0, edge, 1.0)
            brush.fill(np.stack([0.92 * half, 0.92 * CIRCLE[:, 1]], 1), (first, second, third, second)[i % 4])
        brush.fill(oval(0, -0.9, 0.2, 0.05), tone(second, 0.8))
    with brush.part("shine"):
        brush.fill(oval(-0.36, -0.42, 0.16, 0.09, -0.7), (255, 255, 255))


def flag(brush: Brush, form: Rng, tint: Rng) -> None:
    dark, light = (hsv(tint.random(), 0.8, tint.uniform(0.3, 0.6)), IVORY) if tint.random() < 0.7 else (NIGHT, IVORY)
    columns, rows = int(form.integers(6, 9)), int(form.integers(4, 6))
    phase, swing = form.uniform(0, 6), form.uniform(0.05, 0.12)
    xs, ys = np.linspace(-0.8, 0.98, 2 * columns + 1), np.linspace(-0.9, 0.28, rows + 1)
    lift = swing * np.sin(5.2 * xs + phase) * np.linspace(0.3, 1, len(xs))
    fold = 1 + 0.26 * np.cos(5.2 * xs + phase)
    with brush.part("pole"):
        brush.line(points((-0.84, -0.98), (-0.84, 1.0)), 0.09, (120, 84, 52))
        brush.line(points((-0.86, -0.98), (-0.86, 1.0)), 0.03, (176, 136, 92))
        brush.dots(points((-0.84, -0.98)), 0.08, [(226, 188, 84)])
    with brush.part("cloth"):
        for i in range(2 * columns):
            for j in range(rows):
                cell = points(
                    (xs[i], ys[j] + lift[i]),
                    (xs[i + 1], ys[j] + lift[i + 1]),
                    (xs[i + 1], ys[j + 1] + lift[i + 1]),
                    (xs[i], ys[j + 1] + lift[i]),
                )
                brush.fill(cell, tone(dark if (i // 2 + j) % 2 else light, 0.74 * fold[i]))


def star(brush: Brush, form: Rng, tint: Rng) -> None:
    color, count = (
        hsv(tint.choice([0.13, 0.0, 0.58, 0.9, tint.random()]), tint.uniform(0.6, 0.95), 0.95),
        int(form.integers(5, 7)),
    )
    turn = np.arange(2 * count) * np.pi / count - np.pi / 2
    inner = 0.42 if count == 5 else 0.52
    rim = np.stack([np.cos(turn), np.sin(turn)], 1) * np.where(np.arange(2 * count) % 2, inner, 1.0)[:, None]
    with brush.part("rim"):
        brush.fill(rim, tone(color, 0.45))
    small = rim * 0.9
    with brush.part("facets"):
        for i in range(2 * count):
            facet = np.stack([small[i], small[(i + 1) % (2 * count)], np.zeros(2)])
            brush.fill(facet, tone(color, 1.08 if i % 2 else 0.68))


def ring(brush: Brush, form: Rng, tint: Rng) -> None:
    color, count, hole = (
        hsv(tint.random(), tint.uniform(0.7, 0.95), tint.uniform(0.6, 0.95)),
        2 * int(form.integers(3, 6)),
        form.uniform(0.46, 0.6),
    )
    for i in range(count):
        turn = np.linspace(i, i + 1.03, 12) * 2 * np.pi / count
        way = np.stack([np.cos(turn), np.sin(turn)], 1)
        paint = color if i % 2 else IVORY
        with brush.part("stripes" if i % 2 else "tube"):
            for outer, inner, shade in ((0.96, hole, 0.7), (0.9, hole + 0.06, 0.9), (0.82, hole + 0.13, 1.06)):
                brush.fill(np.concatenate([way * outer, way[::-1] * inner]), tone(paint, shade))
        with brush.part("seams"):
            brush.line(way[0] * np.array([[hole - 0.02], [0.99]]), 0.05, tone(IVORY, 0.7))


def sweater(brush: Brush, form: Rng, tint: Rng) -> None:
    hue = tint.random()
    yarn, trim = hsv(hue, tint.uniform(0.5, 0.85), tint.uniform(0.45, 0.85)), hsv(hue, 0.7, 0.4)
    pattern = hsv(hue + tint.uniform(0.3, 0.7), 0.5, 0.95)
    right = [(0.22, -0.84), (0.52, -0.74), (0.98, 0.3), (0.7, 0.46), (0.5, 0.0), (0.52, 0.86)]
    outline = smooth(points(*right, *((-x, y) for x, y in reversed(right))), 1)
    with brush.part("cloth"):
        brush.fill(outline, yarn)
        with brush.inside(outline):
            with brush.part("zigzag"):
                step, drop = form.uniform(0.13, 0.2), form.uniform(0.1, 0.16)
                across = np.arange(-1.04, 1.2, step)
                for band, y in enumerate(np.arange(-0.86, 0.9, form.uniform(0.2, 0.3))):
                    teeth = np.stack([across, y + drop * (np.arange(len(across)) % 2)], 1)
                    brush.line(teeth, 0.085, pattern if band % 2 else trim)
            with brush.part("cuffs"):
                brush.line(points((-0.6, 0.82), (0.6, 0.82)), 0.13, trim)
                brush.line(points((0.98, 0.22), (0.64, 0.42)), 0.12, trim)
                brush.line(points((-0.98, 0.22), (-0.64, 0.42)), 0.12, trim)
            brush.line(points((0.5, -0.5), (0.5, 0.5)), 0.025, tone(yarn, 0.5))
            brush.line(points((-0.5, -0.5), (-0.5, 0.5)), 0.025, tone(yarn, 0.5))
    with brush.part("collar"):
        brush.fill(oval(0, -0.8, 0.27, 0.15), trim)
        brush.fill(oval(0, -0.82, 0.19, 0.09), tone(trim, 0.55))
