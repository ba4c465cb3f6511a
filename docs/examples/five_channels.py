"""Five channels of a layer become pictures as one batch, and a sixth shows one channel rather than another."""

from PIL import Image

import vizlib
from vizlib.render import contact_sheet

model = vizlib.load_model("bundled/scenes")
layer = next(each for each in vizlib.list_layers(model) if each.path == "layer3")
goals = [vizlib.channel(layer, index) for index in range(5)]
goals.append(vizlib.channel(layer, 0) - vizlib.channel(layer, 1))

frame = vizlib.last(vizlib.maximize(model, goals, steps=32, tv=0.5, seed=0), progress=True)
for goal, score in zip(goals, frame.scores):
    print(f"{goal}: {score:.3f}")
sheet, grid = contact_sheet(vizlib.to_image(frame.pixels), columns=3)
Image.fromarray(sheet).save("channels.png")
