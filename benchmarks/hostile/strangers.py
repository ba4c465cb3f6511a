"""What strangers' training scripts, configurations and model cards write, by the hundred, each with the true answer.

Every case is made by changing a sound checkpoint, folder or name in a known way, so that the right answer is known too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import timm
import torch
from safetensors.torch import save_file
from torch import nn

ARCHITECTURE = "test_resnet"
State = dict[str, torch.Tensor]
SEED = 12


class Stranger(NamedTuple):
    """One case: what to write into an empty folder, and how to open it."""

    kind: str
    name: str
    write: Callable[[Path], None]
    open: Callable[[Path], str]
    says: str  # a pattern of the true answer


@cache
def sound(classes: int = 5, channels: int = 3) -> State:
    torch.manual_seed(SEED + classes)
    made: nn.Module = timm.create_model(ARCHITECTURE, num_classes=classes, in_chans=channels)
    return dict(made.state_dict())


def strangers() -> Iterator[Stranger]:
    """All cases, in the same order each time."""
    yield from _wrapped()
    yield from _prefixes()
    yield from _configs()
    yield from _names()


def answer(name: str, weights: str, expected: State | None, **arguments: Any) -> str:
    """Opens a network and describes it; `expected` are the weights that it should have."""
    from vizlib import load_model

    model = load_model(name, weights, "cpu", **arguments)
    found = model.network.state_dict()
    same = expected is None or all(key in found and torch.equal(found[key], each) for key, each in expected.items())
    model.predict(torch.zeros(1, 3, *model.input_size)) if model.class_names else None
    names, which = ", ".join(model.class_names[:3]), "as saved" if same else "OTHER WEIGHTS"
    outputs = getattr(model.network, "num_classes", 0)  # a single one is read as a class and its absence
    return f"result: {outputs} classes ({names}), {which}. {model.notice}"


def _by_path(file: str, expected: State | None, **arguments: Any) -> Callable[[Path], str]:
    return lambda folder: answer(ARCHITECTURE, str(folder / file), expected, **arguments)


def _local(name: str, expected: State | None) -> Callable[[Path], str]:
    def run(folder: Path) -> str:
        os.environ["VIZLIB_WEIGHTS"] = str(folder)
        return answer(f"local/{name}", "default", expected)

    return run


def _saved(content: Any, file: str, **words: Any) -> Callable[[Path], None]:
    if file.lower().endswith(".safetensors"):
        return lambda folder: save_file(content, folder / file)
    return lambda folder: torch.save(content, folder / file, **words)


def _opens(classes: int, first: str = "class 0", notice: str = "") -> str:
    return rf"^result: {classes} classes \({first}.*as saved\. .*{notice}"


# Containers and what lies beside the weights

_KEYS = ("state_dict", "model", "model_state_dict", "net", "network", "module", "weights", "params", "generator", "x")
_ENDINGS = (".pth", ".pt", ".bin", ".ckpt", ".pth.tar", ".tar", ".PTH", ".Ckpt")


def _beside() -> dict[str, Any]:
    weight = torch.nn.Parameter(torch.zeros(3))
    return {
        "nothing": None,
        "epoch": 3,
        "best": np.float64(71),
        "history": np.arange(9.0),
        "args": argparse.Namespace(lr=0.1, out=Path("runs")),
        "optimizer": torch.optim.AdamW([weight]).state_dict(),
        "criterion": nn.CrossEntropyLoss(),
        "text": "**bold** :tada:",
    }


def _wrapped() -> Iterator[Stranger]:
    draw = random.Random(SEED)
    beside = _beside()
    paths = [*((key,) for key in _KEYS), *product(_KEYS, _KEYS), ("checkpoint", "model", "state_dict")]
    for number, path in enumerate(paths):
        classes, what = draw.choice((1, 3, 5, 1000)), draw.choice([*beside])
        content: Any = sound(classes)
        for key in reversed(path):
            content = {key: content, "epoch": 3}
        content[what] = beside[what]
        file, old = f"{ARCHITECTURE}{draw.choice(_ENDINGS)}", number % 5 == 0
        first = "tench" if classes == 1000 else "class 0"
        write = _saved(content, file, _use_new_zipfile_serialization=not old)
        title = f"{'.'.join(path)} with {what} as {file}, {classes} classes{', old format' if old else ''}"
        refused = old and what in ("args", "criterion")  # objects whose kind the old format does not tell beforehand
        says = r"^local/test_resnet\.\w+ holds program code or other" if refused else _opens(classes, first)
        yield Stranger("wrapped", title, write, _local(ARCHITECTURE, sound(classes)), says)
    yield from _averaged()
    yield from _asked()


def _averaged() -> Iterator[Stranger]:
    averaged = {key: each * 0.5 if each.is_floating_point() else each for key, each in sound().items()}
    for key in (
        "state_dict_ema",
        "model_ema",
        "ema_state_dict",
        "ema",
        "ema_model",
        "swa_model",
        "model_state_dict_ema",
    ):
        for inner in ("", "module", "state_dict"):
            content = {"state_dict": sound(), key: {inner: averaged, "decay": 0.999} if inner else averaged}
            says = _opens(5, notice=f"averaged weights in the file .{key}")
            title = f"averaged: {key}.{inner}"
            yield Stranger("wrapped", title, _saved(content, "mine.pth"), _by_path("mine.pth", averaged), says)


def _asked() -> Iterator[Stranger]:
    for there, asked in product((1, 3, 5, 10), (1, 3, 5, 10, 1000)):
        says = _opens(there) if there == asked else f"^mine.pth has {there} classes, where {asked} were asked for"
        run = _by_path("mine.pth", sound(there), num_classes=asked)
        yield Stranger("wrapped", f"{there} classes, {asked} asked for", _saved(sound(there), "mine.pth"), run, says)


# Prefixes and heads

_PREFIXES = ("module.", "model.", "backbone.", "encoder.", "net.", "_orig_mod.", "student.", "a-b.", "x.y.z.")


def _named(state: State, prefix: str) -> State:
    return {prefix + key: each for key, each in state.items()}


def _headless(state: State) -> State:
    return {key: each for key, each in state.items() if not key.startswith("fc.")}


def _with_heads(state: State, **heads: nn.Module) -> State:
    found = _headless(state)
    for name, head in heads.items():
        found |= _named(dict(head.state_dict()), f"{name}.")
    return found


def _prefixes() -> Iterator[Stranger]:
    stacked = [*_PREFIXES, *(a + b for a, b in product(_PREFIXES, _PREFIXES) if a != b)]
    for number, prefix in enumerate(stacked):
        content: Any = _named(sound(), prefix)
        content = {"state_dict": content} if number % 2 else {**content, "loss.weight": torch.ones(5)}
        notice = "" if number % 2 else "left out: loss"
        run = _by_path("mine.pth", sound())
        yield Stranger("prefixes", prefix, _saved(content, "mine.pth"), run, _opens(5, notice=notice))
    for prefix in ("", *_PREFIXES):
        for title, content, says in _heads():
            state = _named(content, prefix)
            run = _by_path("mine.safetensors", _headless(sound()))
            yield Stranger("prefixes", f"{prefix} {title}", _saved(state, "mine.safetensors"), run, says)


def _heads() -> Iterator[tuple[str, State, str]]:
    torch.manual_seed(SEED)
    width = sound()["fc.weight"].shape[1]
    for classes in (2, 7):
        last, both = nn.Linear(width, classes), nn.Linear(width, 3)
        deep = nn.Sequential(nn.Linear(width, 16), nn.ReLU(), nn.Linear(16, classes))
        normed = nn.Sequential(nn.BatchNorm1d(width), nn.Linear(width, classes))
        dropped = nn.Sequential(nn.Dropout(), nn.Linear(width, classes))
        says = _opens(classes, notice="The classifier is called ")
        yield f"a head called head, {classes}", _with_heads(sound(), head=last), says
        yield f"a head called fc.1, {classes}", _with_heads(sound(), fc=dropped), says
        yield f"a head without bias, {classes}", _with_heads(sound(), top=nn.Linear(width, classes, bias=False)), says
        several = rf"^mine.safetensors has a head of several layers .* with {classes} classes.*num_classes=0"
        for name in ("fc", "head"):
            yield f"several layers as {name}, {classes}", _with_heads(sound(), **{name: deep}), several
            yield f"normed as {name}, {classes}", _with_heads(sound(), **{name: normed}), several
        two = rf"has several heads \(.*a with {classes} classes, .*b with 3 classes\)"
        yield f"two heads, {classes}", _with_heads(sound(), a=last, b=both), two
    yield "no head", _headless(sound()), r"^result: 0 classes .*as saved.*holds no classifier"
    gray = dict(sound(5, 1))
    yield "gray", gray, r"^result: 5 classes "
    yield (
        "one layer short",
        {key: each for key, each in sound().items() if key != "conv1.0.weight"},
        "^mine.safetensors is not a",
    )
    yield (
        "another network",
        dict(timm.create_model("test_vit").state_dict()),
        "^mine.safetensors is not a checkpoint of test_res",
    )


# Configurations

_ANIMALS = ["cat", "dog", "cow", "hen", "owl"]


def _ways(names: list[str]) -> Iterator[tuple[str, Any]]:
    by_number, by_name = {str(at): each for at, each in enumerate(names)}, {each: at for at, each in enumerate(names)}
    for key in ("label_names", "labels", "classes", "class_names"):
        yield key, names
        yield key, by_number
        yield key, by_name
    for key in ("id2label", "idx_to_class"):
        yield key, by_number
    for key in ("label2id", "class_to_idx"):
        yield key, by_name
        yield key, {each: str(at) for each, at in by_name.items()}


def _configs() -> Iterator[Stranger]:
    for named, classes in product((2, 3, 5), (2, 3, 5)):
        for key, value in _ways(_ANIMALS[:named]):
            says = (
                _opens(classes, "cat, dog") if named == classes else rf"{key} has {named} names for {classes} classes"
            )
            for where in ("outside", "inside", "flat"):
                title = f"{key} as {str(value)[:12]} {where}: {named} names, {classes} classes"
                yield _configured(title, classes, where, {key: value}, says)
    for there, said in product((1, 3, 5), (1, 3, 5, 1000)):
        says = _opens(there) if there == said else f"has {there} classes, where its config.json says {said}"
        yield _configured(f"num_classes {said}, {there} in the file", there, "outside", {"num_classes": said}, says)
    tagged = {"pretrained_cfg": {"input_size": [3, 64, 64], "tag": "a1_in1k"}}
    yield _configured("1000 of its own", 1000, "outside", {}, _opens(1000))
    yield _configured("1000 of ImageNet", 1000, "outside", tagged, _opens(1000, "tench"))
    for odd in (5, "cat", [None], [["cat"]], {"a": "b"}, {"1": "cat", "2": "dog"}, {"0": "cat", "00": "dog"}):
        says = "In the config.json of mine, (label_names is|the numbers in label_names are not)"
        yield _configured(f"names {odd}", 2, "outside", {"label_names": odd}, says)


def _configured(title: str, classes: int, where: str, config: dict[str, Any], says: str) -> Stranger:
    content: dict[str, Any] = {"architecture": ARCHITECTURE}
    if where == "flat":
        content |= {"input_size": [3, 64, 64], "model_type": "mine", **config}
    elif where == "inside":
        content |= {"pretrained_cfg": {"input_size": [3, 64, 64], **config}}
    else:
        content |= {"pretrained_cfg": {"input_size": [3, 64, 64]}, **config}

    def write(folder: Path) -> None:
        (folder / "mine").mkdir()
        save_file(sound(classes), folder / "mine" / "model.safetensors")
        (folder / "mine" / "config.json").write_text(json.dumps(content))

    return Stranger("configs", title, write, _local("mine", sound(classes)), says)


# Names of networks


def _names() -> Iterator[Stranger]:
    draw = random.Random(SEED)
    for name in draw.sample(timm.list_pretrained(), 60):
        for title, written in _spellings(name):
            yield _asked_for(f"{name} as {title}", written, f"^result: {re.escape(name)}$")
    for name in draw.sample(timm.list_models(), 60):
        at = draw.randrange(1, len(name))
        for title, written in (("a letter more", name[:at] + "q" + name[at:]), ("owner", f"somebody/{name}")):
            yield _asked_for(
                f"{name} with {title}", written, "^There is no network called .*(Did you mean|Choose another)"
            )
        yield _asked_for(f"{name} with another tag", f"{name}.nobodys", "There is no published network called")
    for name in ("alexnet", "googlenet", "squeezenet1_0"):
        for title, written in _spellings(name):
            says = f"^There is no network called .*torchvision has it: torchvision/{name}"
            yield _asked_for(f"{name} as {title}", written, says)


def _spellings(name: str) -> Iterator[tuple[str, str]]:
    yield "it is", name
    yield "on its card", f"timm/{name}"
    yield "for the hub", f"hf-hub:timm/{name}"
    yield "for the older hub", f"hf_hub:timm/{name}"
    yield "capitals", name.upper()
    yield "with dashes", name.replace("_", "-")
    yield "with spaces around", f"  {name} "


def _asked_for(title: str, name: str, says: str) -> Stranger:
    def run(folder: Path) -> str:
        from vizlib.weights import find

        os.environ["VIZLIB_WEIGHTS"] = str(folder)
        return f"result: {find(name).name}"

    return Stranger("names", title, _nothing, run, says)


def _nothing(folder: Path) -> None: ...
