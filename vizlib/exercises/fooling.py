"""Exercises that fool a network by the courses' loops: climb a score until the answer is another one."""

from __future__ import annotations

from typing import Final

from vizlib.exercises.looking import CS231N, EECS, IMAGENET, RDFIA, SQUEEZENET
from vizlib.exercises.record import Exercise, Published, Query

_STEPS: Final = "tests/fooling/test_courses.py"
_SCENES: Final[Query] = {"network": "bundled/scenes", "picture": "drawn"}
_SQUEEZED: Final[Query] = {"network": "torchvision/squeezenet1_1", "picture": "photo"}
_LOOP: Final[Query] = {"attack": "classic", "classic.space": "normalized", "classic.steps": "100", "goal": "first"}

LOOPS: Final = (
    Exercise(
        "cs231n_fooling",
        "CS231n",
        "Fooling images",
        "Climb the score of another class from a picture until the network answers that class.",
        CS231N,
        SQUEEZENET,
        (
            ("step", "1 * gradient / its L2 norm, in normalized space"),
            ("steps", "at most 100"),
            ("target", "6 stingray"),
        ),
        "fooling",
        {**_LOOP, "classic.rate": "1.0"},
        {**_SQUEEZED, "toward": "stingray"},
        {**_SCENES, "toward": "mushroom"},
        (Published("pictures that are fooled within 100 steps", "most"),),
        "cs231n_fooling",
        needs=IMAGENET,
        checked=_STEPS,
    ),
    Exercise(
        "eecs498_fooling",
        "EECS 498-007",
        "Adversarial attacks",
        "Climb the score of another class from a picture until the network answers that class.",
        EECS,
        SQUEEZENET,
        (("step", "1 * gradient / its L2 norm, in normalized space"), ("steps", "at most 100")),
        "fooling",
        {**_LOOP, "classic.rate": "1.0"},
        {**_SQUEEZED, "toward": "stingray"},
        {**_SCENES, "toward": "mushroom"},
        (),
        "cs231n_fooling",
        needs=IMAGENET,
        checked=_STEPS,
    ),
    Exercise(
        "rdfia_fooling",
        "RDFIA",
        "Adversarial examples",
        "Fool the network with small steps, show the difference ten times enlarged, and say what it means that it "
        "cannot be seen.",
        RDFIA,
        SQUEEZENET,
        (
            ("step", "0.1 * gradient / its L2 norm, in normalized space (0.5 in one solution)"),
            ("steps", "100"),
            ("stop", "at p >= 0.99"),
            ("target", "6 stingray"),
        ),
        "fooling",
        {**_LOOP, "classic.rate": "0.1", "goal": "99 %"},
        {**_SQUEEZED, "toward": "stingray"},
        {**_SCENES, "toward": "mushroom"},
        (),
        "rdfia_fooling",
        needs=IMAGENET,
        checked=_STEPS,
    ),
    Exercise(
        "sutd_fooling",
        "SUTD 50.021",
        "Fooling AlexNet",
        "Climb the score of a target, or its margin over the best other class, and stop when the rounded picture, as "
        "it would be saved, leads by a margin.",
        "SUTD 50.021 Artificial Intelligence, week on fooling (A. Binder)",
        "AlexNet of torchvision, 227 px, trained on ImageNet",
        (
            ("step", "5 to 20 gray levels"),
            ("range", "values stay within 1 to 254"),
            ("stop", "rounded, margin 5"),
            ("objective", "the target's score, or its margin"),
        ),
        "fooling",
        {"attack": "classic", "classic.step_size": "10.0", "classic.lead": "5.0", "goal": "first"},
        {"network": "torchvision/alexnet", "picture": "photo", "toward": "toaster"},
        {**_SCENES, "toward": "mushroom"},
        (),
        "sutd_fooling",
        needs="The weights of AlexNet (244 MB; the link downloads them). No figure was published.",
        checked="tests/fooling/test_classic.py",
    ),
    Exercise(
        "timm_vis_fooling",
        "timm-vis",
        "Adversarial examples on any timm network",
        "Fool any network of timm by gradient descent whose rate falls.",
        "github.com/novice03/timm-vis",
        "any classifier of timm",
        (("rate", "100, times 0.6 at each decay"),),
        "fooling",
        {"attack": "classic", "goal": "90 %"},
        {"network": "resnet18.a1_in1k", "picture": "photo", "toward": "goldfish"},
        {**_SCENES, "toward": "mushroom"},
        differs="The page's steps keep their length, where theirs fall.",
        needs="Any network. No figure was published.",
    ),
)
