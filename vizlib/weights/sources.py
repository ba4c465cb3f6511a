"""Where the weights of a network are.

Four sources: the checkpoints that the project ships, the folder in VIZLIB_WEIGHTS, what timm and torchvision have
published (both are called the hub here), or random numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from vizlib.errors import CheckpointMismatch, ModelUnavailable, UnknownName
from vizlib.weights import registry, torchvision_zoo
from vizlib.weights.config import Config, read_config
from vizlib.weights.layout import CONFIG, WEIGHTS
from vizlib.weights.local import local_models, own_checkpoint, stem_of
from vizlib.weights.names import LONGEST, canonical, of_file, unknown, unknown_tag

BUNDLED = Path(__file__).resolve().parents[1] / "bundled"
_ABOUT_THE_FOLDER = "VIZLIB_WEIGHTS has to name a folder of checkpoints (resnet18.pth), or of folders with config.json."


@dataclass(frozen=True)
class Source:
    """One network with its weights, found but not yet read."""

    name: str  # "resnet18", "torchvision/alexnet", "bundled/scenes", "local/my_birds", in the usual spelling
    kind: str  # "bundled", "local", "file", "hub" or "random"
    architecture: str  # a name in the registry, perhaps with its tag; "" where only the file itself may say it
    file: Path | bytes | None = None  # the checkpoint or its content, None where there is none yet
    config: Config | None = None  # of a network's own folder
    tag: str | None = None  # the published weights that the file's name says it holds ("a1_in1k"); None: the usual
    called: str = ""  # what a person calls the checkpoint: "local/my_birds", never its path


def bundled_models() -> list[str]:
    """The names of the networks that come with the package; `load_model` opens them without a connection.

    Example:
        >>> import vizlib
        >>> vizlib.bundled_models()
        ['bundled/digits', 'bundled/scenes', 'bundled/scenes_half', 'bundled/scenes_vgg', 'bundled/sheep_or_goat']
    """
    return [f"bundled/{each.parent.name}" for each in sorted(BUNDLED.glob("*/config.json"))]


def find(name: str, weights: str | PathLike[str] = "default") -> Source:
    """The source that `name` and `weights` mean. Raises UnknownName, ModelUnavailable or CheckpointMismatch.

    Names are understood as model cards write them: "timm/resnet18.a1_in1k", "hf-hub:timm/...", "ResNet-18". Published
    weights may be named by `weights`, too: "torchvision/resnet50" with "IMAGENET1K_V1".
    """
    if not name.startswith("local/"):  # the name of a file may be longer than those in sentences
        name, weights = _tagged(name[:LONGEST], weights)
    if name.startswith("bundled/"):
        if name not in bundled_models():
            raise UnknownName.among("bundled network", name, bundled_models())
        source = _folder(Source(name, "bundled", ""), BUNDLED / name.removeprefix("bundled/"))
    elif name.startswith("local/"):
        source = _local(name, name)
    else:
        source = _find_published(name, canonical(name), look_here_first=weights == "default")
    if weights == "default":
        return source
    return replace(source, kind="random") if weights == "random" else _given(source, weights)


def from_files(files: Mapping[str, bytes], name: str) -> Source:
    """The source in files of timm's layout, which are in memory: config.json and model.safetensors by their names.

    Raises CheckpointMismatch or UnknownName.
    """
    if missing := [each for each in (CONFIG, WEIGHTS) if each not in files]:
        what = f"Of the files of {name}, {' and '.join(missing)} is missing."
        raise CheckpointMismatch(what, f"Give {CONFIG} and {WEIGHTS}.")
    config = read_config(Path(name), files[CONFIG])
    return Source(name, "file", config.architecture, files[WEIGHTS], config, called=name)


def _tagged(name: str, weights: str | PathLike[str]) -> tuple[str, str | PathLike[str]]:
    """The name with the tag of published weights that `weights` names, which are then the default."""
    if weights == "DEFAULT":  # torchvision's word
        return name, "default"
    tagged = canonical(f"{name}.{weights}")
    architecture, _, tag = tagged.partition(".")
    return (tagged, "default") if tag in registry.tags().get(architecture, ()) else (name, weights)


def _find_published(asked: str, name: str, look_here_first: bool) -> Source:
    if look_here_first and (here := _here(asked, name)):
        return _local(name, here)
    architecture = name.partition(".")[0]
    if not registry.is_model(architecture):
        raise unknown(name, [*bundled_models(), *local_models()])
    if _known_tag(name) != name:
        raise unknown_tag(name)
    return Source(name, "hub", name)


def _here(asked: str, name: str) -> str:
    """The local network with these weights, "" if there is none. torchvision's are looked for among files only."""
    there = local_models()
    local = {canonical(each.removeprefix("local/")): each for each in reversed(there)}
    found = [local[each] for each in (asked, *_spellings(name)) if each in local]
    if name.partition(".")[0] in torchvision_zoo.names():
        stems = [f"local/{each}" for each in torchvision_zoo.file_stems(name)]
        found += [each for each in stems if each in there and there[each].is_file()]
    return next(iter(found), "")


def _known_tag(name: str) -> str:
    """The name, without its tag if that is not known."""
    try:
        registry.config(name)
    except RuntimeError:
        return name.partition(".")[0]
    return name.rstrip(".")


def _spellings(name: str) -> tuple[str, ...]:
    """The names of the same weights: with and without the tag, if that is timm's default."""
    architecture, _, tag = name.partition(".")
    config = registry.config(architecture) if registry.is_model(architecture) else None
    if config is None or not config.tag or tag not in ("", config.tag):
        return (name,)
    return (name, f"{architecture}.{config.tag}" if not tag else architecture)


def _local(name: str, entry: str) -> Source:
    local = local_models()
    if entry not in local:
        error = UnknownName.among("local network", entry[:LONGEST], local)
        raise UnknownName(error.sentence, error.remedy or _ABOUT_THE_FOLDER)
    path = local[entry]
    architecture = _known_tag(name) if name != entry and registry.is_model(name) else ""
    found = Source(name, "local", architecture, called=f"local/{path.name}")
    return _folder(found, path) if path.is_dir() else _file(found, path)


def _file(source: Source, path: Path) -> Source:
    """The source with a file as its checkpoint, whose name may begin with that of its network."""
    architecture, tag = of_file(stem_of(path))
    known = f"{architecture}.{tag}" if tag else architecture
    found = source.architecture or (_known_tag(known) if architecture else "")
    return replace(source, file=path, architecture=found, tag=tag or None)


def _given(source: Source, weights: str | PathLike[str]) -> Source:
    """The source at the path `weights`, a file or a folder, for the network found already."""
    try:
        path = Path(weights).expanduser()
        there = bool(str(weights)) and path.exists()
    except (OSError, RuntimeError, ValueError):  # too long, an unknown user's home, or not readable
        there = False
    if not there:
        name = str(weights).rstrip("/\\").replace("\\", "/").rpartition("/")[2][:LONGEST]
        raise ModelUnavailable(
            f"There is no checkpoint at the path that ends in {name!r}.", "Check the path of the file or folder."
        )
    found = replace(source, kind="file", file=path, called=path.name)
    if path.is_dir():
        return _folder(found, path)
    architecture, tag = of_file(stem_of(path))
    asked = source.architecture.partition(".")
    if asked[1] or source.config or not source.architecture:  # the caller names the weights, or the folder does
        return found
    return replace(found, tag=(tag or None) if architecture == asked[0] else "of the caller")


def _folder(source: Source, path: Path) -> Source:
    """The source with a folder in timm's layout, which must hold the network of that name if there is one."""
    config = read_config(path)
    asked = source.name.partition(".")[0]
    if registry.is_model(asked) and asked != config.architecture.partition(".")[0]:
        raise CheckpointMismatch(
            f"The folder {path.name} holds {config.architecture}, not {asked}.", f"Ask for {config.architecture}."
        )
    file, called = own_checkpoint(path), source.called or source.name
    called = f"{called}/{file.name}" if file else called
    return replace(source, architecture=config.architecture, file=file, config=config, called=called)
