"""Does saliency find the object? This is measured on the drawn scenes, whose objects are known.

    python -m benchmarks.accuracy.where_it_looks

Each row has 200 held-out scenes. It compares the share of guided-saliency mass inside the object's mask with the mask's
share of the picture. For sheep_or_goat the scenes are drawn as in training (sheep on grass, goats on rock) and with
the backgrounds swapped.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks.results import write_section
from vizlib import last, load_model, saliency_methods
from vizlib.faithfulness import held_out, locating
from vizlib.synthetic import HELD_OUT_SEED, draw_scene


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pictures", type=int, default=200)
    count = parser.parse_args().pictures
    rows = [
        "| network | pictures | accuracy | method | inside the mask | mask's area | times |",
        "|---|---|---|---|---|---|---|",
    ]

    def measure(name: str, words: str, scenes: Sequence[Any], labels: list[int], methods: list[str]) -> None:
        model = load_model(name)
        for method in methods:
            found = last(locating(model, scenes, labels, method))
            inside, area = found.inside.mean(), found.area.mean()
            shares = f"{inside:.1%} | {area:.1%} | {inside / area:.1f}"
            rows.append(f"| {name} | {words} | {found.accuracy:.1%} | {method} | {shares} |")
            print(rows[-1], flush=True)

    scenes = [draw_scene(seed) for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + count)]
    for name in ("bundled/scenes", "bundled/scenes_vgg"):
        measure(name, f"{count} held-out", scenes, [scene.label for scene in scenes], saliency_methods())
    for swapped in (False, True):
        words = f"{count}, backgrounds {'swapped' if swapped else 'as in training'}"
        measure("bundled/sheep_or_goat", words, *held_out(count, swapped), ["guided", "gradient", "grad_cam"])
    write_section("Where it looks", "python -m benchmarks.accuracy.where_it_looks", "\n" + "\n".join(rows))


if __name__ == "__main__":
    main()
