"""Exercises in which a class becomes a picture, by the ascent that courses teach."""

from __future__ import annotations

from typing import Final

from vizlib.exercises.looking import CS231N, EECS, HILDESHEIM, IMAGENET, RDFIA, SQUEEZED, SQUEEZENET
from vizlib.exercises.record import Exercise, Query

_SCENES: Final[Query] = {"network": "bundled/scenes"}
# First, without our own regularizers. Then the courses' step: x + rate * gradient of (score - l2 * sum of squares)
# in normalized space.
_BARE: Final[Query] = {
    "dream.transforms": "none", "dream.tv": "0.0", "dream.norm": "0.0", "dream.decay": "0.0", "dream.grow": "false",
    "dream.start_noise": "1.0",
}  # fmt: skip
_ASCENT: Final[Query] = {
    "start": "noise", "dream.optimizer": "ascent", "dream.parameterization": "normalized", "dream.l2": "0.001",
    "dream.blur": "0.5", "dream.blur_every": "10", "dream.roll": "16", "dream.clamp": "true", **_BARE,
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
        {**SQUEEZED, "class": "tarantula"},
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
        {**SQUEEZED, "class": "tarantula"},
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
        {**SQUEEZED, "class": "flamingo"},
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
            "steps": "50",
            "dream.learning_rate": "1.0",
            **_ASCENT,
            "dream.l2": "0.0001",
            "start": "picture",
            "dream.pull": "0.0",
        },
        {**SQUEEZED, "class": "tabby", "picture": "photo"},
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
        {
            "steps": "256",
            "start": "noise",
            "dream.optimizer": "ascent",
            "dream.parameterization": "raw",
            "dream.learning_rate": "1.0",
            "dream.clamp": "false",
            **_BARE,
        },
        {"network": "bundled/digits", "class": "3"},
        {"network": "bundled/digits", "class": "3"},
        measure="digits_class_picture",
        differs="The course does not say its rate and weights: these are our page's for this network.",
        needs="MNIST. The bundled network learned drawn digits.",
    ),
    Exercise(
        "timm_vis_inversion",
        "timm-vis",
        "A picture out of its features",
        "Find a picture whose features at a layer are those of a given one.",
        "github.com/novice03/timm-vis",
        "any classifier of timm",
        (("penalty", "total variation, 0.1"),),
        "class_picture",
        {"draw": "Inversion", "inversion.tv": "0.1"},
        {"network": "resnet18.a1_in1k", "picture": "photo", "layer": "layer3"},
        {**_SCENES, "picture": "drawn", "layer": "layer3"},
        differs="The page divides the distance by the square of the features, so its weight counts otherwise.",
        needs="Any network. No figure was published.",
    ),
)
