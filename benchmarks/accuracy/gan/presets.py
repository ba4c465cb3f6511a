"""Whether the default covers all digits within three minutes, and whether each preset fails as it is named.

python -m benchmarks.accuracy.gan presets
python -m benchmarks.accuracy.gan presets --quick     # a few steps and one seed, to try it out
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import torch

from benchmarks.accuracy.gan.rates import MEASURES, PER_CLASS, SEEDS, ends, real_line, said, trained
from benchmarks.accuracy.transfer.sets import table
from benchmarks.results import write_section
from vizlib.training import PRESETS, GanSettings


def report(seeds: Sequence[int], steps: int | None) -> str:
    rows, beliefs = list[list[str]](), list[list[str]]()
    for preset in PRESETS.values():
        settings = {"steps": GanSettings().steps, **preset.settings, **({"steps": steps} if steps else {})}
        per_class = preset.pictures // 10 if preset.pictures else PER_CLASS
        found = [trained(seed, per_class=per_class, **settings) for seed in seeds]
        frames = [each for each, _ in found]
        spent = f"{np.mean([each for _, each in found]):.0f}"
        rows.append([preset.title, f"{settings['steps']:,}", spent, *ends(frames)])
        believed = np.array([each.believed[-1] for each in frames]).T
        beliefs.append([preset.title, *map(said, believed), said(believed[0] - believed[1])])
    rows.append(["real pictures", "", "", *real_line(frames[-1])])
    return "\n\n".join(
        [
            table(["preset", "steps", "CPU-s", *MEASURES.values()], rows),
            'The mean probability of "real" that the discriminator gives at the end:',
            table(["preset", "training pictures", "held-out pictures", "fakes", "training minus held out"], beliefs),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Whether presets do what they say.")
    parser.add_argument("--quick", action="store_true", help="tiny settings, nothing is written")
    choice, _ = parser.parse_known_args()
    seeds = SEEDS[:1] if choice.quick else SEEDS
    text = (
        f"Drawn digits, {10 * PER_CLASS:,} of them unless the preset says otherwise, on {torch.get_num_threads()} "
        f"threads; measures as above, the mean over {len(seeds)} seeds with its 95 % interval (Student's t). CPU-s: "
        "processor time of a run with its evaluations and frames.\n\n"
        f"{report(seeds, 8 if choice.quick else None)}"
    )
    print(text)
    if not choice.quick:
        write_section("GAN: presets", "python -m benchmarks.accuracy.gan presets", text)


if __name__ == "__main__":
    main()
