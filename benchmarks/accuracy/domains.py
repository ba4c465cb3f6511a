"""What domain adaptation gains: the reversal, its schedule, a stronger adversary, a common mistake, pseudo-labels.

    python -m benchmarks.accuracy.domains                    # the table and the practical's figures
    python -m benchmarks.accuracy.domains middle             # the runs of one target alone
    python -m benchmarks.accuracy.domains speed              # steps per second beside a bare PyTorch loop
    python -m benchmarks.accuracy.domains table --quick      # a few steps and one seed, nothing is written

A part of the table is named middle, long, mild, hard or real. Every run that is done is kept in a file, so that
the command goes on where it was stopped; with --so-far it writes the table of the runs that are there. A seed draws
other training pictures, other first weights and another order; the held-out pictures are always the same.
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
LONG: dict[str, dict[str, Any]] = {
    "source only, half as wide": {"factor": 0, **SMALL},
    "schedule, half as wide": {"factor": "schedule", **SMALL},
}
PER_CLASS, TESTS, SEEDS = 500, 100, (0, 1, 2)


class Part(NamedTuple):
    """A part of the table: what it says, the target's set, the steps, the runs (the first is the source only)."""

    title: str
    target: str
    steps: int
    runs: tuple[str, ...] = tuple(RUNS)
    seeds: tuple[int, ...] = SEEDS


PARTS = {
    "middle": Part("drawn digits to digits over textures, middle shift", "digits_middle", 600),
    "long": Part(
        "the same, half as many channels, a running average of the weights", "digits_middle", 5000, tuple(LONG),
        tuple(range(7)),
    ),
    "mild": Part("mild shift", "digits_mild", 600),
    "hard": Part("hard shift", "digits_hard", 600),
    "real": Part("drawn digits to real handwritten digits", "real_digits", 600),
}  # fmt: skip
ABOUT = (
    f"Mean in % with 95 % interval (Student's t) over the seeds; {10 * PER_CLASS:,} pictures of each domain (898 real "
    f"ones), {10 * TESTS:,} held out. Ganin and Lempitsky's network, batches of 64 and 64, SGD at 0.03, momentum 0.9 "
    "and their falling rate. The domain classifier is at chance at 50 %. A gain is paired by seeds."
)
KEPT = Path(tempfile.gettempdir()) / "filterscope_domains.jsonl"


class Choice(NamedTuple):
    """How thorough the measurement is."""

    seeds: tuple[int, ...] = ()  # those of the part
    share: float = 1.0  # of the steps
    so_far: bool = False  # whether only the runs that are there are shown

    def of(self, steps: int) -> int:
        return max(2, round(steps * self.share))


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
        return self.target_set, self.name, self.seed, self.steps


def known() -> dict[tuple[str, str, int, int], Run]:
    lines = KEPT.read_text().splitlines() if KEPT.exists() else []
    return {each.key: each for each in (Run(*json.loads(line)) for line in lines)}


@lru_cache(2 * len(SEEDS))
def drawn_once(name: str, seed: int) -> PictureSet:
    """The set with all of its pictures drawn, which would take longer than a short run."""
    data = drawn(name, PER_CLASS, seed, tests=TESTS)
    return replace(data, pictures=tuple(data.pictures))


def measured(target: str, name: str, seed: int, steps: int) -> Run:
    """The run, from the file if it is there."""
    found = known().get((target, name, seed, steps))
    if found is not None:
        return found
    began = time.process_time()
    settings: dict[str, Any] = {"every": steps, "device": "cpu", **(RUNS | LONG)[name]}
    frame = last(adapt(drawn_once("digits", seed), drawn_once(target, seed), steps=steps, seed=seed, **settings))
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


def several(target: str, name: str, steps: int, choice: Choice) -> list[Run]:
    """The run with every seed, or with those for which it is there already."""
    there = known()
    seeds = [seed for seed in choice.seeds or SEEDS if not choice.so_far or (target, name, seed, steps) in there]
    return [measured(target, name, seed, steps) for seed in seeds]


def gain(runs: list[Run], plain: list[Run]) -> str:
    """Of the target's accuracy over the source only, seed by seed, points."""
    base = {each.seed: each.target for each in plain}
    values = 100 * np.array([each.target - base[each.seed] for each in runs if each.seed in base])
    if not len(values):
        return ""
    low, high = interval(values)
    return f"{values.mean():+.0f} ({low:+.0f} to {high:+.0f})" if len(values) > 1 else f"{values[0]:+.0f}"


def rows(target: str, steps: int, names: tuple[str, ...], choice: Choice) -> Iterator[list[str]]:
    plain = several(target, names[0], steps, choice)
    for name in names:
        runs = several(target, name, steps, choice)
        if runs:
            columns = [[getattr(each, column) for each in runs] for column in ("source", "target", "domain")]
            seconds = f"{np.mean([each.seconds for each in runs]):.0f}"
            gained = "" if name == names[0] else gain(runs, plain)
            yield [name, str(steps), str(len(runs)), *map(said, columns), gained, seconds]


HEAD = ["run", "steps", "seeds", "source, %", "target, %", "domain classifier, %", "gain, points", "s of the processor"]


def tables(choice: Choice, only: str) -> str:
    found = []
    for name, part in PARTS.items():
        if only in ("table", name):
            mine = choice if choice.seeds else choice._replace(seeds=part.seeds)
            lines = list(rows(part.target, choice.of(part.steps), part.runs, mine))
            if lines:
                found.append(f"{part.title.capitalize()}:\n\n{table(HEAD, lines)}")
    return "\n\n".join(found)


def pseudo(choice: Choice) -> str:
    runs = several("digits_middle", "pseudo-labels over 0.9, no reversal", choice.of(600), choice)
    first, end = ([said([getattr(each, name)[at] for each in runs]) for name in ("kept", "right")] for at in (0, -1))
    return (
        f"Pseudo-labels, middle: {first[0]} % of the target's training pictures were kept first, {end[0]} % last; of "
        f"these {first[1]} % and then {end[1]} % were right."
    )


def figures(choice: Choice) -> str:
    """The practical's printed figures beside ours with the mistake on."""
    fixed, formula = (
        several("digits_middle", name, choice.of(600), choice)
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
    return table(["figure", "printed", "here, each seed"], lines)


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
    run, plain = adapt(data[0], data[1], 1.0, steps, device="cpu"), bare(data, 64, 0.03)
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
    parser.add_argument("part", nargs="?", default="table", choices=["table", "speed", *PARTS])
    parser.add_argument("--quick", action="store_true", help="a few steps and one seed, nothing is written")
    parser.add_argument("--so-far", action="store_true", help="the table of the runs that are there")
    asked = parser.parse_args()
    choice = Choice(SEEDS[:1], 0.01) if asked.quick else Choice(so_far=asked.so_far)
    if asked.part == "speed":
        text, title = speed(40 if asked.quick else 400), "Two domains: speed"
    else:
        text, title = tables(choice, asked.part), "Two domains: what adapts"
        if asked.part == "table":
            text = "\n\n".join([ABOUT, text, pseudo(choice), figures(choice)])
    print(text)
    if not asked.quick and asked.part in ("table", "speed"):
        write_section(title, f"python -m benchmarks.accuracy.domains{' speed' * (asked.part == 'speed')}", text)


if __name__ == "__main__":
    main()
