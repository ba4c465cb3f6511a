"""Trains the bundled networks on the drawn data sets; each takes less than 30 minutes on two cores,
scenes_robust and scenes_convnext less than an hour.

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
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from vizlib import synthetic
from vizlib.bundled.plans import PLANS, Draw, Plan, sheep_or_goat
from vizlib.records import Preprocessing
from vizlib.training.adversarial import Pgd, attacked, withstood
from vizlib.weights import BUNDLED, architectures, in_timms_layout, write

HELD_OUT = 2000  # pictures
GROWING = 0.3  # share of the training in which the radius of adversarial training grows to its full size
PGD_STEPS = 2  # of each attack in adversarial training
ATTACKED = 500  # held-out pictures for the accuracy under attack
TEST, RESTARTS = Pgd(3.0, 10), 2
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
            if plan.radius:
                grown = min(1.0, (cycle.last_epoch + 1) / (GROWING * cycle.total_steps))
                batch = hardened(network, batch, labels[chosen], Pgd(plan.radius * grown, PGD_STEPS), generator)
            loss = cross_entropy(answers(network, batch), labels[chosen], label_smoothing=0.05)
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


def answers(network: nn.Module, pixels: Tensor) -> Tensor:
    """The logits (N, K) for pixels (N, C, H, W) in [0, 1]."""
    return network(((pixels - MIDDLE) / MIDDLE).contiguous(memory_format=torch.channels_last))


def hardened(network: nn.Module, batch: Tensor, labels: Tensor, pgd: Pgd, generator: torch.Generator) -> Tensor:
    """The batch, attacked. The network is attacked as it answers, with the statistics of its batch normalization."""
    network.eval()
    batch = attacked(partial(answers, network), batch, labels, pgd, generator)
    network.train()
    return batch


@torch.no_grad()
def accuracy(network: nn.Module, draw: Draw) -> float:
    """The accuracy, in [0, 1], on HELD_OUT pictures that no training has seen."""
    network.eval()
    pictures, labels = draw_all(draw, range(synthetic.HELD_OUT_SEED, synthetic.HELD_OUT_SEED + HELD_OUT))
    answers = [network((batch.float() / 255 - MIDDLE) / MIDDLE).argmax(1) for batch in pictures.split(100)]
    return float((torch.cat(answers) == labels).float().mean())


def attacked_accuracy(network: nn.Module, draw: Draw) -> float:
    """The accuracy, in [0, 1], on the first ATTACKED of these pictures under TEST, with RESTARTS attacks each."""
    network.eval()
    pictures, labels = draw_all(draw, range(synthetic.HELD_OUT_SEED, synthetic.HELD_OUT_SEED + ATTACKED))
    parts = zip(pictures.split(50), labels.split(50), strict=True)
    kept = [
        withstood(partial(answers, network), batch.float() / 255, named, TEST, RESTARTS, seed)
        for seed, (batch, named) in enumerate(parts)
    ]
    return float(torch.cat(kept).float().mean())


def save(folder: Path, network: nn.Module, plan: Plan, card: str) -> None:
    """The network in timm's own layout, with its card."""
    channels, *size = plan.sizes
    middle = (MIDDLE,) * channels
    how = Preprocessing((size[0], size[1]), 1.0, "center", "bilinear", middle, middle, channels)
    write(in_timms_layout(network, plan.architecture, plan.model_args, how, plan.classes, card), folder)


def _hardening(plan: Plan) -> str:
    """What the card says about adversarial training."""
    if not plan.radius:
        return ""
    return f"""
Adversarial training (Madry et al. 2018) from the weights of bundled/{plan.start}: L2 PGD of {PGD_STEPS} steps changes
each batch, within a radius that grows to {plan.radius:g} (pixels in [0, 1]) in the first {GROWING:.0%} of training."""


def activation(network: nn.Module) -> str:
    """What the card calls the network's activation function."""
    return "plain ReLU" if any(isinstance(each, nn.ReLU) for each in network.modules()) else "GELU"


def make_card(name: str, plan: Plan, seed: int, figures: dict[str, float], network: nn.Module) -> str:
    """The checkpoint's card (Markdown)."""
    count, augmented = sum(each.numel() for each in network.parameters()), "mirrored, " * plan.flip
    results = "\n".join(f"| {what} | {value:.2%} |" for what, value in figures.items())
    arguments = ", ".join(f"{key}={value}" for key, value in plan.model_args.items())
    return f"""# bundled/{name}

Architecture: `{plan.architecture}` (timm's, or registered with it by vizlib.weights.architectures)
with {arguments}; {count:,} parameters, {activation(network)}.
Data: {plan.data}; {plan.pictures:,} different ones (`vizlib.synthetic`, seeds from {synthetic.TRAINING_SEED}),
{plan.epochs} epochs, with augmentation ({augmented}shifted, lit, tinted, covered, noise).{_hardening(plan)}
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
    if plan.start:
        network.load_state_dict(load_file(BUNDLED / plan.start / "model.safetensors"))
    train(network, plan, choice.seed)
    finish(choice.out / choice.name, network, plan, choice.seed)


def finish(folder: Path, network: nn.Module, plan: Plan, seed: int) -> None:
    """Measures the trained network, and writes it with its card."""
    if plan.rounded:
        _round(network)
    figures = measured(network, plan)
    print(figures)
    save(folder, network, plan, make_card(folder.name, plan, seed, figures, network))


@torch.no_grad()
def _round(network: nn.Module) -> None:
    """Rounds the weights to the numbers of bfloat16, so that they take half the space in the package."""
    for each in network.parameters():
        each.copy_(each.bfloat16())


def measured(network: nn.Module, plan: Plan) -> dict[str, float]:
    """The accuracies for the card, by what they were measured on."""
    figures = {"as in training": accuracy(network, plan.draw)}
    if plan.draw is sheep_or_goat:
        figures["backgrounds swapped (sheep on rock, goat on grass)"] = accuracy(
            network, partial(sheep_or_goat, swapped=True)
        )
    if plan.radius:
        what = f"the first {ATTACKED}, under L2 PGD (radius {TEST.radius:g}, {TEST.steps} steps, {RESTARTS} restarts)"
        figures[what] = attacked_accuracy(network, plan.draw)
    return figures


if __name__ == "__main__":
    assert architectures  # imported for their registration with timm
    main()
