"""A network of your own, between two steps of its training: `wrap` takes a copy, so the training is not disturbed."""

import torch
from torch import nn

import vizlib

network = nn.Sequential(
    nn.Conv2d(3, 16, 3, stride=2),
    nn.BatchNorm2d(16),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(16, 2),
)
optimizer = torch.optim.Adam(network.parameters(), 0.01)
generator = torch.Generator().manual_seed(0)
for step in range(41):
    labels = torch.randint(2, (32,), generator=generator)
    pixels = torch.rand(32, 3, 32, 32, generator=generator)
    pixels[labels == 1, 0] *= 0.3  # class 1 has little red
    loss = nn.functional.cross_entropy(network(pixels), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        model = vizlib.wrap(network, class_names=["gray", "no red"], size=(32, 32))
        red = vizlib.last(vizlib.maximize(model, "no red", steps=8)).pixels[0, 0].mean()
        print(f"step {step}: loss {loss:.2f}, red in the picture that maximizes 'no red': {red:.2f}")
