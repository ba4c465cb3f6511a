"""A network as a plain module from pixels to logits: for Captum, and as an ONNX file."""

import onnxruntime
import torch
from captum.attr import Saliency
from PIL import Image

import vizlib
from vizlib.synthetic import draw_scene

model = vizlib.load_model("bundled/scenes", device="cpu")
pixels = vizlib.to_pixels([Image.fromarray(draw_scene(seed).image) for seed in (1, 2)], model)
module = model.as_module()  # the preprocessing's mean and std are inside

theirs = Saliency(module).attribute(pixels.clone().requires_grad_(), target=4).amax(1)
ours = vizlib.saliency(model, pixels, "gradient", target=4)
print(f"Captum's map differs by {(theirs - ours).abs().max():.1g} of {ours.max():.3g}")

torch.onnx.export(module, (pixels,), "scenes.onnx", input_names=["pixels"], dynamo=False, dynamic_axes={"pixels": [0]})
session = onnxruntime.InferenceSession("scenes.onnx")
(logits,) = session.run(None, {"pixels": pixels[:1].numpy()})
print(f"the file's logits differ by {(torch.from_numpy(logits) - model(pixels[:1])).abs().max():.1g}")
