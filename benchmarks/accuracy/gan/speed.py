"""How fast a GAN's steps are beside a bare PyTorch loop, with evaluations, film and frames on.

    python -m benchmarks.accuracy.gan speed

The two take turns in one process, some steps each, so that whatever else the machine does slows both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import numpy as np
import torch
from torch.nn.functional import softplus
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from benchmarks.accuracy.gan.rates import PER_CLASS, TESTS
from benchmarks.accuracy.transfer.sets import table
from benchmarks.results import write_section
from vizlib import drawn, train_gan
from vizlib.training import GanFrame, GanSettings, PictureSet
from vizlib.training.gan.networks import Design, built

ROUNDS = 12


def bare(data: PictureSet, settings: GanSettings) -> Iterator[None]:
    """The same networks, losses, optimizers, average and memory format, and nothing else."""
    generator, discriminator = (
        each.to(memory_format=torch.channels_last)
        for each in built(Design(28, 1, settings.latent, settings.width), settings.seed)
    )
    betas, followed = (settings.momentum, 0.99), get_ema_multi_avg_fn(settings.average)
    average = AveragedModel(generator, multi_avg_fn=followed, use_buffers=True)
    optimizer_g = torch.optim.Adam(generator.parameters(), settings.rate_g, betas)
    optimizer_d = torch.optim.Adam(discriminator.parameters(), settings.rate_d, betas)
    levels = torch.from_numpy(np.stack([np.asarray(each)[None, ..., 0] for each in data.pictures]))
    random = torch.Generator().manual_seed(settings.seed)
    while True:
        for some in torch.randperm(len(levels), generator=random).split(settings.batch):
            real = (levels[some].float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
            fakes = generator(torch.randn(len(some), settings.latent, generator=random))
            discriminator.requires_grad_(True)
            loss_d = softplus(-discriminator(real)).mean() + softplus(discriminator(fakes.detach())).mean()
            optimizer_d.zero_grad()
            loss_d.backward()
            optimizer_d.step()
            discriminator.requires_grad_(False)
            loss_g = softplus(-discriminator(fakes)).mean()
            optimizer_g.zero_grad()
            loss_g.backward()
            optimizer_g.step()
            average.update_parameters(generator)
            loss_d.item(), loss_g.item()
            yield


def to_step(run: Iterator[GanFrame], step: int) -> float:
    """The seconds until the run has taken this step."""
    began = time.perf_counter()
    while next(run).step < step:
        pass
    return time.perf_counter() - began


def measured(steps: int, rounds: int) -> list[str]:
    settings = GanSettings()
    data = drawn("digits", PER_CLASS, tests=TESTS)
    run, plain = train_gan(data, steps), bare(data, settings)
    to_step(run, 1)  # the pictures are drawn, and the real ones are judged once
    next(plain)
    marks = np.linspace(1, steps, rounds + 1).round().astype(int).tolist()
    ours, theirs = list[float](), list[float]()
    for number, (before, mark) in enumerate(pairwise(marks)):
        for who in (0, 1) if number % 2 else (1, 0):
            began = time.perf_counter()
            if who:
                for _ in range(mark - before):
                    next(plain)
                theirs.append(time.perf_counter() - began)
            else:
                ours.append(to_step(run, mark))
    pace = [(steps - 1) / sum(each) for each in (ours, theirs)]
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return [f"{pace[0]:.1f}", f"{pace[1]:.1f}", f"{sum(ours) / sum(theirs):.3f}", f"{median(ratios):.3f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description="The speed of a GAN.")
    parser.add_argument("--quick", action="store_true", help="few steps, nothing is written")
    choice, _ = parser.parse_known_args()
    steps, rounds = (24, 2) if choice.quick else (GanSettings().steps, ROUNDS)
    found = measured(steps, rounds)
    head = ["steps/s here", "steps/s of the bare loop", "time here / there, all steps", "median of the rounds"]
    text = (
        f"{steps} steps of {GanSettings().batch} digits with nine evaluations, the film and a frame for each step, in "
        f"{rounds} rounds that take turns with a bare loop, on {torch.get_num_threads()} threads:\n\n"
        + table(head, [found])
    )
    print(text)
    if not choice.quick:
        write_section("GAN: speed", "python -m benchmarks.accuracy.gan speed", text)


if __name__ == "__main__":
    main()
