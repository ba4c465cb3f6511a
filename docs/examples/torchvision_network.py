"""A torchvision network: its weights object brings the preprocessing and the names of the classes."""

from torchvision.models import ResNet18_Weights, resnet18

import vizlib
from vizlib.pictures import sample_photographs

weights = ResNet18_Weights.IMAGENET1K_V1
network = resnet18()  # resnet18(weights=weights) downloads 45 MB; without them the answers below mean nothing
model = vizlib.wrap(network, weights, name="resnet18")
print(model, model.preprocessing)

pixels = vizlib.to_pixels(sample_photographs()["cat"], model)
for answer in model.top(pixels, 3):
    print(f"{answer.label}: {answer.probability:.1%}")
heat = vizlib.saliency(model, pixels, "grad_cam", target="Egyptian cat", layer="layer4")
print("Grad-CAM:", tuple(heat.shape), f"largest value {heat.max():.3g}")
