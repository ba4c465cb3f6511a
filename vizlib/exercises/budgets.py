"""Exercises that fool a network within a budget: no value may change by more than epsilon."""

from __future__ import annotations

from typing import Final

from vizlib.exercises.record import Exercise, Published, Query

_KOLTER: Final = "Kolter and Madry, Adversarial Robustness, chapter 1: adversarial-ml-tutorial.org (three copies agree)"
_UVA: Final = "UvA Deep Learning, tutorial 10: github.com/phlippe/uvadlc_notebooks, commit 0da8037"
_PYTORCH: Final = "pytorch.org/tutorials/beginner/fgsm_tutorial.html"
_NTU: Final = "National Taiwan University, Machine Learning 2021 and 2022, homework 10: speech.ee.ntu.edu.tw/~hylee/ml"

_STEPS: Final = "tests/fooling/test_courses.py"
_SCENES: Final[Query] = {"network": "bundled/scenes", "picture": "drawn"}
_AWAY: Final[Query] = {"toward": "any other class"}  # then the page asks for no probability

BUDGETS: Final = (
    Exercise(
        "kolter_madry_untargeted",
        "Kolter and Madry",
        "The pig that is no pig",
        "Change a photograph of a pig by at most 2 of 255 levels, so that the network no longer answers hog.",
        _KOLTER,
        "ResNet-50 of torchvision (resnet50.tv_in1k)",
        (("limit", "L-infinity 2/255"), ("optimizer", "SGD, rate 0.1, on the pixels"), ("steps", "30")),
        "fooling",
        {
            **_AWAY,
            "attack": "pgd",
            "pgd.norm": "L-infinity",
            "pgd.levels": "2.0",
            "pgd.step": "plain gradient",
            "pgd.rate": "0.1",
            "pgd.steps": "30",
            "pgd.random_start": "false",
        },
        {"network": "resnet50.tv_in1k", "picture": "photo"},
        _SCENES,
        (
            Published("probability of hog before", "0.9961"),
            Published("probability of wombat, the best other class, after", "0.99995"),
            Published("probability of hog after", "0.00000019"),
        ),
        "kolter_madry_untargeted",
        differs="The rate suits the gradient of ResNet-50. The plain gradient of another network may be shorter, and "
        "then the picture moves by less than 2 levels.",
        needs="The weights of ResNet-50 (102 MB; the link downloads them), and the tutorial's photograph pig.jpg.",
        checked=_STEPS,
    ),
    Exercise(
        "kolter_madry_targeted",
        "Kolter and Madry",
        "The pig that is an airliner",
        "The same photograph and limit, but now the network shall answer airliner.",
        _KOLTER,
        "ResNet-50 of torchvision (resnet50.tv_in1k)",
        (
            ("limit", "L-infinity 2/255"),
            ("optimizer", "SGD, rate 0.005, on the pixels"),
            ("steps", "100"),
            ("objective", "score of 404 airliner minus score of 341 hog"),
        ),
        "fooling",
        {
            "attack": "pgd",
            "pgd.norm": "L-infinity",
            "pgd.levels": "2.0",
            "pgd.step": "plain gradient",
            "pgd.rate": "0.005",
            "pgd.steps": "100",
            "pgd.random_start": "false",
            "pgd.objective": "logit difference",
            "goal": "first",
        },
        {"network": "resnet50.tv_in1k", "picture": "photo", "toward": "airliner"},
        {**_SCENES, "toward": "mushroom"},
        (Published("probability of airliner after", "0.976"),),
        "kolter_madry_targeted",
        differs="The rate suits the gradient of ResNet-50. The plain gradient of another network may be shorter, and "
        "then the picture moves by less than 2 levels.",
        needs="The weights of ResNet-50 (102 MB; the link downloads them), and the tutorial's photograph pig.jpg.",
        checked=_STEPS,
    ),
    Exercise(
        "uva_fgsm",
        "UvA Deep Learning",
        "FGSM over a validation set",
        "Attack 5,000 pictures with one step of FGSM, and report the top-1 and the top-5 error.",
        _UVA,
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
        differs="The course never rounds. A file changes by whole levels, so the page's 1.25 becomes 1 level. "
        "What the network gets wrong already is not attacked here.",
        needs="The weights of ResNet-34 (87 MB; the link downloads them), and 5,000 pictures of ImageNet.",
        checked=_STEPS,
    ),
    Exercise(
        "pytorch_fgsm",
        "PyTorch tutorials",
        "FGSM on MNIST",
        "Attack LeNet's digits with one step of FGSM, and draw the accuracy over epsilon.",
        _PYTORCH,
        "LeNet, trained on MNIST",
        (("epsilon", "0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3 of the range of pixel values"), ("pictures", "MNIST's tests")),
        "fooling",
        {**_AWAY, "attack": "fgsm", "fgsm.epsilon": "51.0"},
        {"network": "bundled/digits", "picture": "drawn", "digit": "7"},
        {"network": "bundled/digits", "picture": "drawn", "digit": "7"},
        tuple(
            Published(f"accuracy at epsilon {epsilon}", value, "copy")
            for epsilon, value in {
                "0": "0.981",
                "0.05": "0.943",
                "0.1": "0.851",
                "0.15": "0.683",
                "0.2": "0.430",
                "0.25": "0.208",
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
        _NTU,
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
        _NTU,
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
