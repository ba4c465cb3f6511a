"""Names of networks as model cards, other libraries and file names write them, and timm's own spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

import timm

from vizlib.errors import UnknownName
from vizlib.weights import architectures as _registered  # noqa: F401  timm learns the bundled architectures

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
    "alexnet": "vgg11",  # a chain of convolutions, then three fully connected layers
    "zfnet": "vgg11",
    "lenet": "bundled/digits",
    "googlenet": "inception_v3",  # the first and the third network of one series of papers
    "inceptionv1": "inception_v3",
    "squeezenet": "mobilenetv2_100",  # made small for phones
    "shufflenet": "mobilenetv2_100",
}


def canonical(name: str) -> str:
    """timm's spelling of a name ("timm/ResNet-18.a1_in1k" is "resnet18.a1_in1k"); a name unknown to timm as it is.

    The letters decide: upper case, dashes, underscores, and the prefixes of the hub make no difference.
    """
    text = _bare(name)
    if timm.is_model_pretrained(text):  # most names are timm's own, and a search takes 2 ms: 5 s for all of them
        return text
    architecture, dot, tag = text.partition(".")
    known = _by_letters().get(_letters(architecture))
    if known is None:
        return text if timm.is_model(text) else name
    tags = (each.partition(".")[2] for each in timm.list_pretrained(f"{known}.*")) if tag else ()
    return known + dot + next((each for each in tags if _letters(each) == _letters(tag)), tag)


def of_file(stem: str) -> tuple[str, str]:
    """Architecture and tag that the name of a file gives; both "" if it does not begin with a network of timm's.

    "resnet18.a1_in1k" gives ("resnet18", "a1_in1k"), "resnet18-birds" ("resnet18", "birds"). The digits that end the
    names of torchvision's published weights are no tag: "resnet18-f37072fd" gives ("resnet18", "").
    """
    stem = stem[:LONGEST]
    for end in (len(stem), *(each.start() for each in reversed([*_SEPARATOR.finditer(stem)]))):
        architecture, _, tag = canonical(stem[:end]).partition(".")
        if timm.is_model(architecture):
            return architecture, tag or _SEPARATOR.sub("", _PUBLISHED.sub("", stem[end:]), count=1)
    return "", ""


def unknown(name: str, others: Iterable[str]) -> UnknownName:
    """The error for a network that neither timm nor the list `others` has, with the nearest of its family."""
    text = _bare(name)
    letters = _letters(text.rpartition("/")[2])
    same = _SAME.get(letters)
    near = next((each for start, each in _NEAREST.items() if letters.startswith(start)), "")
    if same:
        remedy = f"timm calls it {same}."
    elif near:
        remedy = f"The nearest of its kind is {near}."
    else:
        close = _of_the_family(text, [*others, *timm.list_models()])
        remedy = f"Did you mean {' or '.join(close)}?" if close else "Choose another, for example resnet18."
    return UnknownName(f"There is no network called {text!r} in timm.", remedy)


def unknown_tag(name: str) -> UnknownName:
    """The error for a tag that timm does not know, with the closest ones of the same architecture."""
    error = UnknownName.among("published network", name, timm.list_pretrained(f"{name.partition('.')[0]}.*"))
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
    return {_letters(each): each for each in timm.list_models()}
