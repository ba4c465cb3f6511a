"""Exercises that look inside: saliency maps, and pictures of filters."""

from __future__ import annotations

from typing import Final

from vizlib.exercises.record import Exercise, Query

CS231N: Final = "cs231n.github.io, assignment 3, Network Visualization (2016 to 2021, and 2023)"
EECS: Final = "EECS 498-007 / 598-005, assignment 4 (later 6); a public solution"
RDFIA: Final = (
    "RDFIA practical 9, Sorbonne: github.com/rogerlucena/rdfia and github.com/bourcierj/rdfia-tme9-convnets-viz"
)
HILDESHEIM: Final = "University of Hildesheim, lecture on visualization and transfer learning (N. Landwehr)"
NTU: Final = "National Taiwan University, Machine Learning 2021, homework 9: speech.ee.ntu.edu.tw/~hylee/ml"
SQUEEZENET: Final = "SqueezeNet 1.1 of torchvision, trained on ImageNet"
IMAGENET: Final = "The weights of SqueezeNet 1.1 (5 MB; the link downloads them), and ImageNet's validation pictures."

SQUEEZED: Final[Query] = {"network": "torchvision/squeezenet1_1"}
_SCENES: Final[Query] = {"network": "bundled/scenes"}
_STEPS: Final = "tests/activation_maximization/test_courses.py"

SALIENCY: Final = (
    Exercise(
        "cs231n_saliency",
        "CS231n",
        "Saliency maps",
        "Take the gradient of the correct class's raw score with respect to the picture, and show the largest absolute "
        "value over the color channels, for five validation pictures.",
        CS231N,
        SQUEEZENET,
        (("score", "the logit of the correct class"), ("map", "maximum over channels of the absolute gradient")),
        "saliency",
        {"methods": "gradient"},
        {**SQUEEZED, "picture": "photo"},
        {**_SCENES, "picture": "drawn"},
        measure="saliency",
        differs="The page's gradient is that of pixel values, the course's that of normalized ones: each channel is "
        "divided by its standard deviation, and those differ by 2 % only.",
        needs=IMAGENET,
    ),
    Exercise(
        "rdfia_saliency",
        "RDFIA",
        "Saliency maps",
        "Draw the same map for 25 pictures, and say where it convinces and where it does not.",
        RDFIA,
        SQUEEZENET,
        (("map", "maximum over channels of the absolute gradient"), ("pictures", "25")),
        "saliency",
        {"methods": "gradient"},
        {**SQUEEZED, "picture": "photo"},
        {**_SCENES, "picture": "drawn"},
        measure="saliency",
        differs="The page's gradient is that of pixel values, the course's that of normalized ones.",
        needs=IMAGENET,
    ),
    Exercise(
        "hildesheim_saliency",
        "Hildesheim",
        "The shortcut of sheep and goats",
        "Explain a network that tells sheep from goats with the plain gradient and with guided backpropagation: does "
        "it look at the animal or at the ground?",
        HILDESHEIM,
        "a small network that was trained on sheep on grass and goats on rock",
        (("methods", "gradient, guided backpropagation"),),
        "saliency",
        {"methods": ("gradient", "guided"), "picture": "drawn"},
        {"network": "bundled/sheep_or_goat", "object": "sheep", "background": "rock"},
        {"network": "bundled/sheep_or_goat", "object": "sheep", "background": "rock"},
        measure="shortcut",
        needs="Nothing but the bundled network, whose drawn pictures have the same shortcut.",
    ),
    Exercise(
        "keras_grad_cam",
        "Keras examples",
        "Grad-CAM",
        "Show with Grad-CAM which parts of a photograph make a network answer elephant, and do the same for the dog "
        "and the cat of one photograph.",
        "keras.io/examples/vision/grad_cam",
        "Xception, 299 px, trained on ImageNet",
        (("method", "Grad-CAM of the last convolutions"), ("classes", "African elephant; 260 chow, 285 Egyptian cat")),
        "saliency",
        {"methods": "grad_cam"},
        {"network": "legacy_xception.tf_in1k", "picture": "photo"},
        {**_SCENES, "picture": "drawn"},
        needs="The weights of Xception (92 MB; the link downloads them) and the course's photographs. No figure was "
        "published, so there is nothing to compare.",
    ),
    Exercise(
        "ntu_saliency",
        "NTU Machine Learning",
        "SmoothGrad and integrated gradients",
        "Explain a classifier of food with SmoothGrad and with integrated gradients of 10 steps.",
        NTU,
        "a small convolutional network, trained on 11 kinds of food",
        (("integrated gradients", "10 steps"), ("also asked", "LIME with 200 segments")),
        "saliency",
        {"methods": ("smoothgrad", "integrated_gradients"), "integrated_gradients.steps": "10"},
        {**_SCENES, "picture": "drawn"},
        {**_SCENES, "picture": "drawn"},
        differs="The page has no LIME.",
        needs="The course's network and food pictures, which are not published as weights. No figure was published.",
    ),
)
FILTERS: Final = (
    Exercise(
        "keras_filters",
        "Keras examples",
        "What convolutional networks learn",
        "Draw a picture for each of the first 64 filters of the block conv3_block4 of a ResNet50V2.",
        "keras.io/examples/vision/visualizing_what_convnets_learn",
        "ResNet50V2, 180 px, trained on ImageNet",
        (
            ("objective", "mean activation without 2 px at the border"),
            ("gradient", "divided by its L2 norm"),
            ("rate", "10"),
            ("steps", "30"),
            ("start", "gray, with noise of up to 0.125"),
            ("shown", "25 px cropped"),
        ),
        "filters",
        {"atlas_steps": "30", "show": "Atlas", "atlas_order": "index"},
        {"network": "resnetv2_50.a1h_in1k", "tiles": "64"},
        {**_SCENES, "layer": "layer3.1", "tiles": "64"},
        differs="The atlas takes the preset of the network's family in place of the normalized gradient. In a script, "
        'optimizer="normalized" and parameterization="normalized" of vizlib.maximize take the course\'s step.',
        needs="Keras' own weights of ResNet50V2; the link opens timm's. No figure was published.",
        checked=_STEPS,
    ),
    Exercise(
        "ntu_filters",
        "NTU Machine Learning",
        "Pictures of two filters",
        "Draw the picture that activates one filter of an early and of a late layer.",
        NTU,
        "a small convolutional network, trained on 11 kinds of food",
        (("optimizer", "Adam, rate 0.1"), ("steps", "100"), ("filters", "unit 0 of the layers 6 and 23")),
        "filters",
        {"show": "One unit", "card_steps": "100"},
        {"network": "bundled/digits", "layer": "conv2", "unit": "0"},
        {"network": "bundled/digits", "layer": "conv2", "unit": "0"},
        differs="The card takes Adam with the rate of the preset of the network's family.",
        needs="The course's network, which is not published as weights. No figure was published.",
    ),
)
