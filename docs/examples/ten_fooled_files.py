"""Ten pictures become ten files that a network takes for something else, and each written file is checked."""

from pathlib import Path

from PIL import Image

import vizlib
from vizlib.synthetic import draw_scene

model = vizlib.load_model("bundled/scenes")
pictures = [Image.fromarray(draw_scene(seed).image) for seed in range(10)]
before = [answers[0].label for answers in model.top(pictures)]

for number, result in enumerate(vizlib.fool(model, pictures, None, method="ddn", steps=40)):
    file = Path(f"fooled_{number}.png")
    file.write_bytes(result.png)
    (again,) = model.top(file, 1)
    print(f"{file}: {before[number]} -> {again.label}, success {result.success}, L2 {result.l2:.2f}")
