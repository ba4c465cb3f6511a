"""Trains the bundled networks on the drawn data sets; each takes less than 30 minutes on two cores.

    python -m vizlib.bundled.train scenes            # or another name of plans.PLANS
    python -m vizlib.bundled.train scenes --seed 1 --out /tmp/other

Writes a folder in timm's own layout (config.json, model.safetensors) and a card with the held-out accuracy.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import timm
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from vizlib import synthetic
from vizlib.bundled.plans import PLANS, Draw, Plan, sheep_or_goat
from vizlib.records import Preprocessing
from vizlib.weights import architectures, in_timms_layout, write

HELD_OUT = 2000  # pictures
MIDDLE = 0.5  # of [0, 1]: the networks see pixels from -1 to 1


def draw_all(draw: Draw, seeds: range) -> tuple[Tensor, Tensor]:
    """Pictures (N, C, H, W) uint8 and labels (N,), drawn by all cores."""
    with ProcessPoolExecutor() as pool:
        drawn = list(pool.map(draw, seeds, chunksize=100))
    pictures = torch.from_numpy(np.stack([picture for picture, _ in drawn]))
    return pictures.permute(0, 3, 1, 2).contiguous(), torch.tensor([label for _, label in drawn])


def augment(pictures: Tensor, flip: bool, generator: torch.Generator) -> Tensor:
    """Pictures (N, C, H, W) in [0, 1], with random mirroring, shifts, light, tint, covered squares and noise."""
    count, channels, height, width = pictures.shape
    chance = partial(torch.rand, generator=generator)
    if flip:
        pictures = torch.where(chance(count, 1, 1, 1) < 0.5, pictures.flip(3), pictures)
    reach = height // 12
    wide = pad(pictures, (reach,) * 4, mode="reflect")
    top, left = (torch.randint(0, 2 * reach + 1, (2,), generator=generator)).tolist()
    pictures = wide[:, :, top : top + height, left : left + width]
    mean = pictures.mean((1, 2, 3), keepdim=True)
    pictures = (pictures - mean) * (0.7 + 0.6 * chance(count, 1, 1, 1)) + mean
    pictures = pictures + 0.24 * (chance(count, 1, 1, 1) - 0.5) + 0.16 * (chance(count, channels, 1, 1) - 0.5)
    side = height // 5
    row, column = (torch.randint(0, height - side, (2,), generator=generator)).tolist()
    pictures[: count // 4, :, row : row + side, column : column + side] = MIDDLE
    noise = torch.randn(pictures.shape, generator=generator) * 0.04 * chance(count, 1, 1, 1)
    return (pictures + noise).clamp(0, 1)


def train(network: nn.Module, plan: Plan, seed: int) -> None:
    """AdamW with one cycle of the learning rate and smoothed labels."""
    generator = torch.Generator().manual_seed(seed)
    pictures, labels = draw_all(plan.draw, range(synthetic.TRAINING_SEED, synthetic.TRAINING_SEED + plan.pictures))
    batches = len(labels) // 64
    optimizer = torch.optim.AdamW(network.parameters(), plan.rate, weight_decay=0.02)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.rate, total_steps=plan.epochs * batches)
    begin = time.monotonic()
    for epoch in range(plan.epochs):
        network.train()
        losses = []
        for chosen in torch.randperm(len(labels), generator=generator)[: batches * 64].split(64):
            batch = augment(pictures[chosen].float() / 255, plan.flip, generator)
            batch = ((batch - MIDDLE) / MIDDLE).contiguous(memory_format=torch.channels_last)
            loss = cross_entropy(network(batch), labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimizer.step()
            cycle.step()
            losses.append(loss.item())
        print(
            f"epoch {epoch + 1} of {plan.epochs}: loss {np.mean(losses):.3f}, {time.monotonic() - begin:.0f} s",
            flush=True,
        )


@torch.no_grad()
def accuracy(network: nn.Module, draw: Draw) -> float:
    """The accuracy, in [0, 1], on HELD_OUT pictures that no training has seen."""
    network.eval()
    pictures, labels = draw_all(draw, range(synthetic.HELD_OUT_SEED, synthetic.HELD_OUT_SEED + HELD_OUT))
    answers = [network((batch.float() / 255 - MIDDLE) / MIDDLE).argmax(1) for batch in pictures.split(100)]
    return float((torch.cat(answers) == labels).float().mean())


def save(folder: Path, network: nn.Module, plan: Plan, card: str) -> None:
    """The network in timm's own layout, with its card."""
    channels, *size = plan.sizes
    middle = (MIDDLE,) * channels
    how = Preprocessing((size[0], size[1]), 1.0, "center", "bilinear", middle, middle, channels)
    write(in_timms_layout(network, plan.architecture, plan.model_args, how, plan.classes, card), folder)


def activation(network: nn.Module) -> str:
    """What the card calls the network's activation function."""
    return "plain ReLU" if any(isinstance(each, nn.ReLU) for each in network.modules()) else "GELU"


def make_card(name: str, plan: Plan, seed: int, figures: dict[str, float], network: nn.Module) -> str:
    """The checkpoint's card (Markdown)."""
    count = sum(each.numel() for each in network.parameters())
    results = "\n".join(f"| {what} | {value:.2%} |" for what, value in figures.items())
    arguments = ", ".join(f"{key}={value}" for key, value in plan.model_args.items())
    return f"""# bundled/{name}

Architecture: `{plan.architecture}` (timm's, or registered with it by vizlib.weights.architectures)
with {arguments}; {count:,} parameters, {activation(network)}.
Data: {plan.data}; {plan.pictures:,} different ones (`vizlib.synthetic`, seeds from {synthetic.TRAINING_SEED}),
{plan.epochs} epochs, with augmentation ({"mirrored, " * plan.flip}shifted, lit, tinted, covered, noise).
Classes: {", ".join(plan.classes)}.
Seed {seed}. Made {date.today():%Y-%m-%d} with torch {torch.__version__.split("+")[0]} and timm {timm.__version__} by

    python -m vizlib.bundled.train {name} --seed {seed}

| {HELD_OUT:,} pictures that training has not seen | accuracy |
|---|---|
{results}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains one of the bundled networks.")
    parser.add_argument("name", choices=list(PLANS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where the folder is written")
    choice = parser.parse_args()
    plan = PLANS[choice.name]
    with torch.random.fork_rng():
        torch.manual_seed(choice.seed)
        network = timm.create_model(
            plan.architecture, num_classes=len(plan.classes), in_chans=plan.sizes[0], **plan.model_args
        ).to(memory_format=torch.channels_last)
    train(network, plan, choice.seed)
    figures = {"as in training": accuracy(network, plan.draw)}
    if plan.draw is sheep_or_goat:
        figures["backgrounds swapped (sheep on rock, goat on grass)"] = accuracy(
            network, partial(sheep_or_goat, swapped=True)
        )
    print(figures)
    save(choice.out / choice.name, network, plan, make_card(choice.name, plan, choice.seed, figures, network))


if __name__ == "__main__":
    assert architectures  # imported for their registration with timm
    main()
