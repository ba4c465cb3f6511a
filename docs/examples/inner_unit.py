"""A unit inside the network: what it gives for a picture, which pixels it depends on, and what excites it most."""

from PIL import Image

import vizlib
from vizlib.synthetic import SCENE_CLASSES, draw_scene

model = vizlib.load_model("bundled/scenes")
scene = Image.fromarray(draw_scene(7, label=SCENE_CLASSES.index("sheep")).image)
pixels = vizlib.to_pixels(scene, model)

layer = [each for each in vizlib.list_layers(model) if each.kind == "convolution"][-1]
maps = vizlib.activations(model, pixels, layer)[layer.path]  # (1, C, h, w)
strongest = int(maps.mean((0, 2, 3)).argmax())
unit = vizlib.Unit(layer.path, strongest)
print(f"{unit} has the mean {maps[0, strongest].mean():.3f}")

heat = vizlib.saliency(model, pixels, "smoothgrad", target=unit, samples=20)
Image.fromarray(vizlib.overlay(vizlib.to_image(pixels)[0], heat[0], signed=False)).save("unit_depends_on.png")
best = vizlib.last(vizlib.maximize(model, unit, steps=64))
Image.fromarray(vizlib.to_image(best.pixels)[0]).save("unit_excited_by.png")
