"""The words that several commands share, each explained once, and what they mean: a network, settings, a class."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any, Final

from vizlib.errors import VizError
from vizlib.method import Menu, options
from vizlib.models import Classifier, load_model

USUAL_NETWORK: Final = "bundled/scenes"
_PICTURES: Final = """Pictures are files, folders (with all folders inside) and patterns such as 'photos/*.jpg'; also
scene:7 and digit:7 (drawn with that seed), photograph:cat, and photographs for all of scikit-image's."""
_CODES: Final = """The exit code is 0 if all went well, 1 if something failed (a picture that cannot be read is told on
the standard error, and the others go on), and 2 if the words cannot be understood."""
_NETWORK: Final = f"""a timm name such as resnet50, bundled/NAME, local/NAME (a file or folder in VIZLIB_WEIGHTS) or
torchvision/NAME ({USUAL_NETWORK})"""


def parser(word: str, about: str, example: str, epilog: str = "", pictures: bool = False) -> argparse.ArgumentParser:
    """The parser of a command, with the words that every command has.

    about: what the command does, and what it writes. example: command lines. epilog: what its help says at the end.
    pictures: whether the command takes pictures.
    """
    more = "\n\n".join(filter(None, [_PICTURES if pictures else "", epilog, _CODES]))
    made = bare(word, f"{about}\n\n{example}", more)
    made.add_argument("--json", action="store_true", help="prints one JSON object for each result, each on a line")
    made.add_argument("--quiet", action="store_true", help="shows no progress; there is none outside of a terminal")
    if pictures:
        made.add_argument("pictures", nargs="+", metavar="PICTURE", help="a file, a folder, a pattern, or scene:7")
    return made


def bare(word: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """The parser of a command with the words that say where a network computes."""
    kind = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser(
        f"filterscope {word}", description=description, epilog=epilog, formatter_class=kind, allow_abbrev=False
    )
    made.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps or auto: the best one here (auto)")
    words = "default (pretrained), random, or the path of a checkpoint of this network (default)"
    made.add_argument("--weights", default="default", help=words)
    return made


def listed(menu: Menu[Any]) -> int:
    """Prints the methods of a menu with their settings; returns the exit code."""
    for method in menu:
        print(f"{method.key}: {method.label} ({method.paper}). {method.idea}\n{options(method.knobs)}\n")
    return 0


def add_network(made: argparse.ArgumentParser) -> None:
    made.add_argument("--network", default=USUAL_NETWORK, metavar="NAME", help=_NETWORK)


def add_networks(made: argparse.ArgumentParser) -> None:
    words = f"{_NETWORK}; may be given several times"
    made.add_argument("--network", action="append", metavar="NAME", help=words)


def add_out(made: argparse.ArgumentParser, what: str, usual: str = ".") -> None:
    words = f"the folder for {what}, made where it is missing ({'this one' if usual == '.' else usual})"
    made.add_argument("--out", default=usual, metavar="FOLDER", help=words)


def add_seed(made: argparse.ArgumentParser) -> None:
    made.add_argument("--seed", type=number, default=0, help="of everything that is random (0)")


def add_settings(made: argparse.ArgumentParser, of: str) -> None:
    words = f"a setting of {of}, such as {'samples=50' if 'method' in of else 'tv=0.5'}; may be given several times"
    made.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE", help=words)


def number(given: str) -> int:
    """A whole number from 0, for argparse."""
    value = int(given)
    if value < 0:
        raise ValueError(given)
    return value


number.__name__ = "whole number"  # argparse says "invalid whole number value"


def count(given: str) -> int:
    """A whole number from 1, for argparse."""
    return number(given) or number("-1")


count.__name__ = "count"


def settings(given: Sequence[str]) -> dict[str, Any]:
    """Names and values of NAME=VALUE: numbers, true and false where they are such, else texts. Raises VizError."""
    return dict(map(_setting, given))


def _setting(given: str) -> tuple[str, Any]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise VizError(f"--set is {given!r}.", "Give NAME=VALUE.")
    try:
        return name, json.loads(value.lower() if value.lower() in ("true", "false") else value)
    except ValueError:
        return name, value


def target(given: str) -> int | str:
    """A class as it was named: its number where it is one."""
    return int(given) if given.isdecimal() else given


def network(asked: argparse.Namespace, name: str = "") -> Classifier:
    """The network that the words name. Raises what `load_model` raises."""
    return load_model(name or asked.network, asked.weights, asked.device)


def part_of(model: Classifier, what: str) -> dict[str, Any]:
    """The part of a recipe that names the network and the kind of result."""
    return {"what": what, "network": model.name, "weights": model.fingerprint}


def file_name(name: str) -> str:
    """A name as the beginning of a file's name."""
    return "".join(each if each.isalnum() or each in ".-" else "_" for each in name).strip("._") or "_"
