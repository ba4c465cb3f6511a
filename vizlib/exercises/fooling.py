"""Exercises that fool a network: the courses' loops, and attacks with a budget."""

from __future__ import annotations

from typing import Final

from vizlib.exercises.looking import CS231N, EECS, IMAGENET, RDFIA, SQUEEZENET
from vizlib.exercises.record import Exercise, Published, Query

KOLTER: Final = "Kolter and Madry, Adversarial Robustness, chapter 1: adversarial-ml-tutorial.org (three copies agree)"
UVA: Final = "UvA Deep Learning, tutorial 10: github.com/phlippe/uvadlc_notebooks, commit 0da8037"
PYTORCH: Final = "pytorch.org/tutorials/beginner/fgsm_tutorial.html"
NTU: Final = "National Taiwan University, Machine Learning 2021 and 2022, homework 10: speech.ee.ntu.edu.tw/~hylee/ml"

_STEPS: Final = "tests/fooling/test_courses.py"
_SCENES: Final[Query] = {"network": "bundled/scenes", "picture": "drawn"}
_SQUEEZED: Final[Query] = {"network": "torchvision/squeezenet1_1", "picture": "photo"}
_LOOP: Final[Query] = {"attack": "classic", "classic.space": "normalized", "classic.steps": "100", "goal": "first"}
_AWAY: Final[Query] = {"toward": "any other class", "goal": "first"}

LOOPS: Final = (
    Exercise(
        "cs231n_fooling",
        "CS231n",
        "Fooling images",
        "Climb the score of another class from a picture until the network answers that class.",
        CS231N,
        SQUEEZENET,
        (("step", "1 * gradient / its L2 norm, in normalized space"), ("steps", "at most 100"), ("target", "6 stingray")),
        "fooling",
        {**_LOOP, "classic.rate": "1.0"},
        {**_SQUEEZED, "toward": "stingray"},
        {**_SCENES, "toward": "hat"},
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
        {**_SCENES, "toward": "hat"},
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
            ("step", "0.1 * gradient / its L2 norm, in normalized space (0.5 in one solution)"), ("steps", "100"),
            ("stop", "at p >= 0.99"), ("target", "6 stingray"),
        ),
        "fooling",
        {**_LOOP, "classic.rate": "0.1", "goal": "99 %"},
        {**_SQUEEZED, "toward": "stingray"},
        {**_SCENES, "toward": "hat"},
        (),
        "rdfia_fooling",
        needs=IMAGENET,
        checked=_STEPS,
    ),
    Exercise(
        "sutd_fooling",
        "SUTD 50.021",
        "Fooling AlexNet",
        "Climb the score of a target, or its margin over the best other class, and stop when the rounded picture, as it "
        "would be saved, leads by a margin.",
        "SUTD 50.021 Artificial Intelligence, week on fooling (A. Binder)",
        "AlexNet of torchvision, 227 px, trained on ImageNet",
        (
            ("step", "5 to 20 gray levels"), ("range", "values stay within 1 to 254"), ("stop", "rounded, margin 5"),
            ("objective", "the target's score, or its margin"),
        ),
        "fooling",
        {"attack": "classic", "classic.step_size": "10.0", "classic.lead": "5.0", "goal": "first"},
        {"network": "torchvision/alexnet", "picture": "photo", "toward": "toaster"},
        {**_SCENES, "toward": "hat"},
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
        {**_SCENES, "toward": "hat"},
        differs="The page's steps keep their length, where theirs fall.",
        needs="Any network. No figure was published.",
    ),
)
BUDGETS: Final = (
    Exercise(
        "kolter_madry_untargeted",
        "Kolter and Madry",
        "The pig that is no pig",
        "Change a photograph of a pig by at most 2 of 255 levels, so that the network no longer answers hog.",
        KOLTER,
        "ResNet-50 of torchvision (resnet50.tv_in1k)",
        (("limit", "L-infinity 2/255"), ("optimizer", "SGD, rate 0.1, on the pixels"), ("steps", "30")),
        "fooling",
        {
            **_AWAY, "attack": "pgd", "pgd.norm": "L-infinity", "pgd.levels": "2.0", "pgd.step": "plain gradient",
            "pgd.rate": "0.1", "pgd.steps": "30", "pgd.random_start": "false",
        },  # fmt: skip
        {"network": "resnet50.tv_in1k", "picture": "photo"},
        _SCENES,
        (
            Published("probability of hog before", "0.9961"),
            Published("probability of wombat after", "0.99995"),
            Published("probability of hog after", "0.00000019"),
        ),
        "kolter_madry_untargeted",
        needs="The weights of ResNet-50 (102 MB; the link downloads them), and the tutorial's photograph pig.jpg.",
        checked=_STEPS,
    ),
    Exercise(
        "kolter_madry_targeted",
        "Kolter and Madry",
        "The pig that is an airliner",
        "The same photograph and limit, but now the network shall answer airliner.",
        KOLTER,
        "ResNet-50 of torchvision (resnet50.tv_in1k)",
        (
            ("limit", "L-infinity 2/255"), ("optimizer", "SGD, rate 0.005, on the pixels"), ("steps", "100"),
            ("objective", "score of 404 airliner minus score of 341 hog"),
        ),
        "fooling",
        {
            "attack": "pgd", "pgd.norm": "L-infinity", "pgd.levels": "2.0", "pgd.step": "plain gradient",
            "pgd.rate": "0.005", "pgd.steps": "100", "pgd.random_start": "false",
            "pgd.objective": "logit difference", "goal": "first",
        },  # fmt: skip
        {"network": "resnet50.tv_in1k", "picture": "photo", "toward": "airliner"},
        {**_SCENES, "toward": "hat"},
        (Published("probability of airliner after", "0.976"),),
        "kolter_madry_targeted",
        needs="The weights of ResNet-50 (102 MB; the link downloads them), and the tutorial's photograph pig.jpg.",
        checked=_STEPS,
    ),
    Exercise(
        "uva_fgsm",
        "UvA Deep Learning",
        "FGSM over a validation set",
        "Attack 5,000 pictures with one step of FGSM, and report the top-1 and the top-5 error.",
        UVA,
        "ResNet-34 of torchvision (resnet34.tv_in1k)",
        (("epsilon", "0.02 in normalized space, 1.15 gray levels"), ("pictures", "5,000 of ImageNet")),
        "fooling",
        {**_AWAY, "attack": "fgsm", "fgsm.epsilon": "1.25"},
        {"network": "resnet34.tv_in1k", "picture": "photo"},
        _SCENES,
        (
            Published("top-1 error before", "19.10 %"),
            Published("top-1 error under FGSM", "93.56 %"),
            Published("top-5 error before", "4.30 %"),
            Published("top-5 error under FGSM", "60.52 %"),
        ),
        "uva_fgsm",
        differs="The course never rounds. A file changes by whole levels, so the page's 1.25 becomes 1 level.",
        needs="The weights of ResNet-34 (87 MB; the link downloads them), and 5,000 pictures of ImageNet.",
        checked=_STEPS,
    ),
    Exercise(
        "pytorch_fgsm",
        "PyTorch tutorials",
        "FGSM on MNIST",
        "Attack LeNet's digits with one step of FGSM, and draw the accuracy over epsilon.",
        PYTORCH,
        "LeNet, trained on MNIST",
        (("epsilon", "0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3 of the range of pixel values"), ("pictures", "MNIST's tests")),
        "fooling",
        {**_AWAY, "attack": "fgsm", "fgsm.epsilon": "51.0"},
        {"network": "bundled/digits", "picture": "drawn", "digit": "7"},
        {"network": "bundled/digits", "picture": "drawn", "digit": "7"},
        tuple(
            Published(f"accuracy at epsilon {epsilon}", value, "copy")
            for epsilon, value in {
                "0": "0.981", "0.05": "0.943", "0.1": "0.851", "0.15": "0.683", "0.2": "0.430", "0.25": "0.208",
                "0.3": "0.087",
            }.items()
        ),
        "pytorch_fgsm",
        differs="The link opens one digit at epsilon 0.2, 51 of 255 levels. Another copy of the tutorial, of another "
        "training, has .990 .969 .908 .756 .503 .303 .160.",
        needs="MNIST and the tutorial's LeNet. The bundled network learned drawn digits.",
        checked=_STEPS,
    ),
    Exercise(
        "tensorflow_fgsm",
        "TensorFlow tutorials",
        "FGSM on a Labrador",
        "Attack a photograph of a Labrador with growing epsilon, and see when the answer changes.",
        "tensorflow.org/tutorials/generative/adversarial_fgsm",
        "MobileNetV2, trained on ImageNet",
        (("epsilon", "0.01, 0.1, 0.15, for pixel values from -1 to 1"), ("class", "208 Labrador retriever")),
        "fooling",
        {**_AWAY, "attack": "fgsm", "fgsm.epsilon": "12.75"},
        {"network": "mobilenetv2_100.ra_in1k", "picture": "photo"},
        _SCENES,
        (),
        "tensorflow_fgsm",
        differs="The link opens epsilon 0.1, 12.75 gray levels, with a photograph of your choice; the page saves 12.",
        needs="The tutorial's photograph. No figure was published.",
        checked=_STEPS,
    ),
    Exercise(
        "ntu_fgsm",
        "NTU Machine Learning",
        "FGSM against CIFAR-10",
        "Attack 200 pictures with one step of FGSM, and report the accuracy.",
        NTU,
        "networks of pytorchcv for CIFAR-10",
        (("epsilon", "8 of 255 levels"), ("pictures", "200 of CIFAR-10")),
        "fooling",
        {**_AWAY, "attack": "fgsm", "fgsm.epsilon": "8.0"},
        _SCENES,
        _SCENES,
        (Published("accuracy before", "0.95"), Published("accuracy under FGSM", "0.59")),
        "ntu_fgsm",
        needs="CIFAR-10 and the networks of pytorchcv; neither is here.",
        checked=_STEPS,
    ),
    Exercise(
        "ntu_ifgsm",
        "NTU Machine Learning",
        "I-FGSM against CIFAR-10",
        "Attack the same pictures in 20 small steps. Also asked: an ensemble, and JPEG of quality 70 as a defense.",
        NTU,
        "networks of pytorchcv for CIFAR-10",
        (("epsilon", "8 of 255 levels"), ("alpha", "0.8 of 255 levels"), ("steps", "20")),
        "fooling",
        {**_AWAY, "attack": "ifgsm", "ifgsm.epsilon": "8.0", "ifgsm.alpha": "0.8", "ifgsm.steps": "20"},
        _SCENES,
        _SCENES,
        (Published("accuracy before", "0.95"), Published("accuracy under I-FGSM", "0.01")),
        "ntu_ifgsm",
        differs="One network at a time; JPEG is on the page How stable is the answer?",
        needs="CIFAR-10 and the networks of pytorchcv; neither is here.",
        checked=_STEPS,
    ),
)
