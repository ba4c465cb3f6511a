"""Fuzzes everything that reads input from strangers: pictures, archives, recipes, names and links.

    python -m benchmarks.hostile.fuzz --minutes 10
    python -m benchmarks.hostile.fuzz --minutes 0.3 --seed 1 --no-write

Valid files of every format are cut, spliced, flipped and given false sizes, by seed; hypothesis makes the text. Each
input must soon give a picture, a value or a VizError with a remedy. One that does not is saved in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.hostile.archives import usual, zipped
from benchmarks.hostile.pictures import FORMATS, black_png, flat, noise, saved, scan_bomb, tiff, with_text
from benchmarks.results import write_section
from vizlib import VizError, load_model, open_picture
from vizlib.errors import UnknownName
from vizlib.layers import find_layer
from vizlib.pictures import encode_png, read_recipe, unpacked_pictures
from vizlib.runs import Recipe
from vizlib.weights import find, hub

SECONDS = 10.0  # the most that one input may take
_NUMBERS = (0, 1, 7, 8, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1)
Draw = np.random.Generator


@cache
def pictures() -> list[bytes]:
    """Valid files of every format, mode and kind of metadata, so small that most changes hit something that is read."""
    small = noise(24, 20)
    moving = {"save_all": True, "append_images": [flat("RGB", (24, 20))] * 3}
    found = [saved(small, kind) for kind in FORMATS]
    found += [saved(small, kind, **moving) for kind in ("GIF", "PNG", "WebP", "TIFF")]
    found += [saved(flat(mode, (24, 20)), "TIFF") for mode in ("1", "CMYK", "LAB", "YCbCr", "F", "I", "I;16", "RGBA")]
    found += [saved(small, "TIFF", compression=each) for each in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg")]
    found += [saved(flat("1", (24, 20)), "TIFF", compression=each) for each in ("group3", "group4")]
    found += [saved(small.convert(mode)) for mode in ("1", "L", "LA", "P", "RGBA", "I;16")]
    found += [saved(small, "JPEG", progressive=True), saved(small.convert("CMYK"), "JPEG"), scan_bomb(64, 64, 5)]
    found += [saved(small.quantize(5), transparency=2), black_png(24, 20, 16, 6), saved(small, "WebP", lossless=True)]
    return [*found, tiff(16, 16, (273, 4, 1, 8), (278, 4, 1, 16), (279, 4, 1, 256), data=bytes(256))]


@cache
def archives() -> list[bytes]:
    return [usual(), zipped([("a/b.png", saved(noise(16, 12))), ("c.gif", saved(noise(16, 12), "GIF"))], 0)]


@cache
def recipes() -> list[bytes]:
    small = np.zeros((9, 9, 3), np.uint8)
    some: list[dict[str, Any]] = [{}, {"what": "fooling image", "target": 1}, {"a": [1, {"b": None}], "\u00e4": -1.5e3}]
    return [*(encode_png(small, each) for each in some), with_text(b'{"a": [[[1]]], "b": "\\u00e9\\ud83d\\ude00"}')]


def mutated(draw: Draw, sources: list[bytes]) -> bytes:
    """One of the files with one to six changes."""
    data = bytearray(sources[int(draw.integers(len(sources)))])
    for _ in range(int(draw.integers(1, 7))):
        if not data:
            break
        _CHANGES[int(draw.integers(len(_CHANGES)))](draw, data, sources)
    return bytes(data)


def _at(draw: Draw, data: bytearray) -> int:
    """A random offset; every second one is near the beginning, where the headers are."""
    end = len(data) if draw.random() < 0.5 else min(len(data), 120)
    return int(draw.integers(end)) if end else 0


def _flip(draw: Draw, data: bytearray, _: list[bytes]) -> None:
    data[_at(draw, data)] ^= 1 << int(draw.integers(8))


def _bytes(draw: Draw, data: bytearray, _: list[bytes]) -> None:
    at = _at(draw, data)
    data[at : at + int(draw.integers(1, 9))] = draw.bytes(int(draw.integers(0, 9)))


def _number(draw: Draw, data: bytearray, _: list[bytes]) -> None:
    """Overwrites a length, size or count with another value."""
    form = "BHI"[int(draw.integers(3))]
    value = _NUMBERS[int(draw.integers(len(_NUMBERS)))] % 256 ** struct.calcsize(form)
    packed, at = struct.pack("<>"[int(draw.integers(2))] + form, value), _at(draw, data)
    data[at : at + len(packed)] = packed


def _cut(draw: Draw, data: bytearray, _: list[bytes]) -> None:
    del data[_at(draw, data) :]


def _leave_out(draw: Draw, data: bytearray, _: list[bytes]) -> None:
    at = _at(draw, data)
    del data[at : at + int(draw.integers(1, 60))]


def _repeat(draw: Draw, data: bytearray, _: list[bytes]) -> None:
    at = _at(draw, data)
    data[at:at] = data[at : at + int(draw.integers(1, 60))] * int(draw.integers(1, 40))


def _splice(draw: Draw, data: bytearray, sources: list[bytes]) -> None:
    other = sources[int(draw.integers(len(sources)))]
    start = int(draw.integers(len(other)))
    data[_at(draw, data) :] = other[start:]


def _mend_sums(draw: Draw, data: bytearray, _: list[bytes]) -> None:
    """Corrects a PNG's checksums, so that the decoder reads the changed data."""
    at = 8
    while data.startswith(b"\x89PNG") and at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            return
        struct.pack_into(">I", data, at + 8 + length, zlib.crc32(data[at + 4 : at + 8 + length]))
        at += 12 + length


_CHANGES = (_flip, _bytes, _number, _number, _cut, _leave_out, _repeat, _splice, _mend_sums, _mend_sums)


# The targets: each takes an input and raises an error if the result is not valid


def open_it(data: bytes) -> str:
    picture = open_picture(data)
    assert picture.mode == "RGB"
    assert min(picture.size) >= 8
    return "opened"


def unpack(data: bytes) -> str:
    for title, picture in unpacked_pictures([("a.zip", data)]):
        assert title.isprintable()
        assert "/" not in title
        assert picture.mode == "RGB"
        assert max(picture.size) <= 640
    return "opened"


def read(data: bytes) -> str:
    recipe = read_recipe(data)
    if recipe is None:
        return "none"
    assert Recipe(recipe).key == Recipe(json.loads(Recipe(recipe).text)).key
    json.dumps(recipe, allow_nan=False).encode()
    return "read"


def key(parts: Any) -> str:
    """A recipe of JSON values has the same text in any order of its parts, and can be read back from a PNG."""
    same = dict(reversed(parts.items()))
    assert Recipe(parts).key == Recipe(same).key
    back = read_recipe(encode_png(np.zeros((8, 8), np.uint8), parts))
    assert back is None or back == parts
    return "read"


def name(text: str) -> str:
    """Looks up a network's name as it comes from the address."""
    source = find(text)
    assert find(source.name).name == source.name  # timm's own spelling, or the name as it was given
    assert ".." not in text
    hub.timm_config(text) if source.kind == "hub" else None
    return "found"


def layer(text: str) -> str:
    return find_layer(_network(), text).path


@cache
def _network() -> Any:
    return load_model("bundled/sheep_or_goat", device="cpu")


def class_name(text: str) -> str:
    """A class in the address becomes one of the options or none. Streamlit's own parser reads the address first."""
    from streamlit.runtime.state.query_params import parse_url_param

    from vizlib.ui.shared.class_choice import number_of, option_of, told_apart
    from vizlib.ui.shared.links import unreadable

    for kind in ("int_value", "string_value", "double_value", "bool_value", "double_array_value", "int_array_value"):
        try:
            value = parse_url_param(text, kind)
        except ValueError:
            continue
        if isinstance(value, float) and not unreadable(text):
            int(value) if value == value else None  # Streamlit's number boxes do this too
    names = [text, "crane", "crane"]
    assert [number_of(option_of(index, name)) for index, name in enumerate(names)] == [0, 1, 2]
    assert len(set(told_apart(names, range(3)))) == 3
    return "read"


WORDS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(), max_size=20).map(lambda text: f"local/{text}"),
    st.text("./\\ab", max_size=30).map(lambda text: f"bundled/{text}"),
    st.sampled_from(["resnet18", "resnet18.a1_in1k", "layer1", "layer2.1.conv2", "bundled/scenes"]).flatmap(
        lambda word: st.text(max_size=3).map(lambda more: word + more)
    ),
    st.floats().map(str),
    st.integers().map(str),
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)
)
PARTS = st.dictionaries(
    st.text(max_size=9),
    st.recursive(LEAVES, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=4), inside)),
    max_size=5,
)
BYTES: dict[str, tuple[Callable[[bytes], str], Callable[[], list[bytes]]]] = {
    "open_picture": (open_it, pictures),
    "unpacked_pictures": (unpack, archives),
    "read_recipe": (read, recipes),
}
TEXTS: dict[str, tuple[Callable[[Any], str], st.SearchStrategy[Any]]] = {
    "recipe": (key, PARTS),
    "network name": (name, WORDS),
    "layer name": (layer, WORDS),
    "link": (class_name, WORDS),
}


@dataclass
class Tally:
    """What became of the inputs of one target."""

    target: str
    seconds: float = 0.0
    slowest: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)  # each with the path of the file that reproduces it

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())

    def try_(self, target: Callable[[Any], str], given: Any, folder: Path) -> None:
        began = time.perf_counter()
        try:
            what, fault = target(given), ""
        except VizError as problem:
            told = problem.sentence and (problem.remedy or isinstance(problem, UnknownName))
            what, fault = "sentence", "" if told else f"no remedy: {problem!r}"
        except Exception as problem:  # noqa: BLE001  whatever it is, it is what this command looks for
            what, fault = "crash", f"{type(problem).__name__}: {str(problem)[:200]}"
        taken = time.perf_counter() - began
        if taken > SECONDS:
            fault = f"{taken:.0f} s"
        self.seconds += taken
        self.slowest = max(self.slowest, taken)
        self.outcomes[what if what in ("sentence", "crash", "none") else "opened or read"] += 1
        if fault and len(self.wrong) < 20:
            self.wrong.append(f"{fault}: {self._saved(given, folder)}")

    def _saved(self, given: Any, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.target.replace(' ', '_')}_{len(self.wrong)}"
        path.write_bytes(given if isinstance(given, bytes) else repr(given).encode(errors="backslashreplace"))
        return path


def fuzz(seconds: float, number: int, folder: Path) -> list[Tally]:
    """Fuzzes each target for its share of the time. Targets that decode bytes get most of it."""
    quiet, old = os.open(os.devnull, os.O_WRONLY), os.dup(2)
    os.dup2(quiet, 2)  # decoders written in C print their messages there
    try:
        share = seconds / (2 * len(BYTES) + len(TEXTS))
        found = [_bytes_for(2 * share, target, number, folder) for target in BYTES]
        return [*found, *(_texts_for(share, target, number, folder) for target in TEXTS)]
    finally:
        os.dup2(old, 2)
        os.close(old)
        os.close(quiet)


def _bytes_for(seconds: float, target: str, number: int, folder: Path) -> Tally:
    tally, (run, sources) = Tally(target), BYTES[target]
    for data in _inputs(np.random.default_rng([number, sorted(BYTES).index(target)]), sources(), seconds):
        tally.try_(run, data, folder)
    return tally


def _inputs(draw: Draw, sources: list[bytes], seconds: float) -> Iterator[bytes]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        random = draw.random() < 0.03
        yield draw.bytes(int(draw.integers(0, 400))) if random else mutated(draw, sources)


def _texts_for(seconds: float, target: str, number: int, folder: Path) -> Tally:
    tally, (run, words) = Tally(target), TEXTS[target]
    until, at_once = time.monotonic() + seconds, 200
    while time.monotonic() < until:
        number += 1

        @seed(number)
        @settings(max_examples=at_once, database=None, deadline=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(words)
        def some(given: Any) -> None:
            tally.try_(run, given, folder)

        some()
    return tally


def table(tallies: list[Tally]) -> str:
    lines = ["| target | inputs | opened or read | sentences | none | slowest (s) | wrong |", "|---|" + "---:|" * 6]
    for each in tallies:
        kinds = [each.outcomes[kind] for kind in ("opened or read", "sentence", "none")]
        lines.append(
            f"| {each.target} | {each.count:,} | " + " | ".join(f"{kind:,}" for kind in kinds)
            + f" | {each.slowest:.2f} | {len(each.wrong)} |"
        )  # fmt: skip
    total, wrong = sum(each.count for each in tallies), [fault for each in tallies for fault in each.wrong]
    seconds = sum(each.seconds for each in tallies)
    verdict = f"{total:,} inputs in {seconds:.0f} s of trying: {len(wrong)} crashes or hangs."
    return "\n".join([*lines, "", verdict, *(f"- {each}" for each in wrong)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    tallies = fuzz(60 * asked.minutes, asked.seed, Path(tempfile.gettempdir()) / f"filterscope_fuzz_{asked.seed}")
    print(table(tallies))
    if not asked.no_write:
        write_section("Fuzzing", f"python -m benchmarks.hostile.fuzz --minutes {asked.minutes:g}", table(tallies))
    return int(any(each.wrong for each in tallies))


if __name__ == "__main__":
    sys.exit(main())
