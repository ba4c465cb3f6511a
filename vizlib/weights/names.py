"""Names of networks as model cards, other libraries and file names write them, and the usual spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from vizlib.errors import UnknownName
from vizlib.weights import registry, torchvision_zoo

LONGEST = 100  # characters of a name, also in sentences about it
_CARD = re.compile(r"^(https://huggingface\.co/|hf[-_]hub:)?timm/", re.IGNORECASE)
_PUBLISHED = re.compile("^-[0-9a-f]{8}$")
_SEPARATOR = re.compile(r"[-_. (]+")
_SAME = {  # torchvision's names of architectures that timm has under another name, by their letters
    "mobilenetv3large": "mobilenetv3_large_100",
    "mobilenetv3small": "mobilenetv3_small_100",
    "mobilenetv2": "mobilenetv2_100",
    "efficientnetv2s": "tf_efficientnetv2_s",
    "efficientnetv2m": "tf_efficientnetv2_m",
    "efficientnetv2l": "tf_efficientnetv2_l",
    "vitb16": "vit_base_patch16_224",
    "vitb32": "vit_base_patch32_224",
    "vitl16": "vit_large_patch16_224",
    "vitl32": "vit_large_patch32_224",
    "vith14": "vit_huge_patch14_224",
    "swint": "swin_tiny_patch4_window7_224",
    "swins": "swin_small_patch4_window7_224",
    "swinb": "swin_base_patch4_window7_224",
    "maxvitt": "maxvit_tiny_tf_224",
    "mnasnet05": "mnasnet_050",
    "mnasnet10": "mnasnet_100",
}
_NEAREST = {  # families that timm does not have, by their first letters, and a network built on the same idea
    "zfnet": "torchvision/alexnet",  # its layers, with a smaller first kernel and stride
    "lenet": "bundled/digits",
    "inceptionv1": "torchvision/googlenet",  # another name of it, or nearly
    "squeezenet": "torchvision/squeezenet1_1",
    "shufflenet": "torchvision/shufflenet_v2_x1_0",
}


def canonical(name: str) -> str:
    """The usual spelling of a name ("timm/ResNet-18.a1_in1k" is "resnet18.a1_in1k"); an unknown name as it is.

    The letters decide: upper case, dashes, underscores, and the prefixes of the hub make no difference.
    """
    text = _bare(name)
    architecture, dot, tag = text.partition(".")
    known = architecture if registry.is_model(architecture) else _by_letters().get(_letters(architecture))
    if known is None:
        return text if registry.is_model(text) else name
    tags = registry.tags().get(known, ())
    return known + dot + next((each for each in tags if _letters(each) == _letters(tag)), tag)


def of_file(stem: str) -> tuple[str, str]:
    """Architecture and tag that the name of a file gives; both "" if it does not begin with a known network.

    "resnet18.a1_in1k" gives ("resnet18", "a1_in1k"), "resnet18-birds" ("resnet18", "birds"). Files that torchvision
    published are its own: "resnet18-f37072fd" gives ("torchvision/resnet18", "IMAGENET1K_V1"). Eight other digits at
    the end are no tag. Only what timm does not have can be torchvision's without its digits: "alexnet_birds".
    """
    stem = stem[:LONGEST]
    published = torchvision_zoo.of_published(stem)
    return published if published[0] else _begun(stem) or _begun(stem, torchvision_zoo.PREFIX) or ("", "")


def _begun(stem: str, prefix: str = "") -> tuple[str, str] | None:
    """The network whose name, without `prefix`, begins the stem, and the rest as its tag."""
    stem = stem.removeprefix(prefix.replace("/", "_"))
    for end in (len(stem), *(each.start() for each in reversed([*_SEPARATOR.finditer(stem)]))):
        architecture, _, tag = canonical(prefix + stem[:end]).partition(".")
        if registry.is_model(architecture):
            return architecture, tag or _SEPARATOR.sub("", _PUBLISHED.sub("", stem[end:]), count=1)
    return None


def unknown(name: str, others: Iterable[str]) -> UnknownName:
    """The error for a network that neither the libraries nor the list `others` has, with the nearest of its family."""
    text = _bare(name)
    letters = _letters(text.rpartition("/")[2].partition(".")[0])
    same, twin = _SAME.get(letters), _by_letters().get(f"{torchvision_zoo.PREFIX}{letters}")
    twin = None if letters in _by_letters() else twin  # somebody's own of a network that timm has, too
    near = next((each for start, each in _NEAREST.items() if letters.startswith(start)), "")
    where = "torchvision" if text.startswith(torchvision_zoo.PREFIX) else "timm"
    if same:
        remedy = f"timm calls it {same}{f', and torchvision has {twin}' if twin else ''}."
    elif twin:
        remedy = f"torchvision has it: {twin}."
    elif near:
        remedy = f"The nearest of its kind is {near}."
    else:
        remedy = _close(text, [*others, *registry.list_models()])
    return UnknownName(f"There is no network called {text!r} in {where}.", remedy)


def _close(text: str, known: list[str]) -> str:
    """The remedy that names the closest of the known networks; of torchvision's, where one of them is asked for."""
    prefix = torchvision_zoo.PREFIX
    if text.startswith(prefix):
        close, usual = get_close_matches(text.lower(), torchvision_zoo.names(), n=3, cutoff=0.8), f"{prefix}resnet18"
    else:
        close, usual = _of_the_family(text, known), "resnet18"
    return f"Did you mean {' or '.join(close)}?" if close else f"Choose another, for example {usual}."


def unknown_tag(name: str) -> UnknownName:
    """The error for a tag that is not known, with the closest ones of the same architecture."""
    architecture = name.partition(".")[0]
    twin = canonical(f"{torchvision_zoo.PREFIX}{name}")
    known = [f"{architecture}.{each}" for each in registry.tags().get(architecture, ())]
    error = UnknownName.among("published network", name, known)
    if twin in registry.list_pretrained():
        return UnknownName(error.sentence, f"torchvision has it: {twin}.")
    return UnknownName(error.sentence, error.remedy or "Leave the tag out and take weights='random'.")


def _bare(name: str) -> str:
    """The name without spaces around it and without the hub's prefixes."""
    return _CARD.sub("", name.strip(" "), count=1)


def _of_the_family(name: str, known: list[str]) -> list[str]:
    """The closest of the `known` names, only from its family where there is one: "resnet" of "resnet19"."""
    bare = name.rpartition("/")[2].lower()
    family = re.match("[a-z]{3,}|", bare)
    same = [each for each in known if family and family[0] and family[0] in each]
    return get_close_matches(bare, same or known, n=3, cutoff=0.6 if same else 0.75)


def _letters(name: str) -> str:
    return re.sub("[-_]", "", name.lower())


@lru_cache(maxsize=1)
def _by_letters() -> dict[str, str]:
    return {_letters(each): each for each in registry.list_models()}
