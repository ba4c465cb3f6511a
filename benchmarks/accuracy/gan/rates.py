"""What the two rates do to a GAN on drawn digits: Frechet distance over steps, precision and recall, with intervals.

    python -m benchmarks.accuracy.gan rates
    python -m benchmarks.accuracy.gan rates --quick     # a few steps and one seed, to try it out

A seed draws other pictures and other first weights; the held-out pictures are always the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.transfer.sets import table
from benchmarks.results import write_section
from vizlib import drawn, last, train_gan
from vizlib.runs import Recipe, as_stored, by_name, open_store, pack, unpack
from vizlib.training import FRAMES, GanFrame, interval

PAIRS = ((2e-5, 2e-5), (2e-4, 2e-4), (1e-3, 1e-3), (1e-2, 1e-2), (2e-3, 5e-5))  # of the generator, the discriminator
PER_CLASS, TESTS = 400, 50
SEEDS = (1, 2, 3)
STEPS = 600


def trained(seed: int, steps: int, per_class: int = PER_CLASS, **settings: Any) -> tuple[GanFrame, float]:
    """The last frame of a run on drawn digits, and its processor time, s. The store keeps both for other parts."""
    parts = {"what": "gan benchmark", "seed": seed, "steps": steps, "per class": per_class, **settings}
    key, store, kinds = as_stored(Recipe(parts), "cpu").key, open_store(), by_name(FRAMES)
    if (content := store.get(key)) is not None:
        kept, _, packed = content.partition(b" ")
        return unpack(packed, kinds), float(kept)
    began = time.process_time()
    found = last(train_gan(drawn("digits", per_class, seed, tests=TESTS), steps, seed=seed, **settings))
    spent = time.process_time() - began
    figures = " ".join(f"{name} {getattr(found, name)[-1]:.2f}" for name in MEASURES)
    print(f"{settings}, seed {seed}, {steps} steps, {spent:.0f} CPU-s: {figures}", flush=True)
    store.put(key, f"{spent:.1f} ".encode() + pack(found, kinds))
    return found, spent


MEASURES = {
    "distances": "Frechet distance",
    "precisions": "precision",
    "recalls": "recall",
    "covered": "classes covered",
    "confident": "confident",
    "copies": "near copies",
}


def said(values: Any, digits: int = 2) -> str:
    """The mean over seeds with its 95 % interval (Student's t)."""
    array = np.asarray(values, np.float64)
    if len(array) == 1:
        return f"{array[0]:.{digits}f}"
    low, high = interval(array)
    return f"{array.mean():.{digits}f} ± {(high - low) / 2:.{digits}f}"


def ends(frames: Sequence[GanFrame]) -> list[str]:
    """The measures at the end, one column each."""
    return [said([getattr(each, name)[-1] for each in frames]) for name in MEASURES]


def real_line(frame: GanFrame) -> list[str]:
    """The same measures of real pictures."""
    real = frame.real
    assert real is not None
    values = (real.distance, real.precision, real.recall, real.covered, real.confident, real.copies)
    return [f"{each:.2f}" for each in values]


def report(seeds: Sequence[int], steps: int) -> str:
    runs = {pair: [trained(seed, steps, rate_g=pair[0], rate_d=pair[1])[0] for seed in seeds] for pair in PAIRS}
    first = runs[PAIRS[0]][0]
    over = [
        [f"{g:g} / {d:g}", *(said(each, 1) for each in np.array([frame.distances for frame in frames]).T)]
        for (g, d), frames in runs.items()
    ]
    end = [[f"{g:g} / {d:g}", *ends(frames)] for (g, d), frames in runs.items()]
    end.append(["real pictures", *real_line(first)])
    return "\n\n".join(
        [
            "Frechet distance at each step (rates of the generator / the discriminator):",
            table(["rates", *(f"{each}" for each in first.steps)], over),
            f"After {steps} steps:",
            table(["rates", *MEASURES.values()], end),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="What the rates do to a GAN.")
    parser.add_argument("--quick", action="store_true", help="tiny settings, nothing is written")
    choice, _ = parser.parse_known_args()
    seeds, steps = (SEEDS[:1], 8) if choice.quick else (SEEDS, STEPS)
    text = (
        f"{10 * PER_CLASS:,} drawn digits of 28 px, the mean over {len(seeds)} seeds with its 95 % interval (Student's "
        f"t). As many fakes as held-out pictures ({10 * TESTS}) are compared in the features of bundled/digits. "
        "Confident: the share of fakes of whose class bundled/digits is surer than of 5 % of the real pictures. Near "
        f"copies: nearer to a training picture than 95 % of the held-out ones are.\n\n{report(seeds, steps)}"
    )
    print(text)
    if not choice.quick:
        write_section("GAN: rates", "python -m benchmarks.accuracy.gan rates", text)


if __name__ == "__main__":
    main()
