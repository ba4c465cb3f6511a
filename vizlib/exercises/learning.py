"""Exercises that teach a network: linear probes, fine-tuning, two domains, and generators."""

from __future__ import annotations

from typing import Final

from vizlib.exercises.record import Exercise, Published, Query

RDFIA: Final = "RDFIA practicals, Sorbonne: github.com/rogerlucena/rdfia; a public report"
DEEPCOURSE: Final = "deepcourse (A. Douillard): arthurdouillard.com/deepcourse"
_SCENES: Final[Query] = {"network": "bundled/scenes"}
_RESNET: Final[Query] = {"network": "resnet18.tv_in1k"}
_SCHEDULED: Final[Query] = {"td_factor": "Schedule", "td_gamma": "2", "td_rates": "ganin", "td_momentum": "0.9"}
_DIGITS: Final[Query] = {"td_pair": "digits_middle", "td_network": "ganin", "td_batch": "64"}

TRANSFER: Final = (
    Exercise(
        "rdfia_probe",
        "RDFIA",
        "VGG16's features and a linear SVM",
        "Take a late layer of VGG16 as features, divide each by its length, and fit a linear SVM to them. Then take "
        "earlier layers, and other values of C.",
        RDFIA,
        "VGG16 of torchvision, trained on ImageNet",
        (("pictures", "15-Scene, gray copied to RGB, 224 px"), ("features", "relu7, L2-normalized"), ("C", "1")),
        "linear_probe",
        {"probe_c": "1", "probe_scaling": "l2", "probe_classifier": "svm", "beside_set": "none"},
        {"network": "torchvision/vgg16"},
        {**_SCENES, "probe_set": "insects"},
        (
            Published("accuracy with relu7", "88.51 %", "note"),
            Published("accuracy one block lower", "90.28 %", "note"),
            Published("accuracy two blocks lower", "90.25 %", "note"),
            Published("accuracy with C = 7e-7", "78.83 %", "note"),
        ),
        differs="The page's pictures are drawn, or yours: upload 15-Scene as a ZIP file with a folder for each class.",
        needs="The weights of VGG16 (528 MB; the link downloads them), and the data set 15-Scene.",
    ),
    Exercise(
        "deepcourse_head",
        "deepcourse",
        "Cats and dogs: the head",
        "Freeze a ResNet-18 and train a new head on its features.",
        DEEPCOURSE,
        "ResNet-18 of torchvision, trained on ImageNet",
        (("pictures", "cats and dogs, 1,500 and 500"), ("optimizer", "SGD, rate 0.01"), ("epochs", "10")),
        "fine_tune",
        {"ft_runs": "One setting", "ft_train": "head", "ft_load": "all", "ft_rate": "0.01", "ft_optimizer": "sgd"},
        _RESNET,
        {**_SCENES, "ft_set": "insects"},
        (
            Published("accuracy with a new head", "94.4 to 95.0 %"),
            Published("accuracy with layer4 trained too", "98.0 to 98.6 %"),
        ),
        differs="The page counts steps, not epochs.",
        needs="The weights of ResNet-18 (47 MB; the link downloads them), and pictures of cats and dogs.",
    ),
    Exercise(
        "pytorch_transfer",
        "PyTorch tutorials",
        "Transfer learning",
        "Train a ResNet-18 on few pictures of ten birds: once all of it with a small rate, once only the head.",
        "pytorch.org/tutorials/beginner/transfer_learning_tutorial.html (a stored version)",
        "ResNet-18 of torchvision, trained on ImageNet",
        (
            ("pictures", "10 classes of CUB"), ("optimizer", "SGD, rate 0.01 (0.001 for the body), momentum 0.9"),
            ("schedule", "times 0.1 every 7 epochs"), ("epochs", "25"),
        ),
        "fine_tune",
        {"ft_runs": "Scratch, head, all", "ft_rate": "0.01", "ft_body": "0.1", "ft_optimizer": "sgd"},
        _RESNET,
        {**_SCENES, "ft_set": "insects"},
        (Published("accuracy, only the head", "83.5 %"), Published("accuracy, fine-tuned", "86.4 %")),
        differs="The page's rate follows a schedule of its own, and it counts steps.",
        needs="The weights of ResNet-18 (47 MB; the link downloads them), and pictures of CUB.",
    ),
    Exercise(
        "sutd_transfer",
        "SUTD 50.039",
        "Ants, bees and flowers",
        "Train a ResNet-18 on ants and bees or on 102 flowers: from scratch, only the head, or all layers.",
        "SUTD 50.039 Deep Learning, week on fine-tuning (A. Binder)",
        "ResNet-18 of torchvision, trained on ImageNet",
        (("optimizer", "SGD, rate 0.001, momentum 0.9"), ("trained", "nothing loaded; the head; all layers")),
        "fine_tune",
        {"ft_runs": "Scratch, head, all", "ft_rate": "0.001", "ft_body": "1", "ft_optimizer": "sgd"},
        _RESNET,
        {**_SCENES, "ft_set": "insects"},
        needs="The weights of ResNet-18 (47 MB; the link downloads them), and the course's pictures.",
    ),
    Exercise(
        "fastai_lesson_0",
        "fast.ai",
        "Is it a bird?",
        "Fine-tune a ResNet-18 on pictures of birds and forests from the web.",
        "course.fast.ai, 2022, lesson 0",
        "ResNet-18, trained on ImageNet",
        (("pictures", "192 px, 20 % for validation, seed 42"), ("epochs", "3")),
        "fine_tune",
        {"ft_runs": "Scratch, head, all"},
        _RESNET,
        {**_SCENES, "ft_set": "insects"},
        (Published("probability that the example is a bird", "1.0000"),),
        differs="fast.ai trains the head first and then all layers, with rates of its own.",
        needs="The weights of ResNet-18 (47 MB; the link downloads them), and pictures from the web.",
    ),
)
DOMAINS: Final = (
    Exercise(
        "deepcourse_dann",
        "deepcourse and RDFIA",
        "Gradient reversal from MNIST to MNIST-M",
        "Train a network on digits with labels and on textured digits without, and reverse the gradient of a domain "
        "classifier. How much better does it read the textured ones?",
        DEEPCOURSE,
        "two convolutions of 32 and 48 maps, classes 100-100-10, domain 100-1",
        (
            ("factor", "-1 + 2 / (1 + exp(-2 p)); the paper has 10 in place of 2"), ("batch", "64 of each domain"),
            ("optimizer", "SGD, rate 0.01 / (1 + 10 p)^0.75, momentum 0.9"), ("epochs", "20, and 10 without"),
        ),
        "two_domains",
        {**_SCHEDULED, **_DIGITS, "td_rate": "0.01"},
        bundled={"network": "bundled/digits"},
        theirs={"network": "bundled/digits"},
        published=(
            Published("accuracy on MNIST-M, source only", "53 to 57 %"),
            Published("accuracy on MNIST-M, adapted", "more than 73 %"),
            Published("accuracy on MNIST-M, adapted, the paper", "76.66 %", "note"),
            Published("accuracy on both, factor fixed", "10.28 and 10.28 %", "note"),
            Published("accuracy on both, factor by schedule", "97.28 and 71.22 %", "note"),
        ),
        differs="The page's digits are drawn, and their textures too.",
        needs="MNIST and MNIST-M. What adapts on drawn digits is in benchmarks/RESULTS.md, Two domains.",
    ),
    Exercise(
        "ntu_dann",
        "NTU Machine Learning",
        "From photographs to drawings",
        "Train on edges of photographs, and read drawings without labels.",
        "National Taiwan University, Machine Learning, homework 11: speech.ee.ntu.edu.tw/~hylee/ml",
        "a small convolutional network, 32 px",
        (("factor", "0.1, fixed"), ("batch", "32"), ("epochs", "200"), ("edges", "Canny, 170 and 300")),
        "two_domains",
        {"td_factor": "Fixed", "td_fixed": "0.1", "td_batch": "32", "td_pair": "sketch", "td_network": "ganin"},
        bundled=_SCENES,
        theirs=_SCENES,
        differs="The page's photographs are drawn scenes, and its drawings sketches of them.",
        needs="The course's pictures. It shows curves, and publishes no figure.",
    ),
)
GENERATORS: Final = (
    Exercise(
        "rdfia_gan",
        "RDFIA",
        "A DCGAN",
        "Train a generator and a discriminator on faces. Then change one thing at a time: rates, steps, latent size.",
        RDFIA,
        "DCGAN, 32 px, 32 maps",
        (
            ("optimizer", "Adam, rate 0.0002 for both, beta1 0.5"), ("latent size", "100"), ("batch", "256; 128 on MNIST"),
            ("steps", "8,000"), ("pictures", "CelebA; MNIST with classes"),
        ),
        "pictures_out_of_noise",
        {"gan_rate_g": "0.0002", "gan_rate_d": "0.0002", "gan_latent": "128", "gan_batch": "128", "gan_size": "32 px"},
        bundled={"gan_set": "digits"},
        theirs={"gan_set": "digits"},
        published=(
            Published("steps until something is recognizable", "about 1,000", "note"),
            Published("both rates too low", "nothing recognizable", "note"),
        ),
        differs="The page's largest batch is 128, its latent size 128 in place of 100, and it has no class as input.",
        needs="CelebA. The page's pictures are drawn digits, or yours.",
    ),
    Exercise(
        "cs231n_gan",
        "CS231n",
        "Generative adversarial networks",
        "Train three generators on MNIST: with the usual loss, with least squares, and with convolutions.",
        "cs231n.github.io, assignment 3, Generative Adversarial Networks",
        "784-256-256-1, leaky ReLU 0.01; the convolutional one has 1,102,721 parameters",
        (
            ("optimizer", "Adam, rate 0.001, beta1 0.5"), ("latent size", "96, uniform"), ("batch", "128"),
            ("epochs", "10; 5 with convolutions"),
        ),
        "pictures_out_of_noise",
        {"gan_rate_g": "0.001", "gan_rate_d": "0.001", "gan_latent": "128", "gan_batch": "128", "gan_size": "28 px"},
        bundled={"gan_set": "digits"},
        theirs={"gan_set": "digits"},
        published=(
            Published("pictures, first hundreds of steps", "black"),
            Published("pictures at 1,000 steps", "fuzzy"),
            Published("pictures past 3,000 steps", "about half are sharp"),
        ),
        differs="The page's networks are convolutional, its latent numbers normal and 128, and it has no least squares.",
        needs="MNIST. The page's pictures are drawn digits, or yours.",
    ),
    Exercise(
        "pytorch_dcgan",
        "PyTorch tutorials",
        "DCGAN",
        "Train a DCGAN on faces of 64 px.",
        "pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html",
        "DCGAN, 64 px, 64 maps",
        (("optimizer", "Adam, rate 0.0002, beta1 0.5"), ("latent size", "100"), ("batch", "128"), ("epochs", "5")),
        "pictures_out_of_noise",
        {"gan_rate_g": "0.0002", "gan_rate_d": "0.0002", "gan_latent": "128", "gan_batch": "128", "gan_size": "64 px"},
        bundled={"gan_set": "scenes"},
        theirs={"gan_set": "scenes"},
        differs="The page's latent size is 128 in place of 100, and its networks are narrower.",
        needs="CelebA. No figure was published.",
    ),
)
