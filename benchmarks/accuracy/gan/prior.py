"""What a generator is worth as a prior: pictures of a class with it and without, judged by a second network.

    python -m benchmarks.accuracy.gan prior
    python -m benchmarks.accuracy.gan prior --quick     # a few steps and one seed, to try it out

With the prior a latent vector is searched (`fool_judge`), without it the pixels (`vizlib.maximize`, its presets). The
second network has the judge's architecture, other first weights and other drawn digits; it takes no part in the search,
and the page trains one with the same settings. Real digits that are held out are the upper bound.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.accuracy.gan.rates import SEEDS, TESTS, said, trained
from benchmarks.accuracy.transfer.sets import table
from benchmarks.results import write_section
from vizlib import drawn, fine_tune, last, load_model, maximize
from vizlib.models import Classifier
from vizlib.training import PRESETS, fool_judge

_SEED = 9  # of the second network and its pictures


def second_network(steps: int) -> tuple[Classifier, float]:
    """Another network for digits, and its accuracy."""
    data = drawn("digits", 200, _SEED, tests=50)
    how: dict[str, Any] = {"rate": 0.01, "augment": False, "every": steps}
    frame = last(fine_tune(load_model("bundled/digits"), data, "scratch", steps, _SEED, **how))
    return frame.model, frame.accuracy


def read(model: Classifier, pixels: Tensor, number: int) -> tuple[float, float]:
    """How often the class comes first, and its mean probability."""
    answers = model.predict(pixels)
    return float((answers.argmax(1) == number).float().mean()), float(answers[:, number].mean())


def report(seeds: Sequence[int], steps: int, search: int) -> str:
    judge, (second, accuracy) = load_model("bundled/digits"), second_network(400 if search > 10 else 2)
    found: dict[str, list[list[tuple[float, ...]]]] = {}
    for at, seed in enumerate(seeds):
        gan, _ = trained(seed, steps)
        for number, name in enumerate(judge.class_names):
            best = last(fool_judge(gan, judge, name, search, seed))
            real = drawn("digits", 1, tests=TESTS, classes=[name]).tests
            assert real is not None
            pictures = {
                "best of 256 fakes": best.start[None],
                "latent vector, optimized": best.pixels,
                "pixels, optimized (maximize)": last(maximize(judge, name, steps=2 * search, seed=seed)).pixels,
                "real, held out": judge.prepare(list(real.pictures)),
            }
            for how, pixels in pictures.items():
                both = (*read(judge, pixels, number), *read(second, pixels, number))
                found.setdefault(how, [[] for _ in seeds])[at].append(both)
        print(f"seed {seed}: {len(judge.class_names)} classes", flush=True)
    rows = [[how, *map(said, np.array(values).mean(1).T)] for how, values in found.items()]
    head = ["picture of a class", "judge: right", "judge: p", "second network: right", "second network: p"]
    return f"The second network is right about {accuracy:.1%} of held-out digits.\n\n{table(head, rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description="What a generator is worth as a prior.")
    parser.add_argument("--quick", action="store_true", help="tiny settings, nothing is written")
    choice, _ = parser.parse_known_args()
    seeds, steps, search = (SEEDS[:1], 8, 4) if choice.quick else (SEEDS, PRESETS["default"].settings["steps"], 60)
    text = (
        f"One picture of each digit, a GAN of {steps:,} steps (the preset that works), the mean over {len(seeds)} "
        "seeds of the GAN with its 95 % interval (Student's t): how often the class comes first, and its probability. "
        f"The search takes {search} steps for a latent vector, {2 * search} for pixels. {report(seeds, steps, search)}"
    )
    print(text)
    if not choice.quick:
        write_section("GAN: the generator as a prior", "python -m benchmarks.accuracy.gan prior", text)


if __name__ == "__main__":
    main()
