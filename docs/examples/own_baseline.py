"""Integrated gradients from a baseline of your own, with the completeness error as a number."""

import torch
from PIL import Image

import vizlib
from vizlib.synthetic import draw_scene

model = vizlib.load_model("bundled/scenes")
scene = draw_scene(5)
pixels = vizlib.to_pixels(Image.fromarray(scene.image), model)

blurred = torch.nn.functional.avg_pool2d(pixels, 31, 1, 15, count_include_pad=False)
for name, baseline in {"black": "black", "gray": "gray", "a blurred copy": blurred}.items():
    found = vizlib.explain(model, pixels, "integrated_gradients", baseline=baseline, steps=50)
    error = float(found.figures["completeness_error"])
    print(f"{name}: the attributions sum to {found.values.sum():.2f} and miss the difference of scores by {error:.3f}")
