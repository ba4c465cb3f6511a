"""Exercises that look inside: saliency maps, class pictures and filters."""

from __future__ import annotations

from typing import Final

from vizlib.exercises.record import Exercise, Published, Query

CS231N: Final = "cs231n.github.io, assignment 3, Network Visualization (2016 to 2021, and 2023)"
EECS: Final = "EECS 498-007 / 598-005, assignment 4 (later 6); a public solution"
RDFIA: Final = "RDFIA practical 9, Sorbonne: github.com/rogerlucena/rdfia and github.com/bourcierj/rdfia-tme9-convnets-viz"
HILDESHEIM: Final = "University of Hildesheim, lecture on visualization and transfer learning (N. Landwehr)"
NTU: Final = "National Taiwan University, Machine Learning 2021, homework 9: speech.ee.ntu.edu.tw/~hylee/ml"
SQUEEZENET: Final = "SqueezeNet 1.1 of torchvision, trained on ImageNet"
IMAGENET: Final = "The weights of SqueezeNet 1.1 (5 MB; the link downloads them), and ImageNet's validation pictures."

_SQUEEZED: Final[Query] = {"network": "torchvision/squeezenet1_1"}
_SCENES: Final[Query] = {"network": "bundled/scenes"}
# The courses' step: x + rate * gradient of (score - l2 * sum of squares) in normalized space, without our regularizers.
_ASCENT: Final[Query] = {
    "start": "noise", "dream.optimizer": "ascent", "dream.parameterization": "normalized", "dream.l2": "0.001",
    "dream.start_noise": "1.0", "dream.transforms": "none", "dream.tv": "0.0", "dream.norm": "0.0",
    "dream.decay": "0.0", "dream.blur": "0.5", "dream.blur_every": "10", "dream.roll": "16", "dream.grow": "false",
}  # fmt: skip
_ASCENT_WORDS: Final = (
    ("space", "the network's normalized numbers"),
    ("start", "N(0, 1)"),
    ("L2", "0.001 times the sum of squares"),
    ("jitter", "rolled by 0 to 16 px before a step, and back after it"),
    ("blur", "sigma 0.5 px, every 10 steps"),
    ("range", "clamped to valid colors at every step"),
)
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
        {**_SQUEEZED, "picture": "photo"},
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
        {**_SQUEEZED, "picture": "photo"},
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
CLASS_PICTURES: Final = (
    Exercise(
        "cs231n_class_picture",
        "CS231n",
        "Class visualization",
        "Start from noise and climb the score of a class until its picture appears: tarantula, tick, Yorkshire "
        "terrier, oboe, gorilla, hourglass.",
        CS231N,
        SQUEEZENET,
        (("rate", "25"), ("steps", "100"), *_ASCENT_WORDS, ("classes", "76, 78, 187, 683, 366, 604")),
        "class_picture",
        {"steps": "100", "dream.learning_rate": "25.0", **_ASCENT},
        {**_SQUEEZED, "class": "tarantula"},
        {**_SCENES, "class": "sheep"},
        measure="cs231n_class_picture",
        needs=IMAGENET,
        checked=_STEPS,
    ),
    Exercise(
        "eecs498_class_picture",
        "EECS 498-007",
        "Class visualization",
        "Climb the score of a class from noise, with an L2 penalty.",
        EECS,
        SQUEEZENET,
        (("rate", "25"), ("L2", "0.001 times the sum of squares"), ("all else", "as in CS231n")),
        "class_picture",
        {"steps": "100", "dream.learning_rate": "25.0", **_ASCENT},
        {**_SQUEEZED, "class": "tarantula"},
        {**_SCENES, "class": "sheep"},
        measure="cs231n_class_picture",
        needs=IMAGENET,
        checked=_STEPS,
    ),
    Exercise(
        "rdfia_class_picture",
        "RDFIA",
        "Class visualization",
        "Draw classes from noise. Then vary the number of steps (50 to 800), the rate and the weight of the L2 penalty "
        "(0 to 10), and say what each of them does to the picture.",
        RDFIA,
        SQUEEZENET,
        (("rate", "5"), ("steps", "200"), *_ASCENT_WORDS, ("classes", "also 8 hen, 281 tabby, 130 flamingo")),
        "class_picture",
        {"steps": "200", "dream.learning_rate": "5.0", **_ASCENT},
        {**_SQUEEZED, "class": "flamingo"},
        {**_SCENES, "class": "cat"},
        measure="rdfia_class_picture",
        needs=IMAGENET,
        checked=_STEPS,
    ),
    Exercise(
        "rdfia_from_photograph",
        "RDFIA",
        "A class out of a photograph",
        "Start the same ascent from a photograph in place of noise, and see what of the photograph stays.",
        RDFIA,
        SQUEEZENET,
        (("rate", "1"), ("steps", "50"), ("L2", "0.0001 times the sum of squares"), *_ASCENT_WORDS[3:]),
        "class_picture",
        {
            "steps": "50", "dream.learning_rate": "1.0", **_ASCENT, "dream.l2": "0.0001", "start": "picture",
            "dream.pull": "0.0",
        },  # fmt: skip
        {**_SQUEEZED, "class": "tabby", "picture": "photo"},
        {**_SCENES, "class": "cat", "picture": "drawn", "object": "flower"},
        measure="rdfia_from_photograph",
        needs=IMAGENET,
        checked=_STEPS,
    ),
    Exercise(
        "hildesheim_class_picture",
        "Hildesheim",
        "Pictures of the ten digits",
        "Climb the score of each digit of a small network, and describe what the pictures show.",
        HILDESHEIM,
        "a small convolutional network, trained on MNIST",
        (("algorithm", "x + rate * gradient of the score"), ("regularizers", "norm and total variation")),
        "class_picture",
        {"dream.optimizer": "ascent", "dream.parameterization": "raw", "dream.transforms": "none", "class": "3"},
        {"network": "bundled/digits"},
        {"network": "bundled/digits"},
        measure="digits_class_picture",
        differs="The course does not say its rate and weights: these are our page's for this network.",
        needs="MNIST. The bundled network learned drawn digits.",
    ),
    Exercise(
        "keras_filters",
        "Keras examples",
        "What convolutional networks learn",
        "Draw a picture for each of the first 64 filters of the block conv3_block4 of a ResNet50V2.",
        "keras.io/examples/vision/visualizing_what_convnets_learn",
        "ResNet50V2, 180 px, trained on ImageNet",
        (
            ("objective", "mean activation without 2 px at the border"), ("gradient", "divided by its L2 norm"),
            ("rate", "10"), ("steps", "30"), ("start", "gray, with noise of up to 0.125"), ("shown", "25 px cropped"),
        ),
        "filters",
        {"atlas_steps": "30", "show": "Atlas", "atlas_order": "index"},
        {"network": "resnetv2_50.a1h_in1k", "tiles": "64"},
        {**_SCENES, "layer": "layer2.1", "tiles": "64"},
        differs="The atlas takes the preset of the network's family in place of the normalized gradient. In a script, "
        "optimizer=\"normalized\" and parameterization=\"raw\" of vizlib.maximize take the course's step.",
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
        {**_SCENES, "layer": "layer2.1", "unit": "0"},
        {**_SCENES, "layer": "layer2.1", "unit": "0"},
        differs="The card takes Adam with the rate of the preset of the network's family.",
        needs="The course's network, which is not published as weights. No figure was published.",
    ),
)
