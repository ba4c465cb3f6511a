"""A folder of photographs becomes saliency maps in one batch: python maps_of_photographs.py resnet50 photographs/"""

import sys
from pathlib import Path

from PIL import Image

import vizlib
from vizlib.pictures import sample_photographs

name = sys.argv[1] if len(sys.argv) > 1 else "bundled/scenes"
files = sorted(Path(sys.argv[2]).iterdir()) if len(sys.argv) > 2 else list(sample_photographs().values())

model = vizlib.load_model(name)
pixels = vizlib.to_pixels(files, model)  # (N, 3, H, W)
maps = vizlib.saliency(model, pixels, "integrated_gradients", steps=20)  # (N, H, W), for each predicted class
for file, image, values, answers in zip(files, vizlib.to_image(pixels), maps, model.top(files)):
    Image.fromarray(vizlib.overlay(image, values, signed=True)).save(f"{file.stem}_map.png")
    print(f"{file.name}: {answers[0].label}, {answers[0].probability:.1%}")
