"""What domain adaptation gains: the reversal, its schedule, a stronger adversary, a common mistake, pseudo-labels.

    python -m benchmarks.accuracy.domains                    # the table and the practical's figures
    python -m benchmarks.accuracy.domains middle             # the runs of one target alone
    python -m benchmarks.accuracy.domains speed              # steps per second beside a bare PyTorch loop
    python -m benchmarks.accuracy.domains table --quick      # a few steps and one seed, nothing is written

Every run that is done is kept in a file, so that the command goes on where it was stopped. A seed draws other training
pictures, other first weights and another order; the held-out pictures are always the same.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from benchmarks.accuracy.transfer.sets import said, table
from benchmarks.results import write_section
from vizlib import adapt, last, load_model
from vizlib.training import PictureSet, drawn, interval
from vizlib.training.domains.reversal import reversed_gradient

RUNS: dict[str, dict[str, Any]] = {
    "source only": {"factor": 0},
    "fixed -1": {"factor": 1},
    "schedule": {"factor": "schedule"},
    "schedule, domain loss x 3": {"factor": "schedule", "weight": 3},
    "mistake, fixed -1": {"factor": 1, "mistake": True},
    "mistake, the rate's formula as factor": {"factor": "rate_formula", "mistake": True},
    "pseudo-labels over 0.9, no reversal": {"factor": 0, "pseudo_labels": 0.9, "every": 60},
    "labeled targets (upper bound)": {"factor": 0, "labels": "target"},
}
SMALL = {"width": 16, "average": 0.99}  # half as many channels as in the paper
RUNS |= {
    "long: source only": {"factor": 0, **SMALL},
    "long: schedule": {"factor": "schedule", **SMALL},
}
SHORT = ("source only", "schedule", "labeled targets (upper bound)")
# target -> the set, the steps, the runs
TARGETS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "middle": ("digits_middle", 600, tuple(RUNS)),
    "mild": ("digits_mild", 300, SHORT),
    "hard": ("digits_hard", 300, SHORT),
    "real": ("real_digits", 300, SHORT),
}
PER_CLASS, TESTS, SEEDS = 500, 100, (0, 1, 2)
KEPT = Path(tempfile.gettempdir()) / "filterscope_domains.jsonl"


class Run(NamedTuple):
    """What a run was, and what it ended with; losses are means of the last twentieth of the steps."""

    target_set: str
    name: str
    seed: int
    steps: int
    source: float
    target: float
    domain: float
    label_loss: float
    source_side: float
    target_side: float
    kept: list[float]
    right: list[float]
    seconds: float  # of the processor

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self[:4]


def known() -> dict[tuple[str, str, int, int], Run]:
    lines = KEPT.read_text().splitlines() if KEPT.exists() else []
    return {each.key: each for each in (Run(*json.loads(line)) for line in lines)}


@lru_cache(2 * len(SEEDS))
def drawn_once(name: str, seed: int) -> PictureSet:
    """The set with all of its pictures drawn, which would take longer than a short run."""
    data = drawn(name, PER_CLASS, seed, tests=TESTS)
    return replace(data, pictures=tuple(data.pictures))


def sets(target: str, seed: int) -> list[PictureSet]:
    return [drawn_once(name, seed) for name in ("digits", target)]


def measured(target: str, name: str, seed: int, steps: int) -> Run:
    """The run, from the file if it is there."""
    found = known().get((target, name, seed, steps))
    if found is not None:
        return found
    began = time.process_time()
    settings = {"every": steps, **RUNS[name]}
    if width := settings.pop("width", None):
        settings["network"] = load_model("dann_cnn", "random", "cpu", seed=seed, width=width)
    frame = last(adapt(*sets(target, seed), steps=steps, seed=seed, device="cpu", **settings))
    few = max(1, steps // 20)
    sides = frame.domain_sides[-few:].mean(0)
    there = ~np.isnan(frame.kept)
    run = Run(
        target, name, seed, steps, frame.source_accuracy, frame.target_accuracy, frame.domain_accuracy,
        float(frame.label_losses[-few:].mean()), float(sides[0]), float(sides[1]), frame.kept[there].tolist(),
        frame.right[there].tolist(), time.process_time() - began,
    )  # fmt: skip
    print(run, flush=True)
    with KEPT.open("a") as file:
        file.write(json.dumps(run) + "\n")
    return run


def gain(runs: list[Run], plain: list[Run]) -> str:
    """Of the target's accuracy over the source only, seed by seed, points."""
    values = 100 * (np.array([each.target for each in runs]) - [each.target for each in plain])
    low, high = interval(values)
    return f"{values.mean():+.0f} ({low:+.0f} to {high:+.0f})" if len(values) > 1 else f"{values[0]:+.0f}"


def rows(target: str, steps: int, names: tuple[str, ...], seeds: tuple[int, ...]) -> Iterator[list[str]]:
    plain = [measured(target, "source only", seed, steps) for seed in seeds]
    for name in names:
        runs = [measured(target, name, seed, steps) for seed in seeds]
        columns = [[getattr(each, column) for each in runs] for column in ("source", "target", "domain")]
        seconds = f"{np.mean([each.seconds for each in runs]):.0f}"
        yield [name, str(steps), *map(said, columns), "" if runs == plain else gain(runs, plain), seconds]


HEAD = ["run", "steps", "source, %", "target, %", "domain classifier, %", "gain, points", "s of the processor"]


def tables(seeds: tuple[int, ...], share: float, only: str) -> str:
    found = []
    for title, (target, steps, names) in TARGETS.items():
        if only in ("table", title):
            found.append(
                f"Drawn digits to {title if title != 'real' else 'real handwritten digits'}"
                f"{'' if title == 'real' else ' textures'}:\n\n"
                + table(HEAD, list(rows(target, max(2, round(steps * share)), names, seeds)))
            )
    return "\n\n".join(found)


def pseudo(steps: int, seeds: tuple[int, ...]) -> str:
    runs = [measured("digits_middle", "pseudo-labels over 0.9, no reversal", seed, steps) for seed in seeds]
    first, end = ([said([getattr(each, name)[at] for each in runs]) for name in ("kept", "right")] for at in (0, -1))
    return (
        f"Pseudo-labels, middle: {first[0]} % of the target's training pictures were kept first, {end[0]} % last; of "
        f"these {first[1]} % and then {end[1]} % were right."
    )


def figures(steps: int, seeds: tuple[int, ...]) -> str:
    """The practical's printed figures beside ours with the mistake on."""
    fixed, formula = (
        [measured("digits_middle", name, seed, steps) for seed in seeds]
        for name in ("mistake, fixed -1", "mistake, the rate's formula as factor")
    )

    def each(runs: list[Run], *names: str, digits: int = 4) -> str:
        return " and ".join(", ".join(f"{getattr(run, name):.{digits}f}" for run in runs) for name in names)

    sides = "source_side", "target_side"
    lines = [
        ["fixed -1: source, target", "10.28 %, 10.28 %", each(fixed, "source", "target")],
        ["fixed -1: loss of the classes", "2.3588", each(fixed, "label_loss")],
        ["fixed -1: loss of the domain, source and target", "1.31326, 0.31326", each(fixed, *sides, digits=5)],
        ["schedule: source", "97.28 %", each(formula, "source")],
        ["schedule: target", "71.22 %", each(formula, "target")],
        ["schedule: loss of the classes", "1.49108", each(formula, "label_loss")],
        ["schedule: loss of the domain, source and target", "1.31326, 0.31326", each(formula, *sides, digits=5)],
        ["both: domain classifier", "100 % and 0 %, mean 50 %", each(fixed, "domain") + "; " + each(formula, "domain")],
    ]
    return table(["figure", "printed", f"here, seeds {', '.join(map(str, seeds))}"], lines)


def bare(data: list[PictureSet], batch: int, rate: float) -> Iterator[None]:
    """What one writes with torch alone, with the same layout in memory; nothing is measured on the way."""
    model = load_model("dann_cnn", "random", "cpu")
    network: Any = model.network.to(memory_format=torch.channels_last).requires_grad_(True).train()
    head = torch.nn.Sequential(torch.nn.Linear(768, 100), torch.nn.ReLU(), torch.nn.Linear(100, 1))
    optimizer = torch.optim.SGD([*network.parameters(), *head.parameters()], rate, 0.9)
    pixels = [model.prepare(list(each.pictures)) for each in data]
    labels, draw = torch.from_numpy(data[0].labels), torch.Generator().manual_seed(0)
    domains = torch.tensor([0.0, 1.0]).repeat_interleave(batch)
    while True:
        some = [torch.randperm(len(each), generator=draw)[:batch] for each in pixels]
        values = model.normalize(torch.cat([each[which] for each, which in zip(pixels, some, strict=True)]))
        features = torch.flatten(network.forward_features(values), 1)
        hidden = network.act4(network.fc2(network.act3(network.fc1(features))))
        loss = cross_entropy(network.fc(hidden)[:batch], labels[some[0]])
        told = head(reversed_gradient(features.clone(), 1.0)).squeeze(1)
        loss = loss + binary_cross_entropy_with_logits(told, domains)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        yield


def speed(steps: int) -> str:
    """Whole runs of the same number of steps in turns of ten, so that whatever else the machine does slows both."""
    data = [drawn(name, 100, tests=30) for name in ("digits", "digits_middle")]
    run, plain = adapt(*data, 1.0, steps, device="cpu"), bare(data, 64, 0.03)
    for _ in range(5):
        next(plain)
    times: list[tuple[float, float]] = []
    frame = next(each for each in run if each.step == 20)  # every picture is drawn by then
    while frame.step < steps:
        began = time.perf_counter()
        frame = next(each for each in run if each.step >= frame.step + 10 or each.done)
        middle = time.perf_counter()
        for _ in range(10):
            next(plain)
        times.append((middle - began, time.perf_counter() - middle))
    ours, theirs = (10 / median(each) for each in zip(*times, strict=True))
    ratio = sum(a for a, _ in times) / sum(b for _, b in times)
    return (
        f"{steps} steps of 64 + 64 pictures of 28 px, in turns of ten, on {torch.get_num_threads()} threads. Here 600 "
        "held-out pictures are asked at every tenth of the steps, and each step has a frame; the bare loop measures "
        f"nothing. {ours:.1f} steps/s here, {theirs:.1f} there (medians); all steps took {ratio:.2f} times as long."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Domain adaptation.")
    parser.add_argument("part", nargs="?", default="table", choices=["table", "speed", *TARGETS])
    parser.add_argument("--quick", action="store_true", help="a few steps and one seed, nothing is written")
    choice = parser.parse_args()
    if choice.part == "speed":
        text, title = speed(40 if choice.quick else 400), "Two domains: speed"
    else:
        seeds, share = (SEEDS[:1], 0.01) if choice.quick else (SEEDS, 1.0)
        text, title = tables(seeds, share, choice.part), "Two domains: what adapts"
        if choice.part == "table":
            steps = max(2, round(600 * share))
            text = f"{text}\n\n{pseudo(steps, seeds)}\n\n{figures(steps, seeds)}"
    print(text)
    if not choice.quick and choice.part in ("table", "speed"):
        write_section(title, f"python -m benchmarks.accuracy.domains{' speed' * (choice.part == 'speed')}", text)


if __name__ == "__main__":
    main()
