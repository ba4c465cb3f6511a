"""How stable is a fooled answer? A picture and its fooled twin are resized before the network sees them."""

from PIL import Image

import vizlib
from vizlib.synthetic import draw_scene

print(vizlib.shakes())  # every disturbance, with its unit and its usual values

model = vizlib.load_model("bundled/scenes")
result = vizlib.fool(model, Image.fromarray(draw_scene(3).image), "sheep", goal=0.9)
sizes = [64, 96, 112, 128, 160]
answers = vizlib.sweep(model, [result.original, result.image], "resize", values=sizes)  # (sizes, 2, K)
for size, (original, fooled) in zip(sizes, answers):
    source, target = original[result.source], fooled[result.target]
    print(f"{size:4} px: original {source:.0%}, fooled {target:.0%}")
