"""What help() shows of every public name: what it does, each argument, errors, fields, and an example that runs."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

import vizlib

NO_ERRORS = {"heat", "read_recipe", "settings", "shakes", "to_image"}  # functions that take anything they can be given
UNCLEAR = (
    "taken for",
    "as a person means",
    "order of the screen",
    "with its remedy",
    "What lies in",
    "opened without",
    "as of `",
    "whoever",
    "anew",
    "hangs on",
    "speaks for",
    "it lies",
    "own accord",
)


def public() -> dict[str, Any]:
    """The functions and classes of the engine's surface; of a callable package its function."""
    named = {name: getattr(vizlib, name) for name in vizlib.__all__ if name != "FRAMES"}
    return {name: vars(each)[name] if inspect.ismodule(each) else each for name, each in named.items()}


def members() -> dict[str, Any]:
    """The public methods and properties of the public classes, as far as they are ours."""
    return {
        f"{name}.{member}": value.fget if isinstance(value, property) else inspect.unwrap(getattr(value, "func", value))
        for name, each in public().items()
        if inspect.isclass(each)
        for member, value in vars(each).items()
        if not member.startswith("_") and (callable(value) or isinstance(value, property) or hasattr(value, "func"))
    }


def names_of(function: Any) -> Iterator[str]:
    yield from (name for name in inspect.signature(function).parameters if name not in ("self", "cls"))


def lacking(name: str, subject: Any) -> list[str]:
    """What the help of a name does not say."""
    text = subject.__doc__ or ""
    found = [] if text.strip() else ["it says nothing"]
    if inspect.isclass(subject):
        arguments = [each.name for each in fields(subject)] if is_dataclass(subject) else []
    else:
        arguments = list(names_of(subject))
        if arguments and "." not in name and name not in NO_ERRORS and not re.search(r"\bRaises?\b", text):
            found.append("it does not say what it raises")
    if subject is vizlib.Settings:
        arguments = []  # `vizlib.settings()` lists them
    found += [f"it does not name {each}" for each in arguments if not re.search(rf"\b{each}\b", text)]
    if (
        "." not in name
        and not (inspect.isclass(subject) and issubclass(subject, vizlib.VizError))
        and ">>>" not in text
    ):
        found.append("it has no example")
    return found + [f"it says {each!r}" for each in UNCLEAR if each in text]


@pytest.mark.parametrize("name", [*public(), *members()])
def test_help_says_what_it_does_its_arguments_its_errors_and_an_example(name: str) -> None:
    assert not lacking(name, {**public(), **members()}[name])


def test_help_shows_the_fields_of_the_public_records() -> None:
    for name, each in public().items():
        if is_dataclass(each) and each is not vizlib.Settings:
            assert "Attributes:" in (each.__doc__ or ""), name


@pytest.mark.parametrize("name", public())
def test_the_example_in_the_help_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIZLIB_WEIGHTS", raising=False)
    subject = public()[name]
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    for example in doctest.DocTestFinder().find(subject, name, module=False, globs={}):
        runner.run(example, out=said.append)
    assert not runner.failures, "".join(said)


def test_a_help_that_lacks_something_is_noticed() -> None:
    def undone(model: object, pixels: object) -> None:
        """Looks at what the model is taken for."""

    assert lacking("undone", undone) == [
        "it does not say what it raises",
        "it does not name pixels",
        "it has no example",
        "it says 'taken for'",
    ]
