"""At which layer should Grad-CAM be read: before or after the activation?

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.grad_cam_layer

On drawn scenes: the share of the map inside the object's mask as a multiple of the mask's share of the picture, how
often the largest value is on the object, and how often the map is zero. On photographs: the mean probability of the
predicted class while the pixels appear in the order of the map on a blurred picture (insertion, higher is better) and
while they are blurred in that order (deletion, lower is better), as in Petsiuk et al. 2018, arXiv 1806.07421.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.accuracy.thin_ice import PHOTOGRAPHS
from benchmarks.results import write_section
from vizlib import load_model, open_picture, saliency
from vizlib.models import Classifier
from vizlib.saliency import DoubtfulMap
from vizlib.synthetic import HELD_OUT_SEED, draw_scene

SCENES = {
    "bundled/scenes": ("layer4.1.conv2", "layer4.1.bn2", "layer4.1"),
    "bundled/scenes_vgg": ("features.18", "features.19", "features.20", "pre_logits"),
}
PHOTOS = {
    "mobilenetv2_100": ("conv_head", "bn2"),
    "local/mobilenetv1_100.tf_same": ("blocks.4.1.conv_pw", "blocks.4.1"),
}
SHARES = tuple(number / 10 for number in range(1, 10))  # of the pixels


def on_objects(model: Classifier, layer: str, count: int) -> list[str]:
    scenes = [draw_scene(HELD_OUT_SEED + number) for number in range(count)]
    pixels = torch.cat([model.prepare(each.image) for each in scenes])
    maps = saliency(model, pixels, "grad_cam", layer=layer).numpy()
    inside = [values[each.mask].sum() / max(values.sum(), 1e-12) for values, each in zip(maps, scenes, strict=True)]
    peaks = [np.unravel_index(values.argmax(), values.shape) for values in maps]
    hits = [each.mask[peak] and values.any() for peak, each, values in zip(peaks, scenes, maps, strict=True)]
    empty = np.mean([not values.any() for values in maps])
    return [
        f"{np.mean(inside) / np.mean([each.mask.mean() for each in scenes]):.2f}",
        f"{np.mean(hits):.0%}",
        f"{empty:.0%}",
    ]


def on_photographs(model: Classifier, layer: str, pictures: list[Tensor]) -> list[str]:
    inserted, deleted = [], []
    for pixels in pictures:
        order = saliency(model, pixels, "grad_cam", layer=layer).flatten().argsort(descending=True, stable=True)
        rank = torch.empty_like(order).scatter_(0, order, torch.arange(len(order))).view(1, 1, *pixels.shape[2:])
        few = F.adaptive_avg_pool2d(pixels, 8)
        blurred = F.interpolate(few, size=pixels.shape[2:], mode="bilinear", align_corners=False)
        first = torch.cat([rank < share * len(order) for share in SHARES])
        label = int(model(pixels).argmax())
        inserted.append(float(model.predict(torch.where(first, pixels, blurred))[:, label].mean()))
        deleted.append(float(model.predict(torch.where(first, blurred, pixels))[:, label].mean()))
    return [f"{np.mean(inserted):.3f}", f"{np.mean(deleted):.3f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=PHOTOGRAPHS, help="of photographs (*.jpg)")
    parser.add_argument("--scenes", type=int, default=200)
    choice = parser.parse_args()
    warnings.simplefilter("ignore", DoubtfulMap)
    rows = [
        f"{choice.scenes} held-out scenes:",
        "",
        "| network | layer | inside the mask, times its area | largest value on the object | map is zero |",
        "|---|---|---|---|---|",
    ]
    for name, layers in SCENES.items():
        model = load_model(name)
        rows += [f"| {name} | {each} | {' | '.join(on_objects(model, each, choice.scenes))} |" for each in layers]
    files = sorted(choice.folder.glob("*.jpg"))
    rows += ["", f"{len(files)} photographs:", "", "| network | layer | insertion | deletion |", "|---|---|---|---|"]
    for name, layers in PHOTOS.items() if files else ():
        model = load_model(name)
        pictures = [model.prepare(open_picture(each)) for each in files]
        rows += [f"| {name} | {each} | {' | '.join(on_photographs(model, each, pictures))} |" for each in layers]
    print("\n".join(rows))
    write_section(
        "Grad-CAM: before or after the activation", "python -m benchmarks.accuracy.grad_cam_layer", "\n".join(rows)
    )


if __name__ == "__main__":
    main()
