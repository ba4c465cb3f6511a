"""A short run of `python -m benchmarks.hostile` and `python -m benchmarks.hostile.fuzz`, and tests of both."""

from __future__ import annotations

import ast
import os
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.hostile import cases, fuzz
from benchmarks.hostile.cases import Case, Outcome, tried
from vizlib import VizError
from vizlib.weights import find, local_models

ROOT = Path(__file__).resolve().parents[2]
STRANGERS = {"wrapped", "prefixes", "configs", "names"}  # of which a test tries a few
LINKS = {"link", "name in a link", "letters in a link", "unknown in a link"}
SLOW = {"bomb", "zip bomb", "safetensors", "pickle", "upload", "aspect", *LINKS, *STRANGERS}  # the command tries all
QUICK_BOMBS = {"short.png", "text.png", "scans.jpg", "tile.tif", "lzw.gif", "bzip2", "overlapping, too many.zip"}


@pytest.fixture(scope="module")
def corpus() -> list[Case]:
    return cases.cases()


def outcomes(corpus: list[Case], kinds: set[str], folder: Path) -> list[Outcome]:
    found = []
    for number, case in enumerate(each for each in corpus if each.kind in kinds):
        (folder / str(number)).mkdir()
        found.append(tried(case, folder / str(number)))
    return found


@pytest.mark.slow
def test_the_corpus_is_large_and_the_same_each_time(corpus: list[Case]) -> None:
    names = [(each.kind, each.name) for each in corpus]
    assert len(names) == len(set(names))
    assert names == [(each.kind, each.name) for each in cases.cases()]
    counts = Counter(kind for kind, _ in names)
    assert sum(counts.values()) >= 900
    assert counts["link"] >= 300


@pytest.mark.slow
def test_every_quick_input_is_a_picture_a_result_or_a_sentence(
    corpus: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    kinds = {each.kind for each in corpus} - SLOW
    found = outcomes(corpus, kinds, tmp_path)
    assert len(found) >= 400
    assert [(each.kind, each.name, each.wrong) for each in found if each.wrong] == []
    assert max(each.seconds for each in found) < 2


@pytest.mark.slow
def test_bombs_are_refused_in_no_time(corpus: list[Case], tmp_path: Path) -> None:
    some = [each for each in corpus if each.kind == "bomb" and each.name in QUICK_BOMBS]
    assert len(some) >= 4
    for number, case in enumerate(some):
        (tmp_path / str(number)).mkdir()
        outcome = tried(case, tmp_path / str(number))
        assert outcome.wrong == ""
        assert outcome.seconds < 2


@pytest.mark.slow
def test_some_of_what_strangers_write_is_answered_truly(
    corpus: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    all_of_them = [each for each in corpus if each.kind in STRANGERS]
    assert len(all_of_them) > 1500
    assert all(each.says for each in all_of_them)
    found = outcomes(all_of_them[::17], STRANGERS, tmp_path)
    assert {each.kind for each in found} == STRANGERS
    assert [(each.kind, each.name, each.wrong) for each in found if each.wrong] == []


def test_a_sentence_that_gives_a_path_away_is_wrong(tmp_path: Path) -> None:
    assert tried(case(raising(VizError(f"{tmp_path}/x.pth is damaged.", "Copy it."))), tmp_path).wrong.startswith(
        "false"
    )


# The check itself


def case(run: object) -> Case:
    return Case("foreign", "x", lambda folder: run)  # type: ignore[arg-type, return-value]


def raising(problem: BaseException) -> object:
    def run() -> str:
        raise problem

    return run


@pytest.mark.parametrize(
    ("run", "wrong"),
    [
        (raising(VizError("Said.", "Do.")), ""),
        (raising(VizError("Said.")), "no remedy"),
        (raising(VizError("", "Do.")), "no remedy"),
        (raising(VizError("Two\nlines.", "Do.")), "no remedy"),
        (raising(IndexError("index")), "traceback: IndexError index"),
        (raising(KeyboardInterrupt()), "traceback: KeyboardInterrupt"),
        (lambda: "picture", "opened"),
        (lambda: "a half picture", "a half picture"),
    ],
)
def test_only_a_sentence_with_a_remedy_passes_for_what_must_not_open(run: object, wrong: str, tmp_path: Path) -> None:
    assert tried(case(run), tmp_path).wrong.startswith(wrong)
    assert bool(tried(case(run), tmp_path).wrong) == bool(wrong)


@pytest.mark.parametrize(
    ("run", "says", "true"),
    [
        (lambda: "result: 5 classes", "^result: 5 classes", True),
        (lambda: "result: 1000 classes", "^result: 5 classes", False),
        (lambda: "picture", "5 classes", False),
        (raising(VizError("It has 5 classes.", "Ask for 5.")), "has 5 classes.*Ask for 5", True),
        (raising(VizError("It has 1000 classes.", "Ask for 5.")), "has 5 classes", False),
    ],
)
def test_an_answer_that_is_not_true_of_the_input_is_wrong(run: object, says: str, true: bool, tmp_path: Path) -> None:
    given = Case("wrapped", "x", lambda folder: run, says=says)  # type: ignore[arg-type, return-value]
    assert tried(given, tmp_path).wrong.startswith("false: ") is not true


def test_what_takes_too_much_memory_is_wrong() -> None:
    assert Outcome("bomb", "x", "picture", 0.1, cases.MEGABYTES + 1).wrong
    assert not Outcome("bomb", "x", "picture", 0.1, cases.MEGABYTES - 1).wrong


def test_a_hang_and_a_dead_process_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Outcome("a", "1", "picture", 1.0, 0),
        Outcome("a", "2", "hang", 99.0, 0),
        Outcome("b", "3", "the process died", 1.0, 0),
        Outcome("b", "4", "traceback: IndexError", 1.0, 0),
        Outcome("b", "5", "false: It has 1000 classes.", 1.0, 0),
    ]
    assert cases.verdict(found).startswith("5 inputs: 1 tracebacks, 1 false sentences, 1 hangs, 1 other faults")
    monkeypatch.setattr(cases, "run", lambda only: found)
    monkeypatch.setattr("sys.argv", ["hostile", "--no-write"])
    assert cases.main() == 1
    monkeypatch.setattr(cases, "run", lambda only: found[:1])
    assert cases.main() == 0
    monkeypatch.setattr(cases, "run", lambda only: [])
    assert cases.main() == 1, "nothing tried is nothing shown"


# Fuzzing


@pytest.mark.slow
def test_a_few_seconds_of_fuzzing_find_nothing(tmp_path: Path) -> None:
    tallies = fuzz.fuzz(6, 11, tmp_path)
    assert [each.wrong for each in tallies if each.wrong] == []
    assert {each.target for each in tallies} == {*fuzz.BYTES, *fuzz.TEXTS}
    by_target = {each.target: each for each in tallies}
    assert by_target["open_picture"].count > 1000
    for target in fuzz.BYTES:  # changes that leave nothing to open would find nothing
        assert by_target[target].outcomes["opened or read"] > 0.02 * by_target[target].count


def test_a_crash_is_counted_and_its_input_is_kept(tmp_path: Path) -> None:
    def broken(_: bytes) -> str:
        raise IndexError("string index out of range")

    tally = fuzz.Tally("open_picture")
    tally.try_(broken, b"\1\2\3", tmp_path)
    tally.try_(lambda _: "opened", b"", tmp_path)
    assert tally.count == 2
    assert tally.wrong == [f"IndexError: string index out of range: {tmp_path / 'open_picture_0'}"]
    assert (tmp_path / "open_picture_0").read_bytes() == b"\1\2\3"


def test_a_sentence_without_a_remedy_is_a_find(tmp_path: Path) -> None:
    def mute(_: bytes) -> str:
        raise VizError("No.")

    tally = fuzz.Tally("x")
    tally.try_(mute, b"", tmp_path)
    assert len(tally.wrong) == 1


# No name reaches the file system, and no code in a file is run

ALLOWED_TO_PICKLE: set[str] = set()
RISKY = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "subprocess"}


def risky(source: str) -> list[str]:
    """Imports of what can run code from data, calls of eval and exec, and loading without weights_only."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [name for name in names if name.split(".")[0] in RISKY]
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            words = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if called in ("eval", "exec", "os.system", "compile") or (
                called == "torch.load" and words.get("weights_only") != "True"
            ):
                found.append(called)
            if words.get("allow_pickle") == "True" or words.get("weights_only") == "False":
                found.append(f"{called} with code")
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "vizlib").rglob("*.py")), ids=lambda path: path.name)
def test_nothing_in_the_engine_runs_code_from_data(path: Path) -> None:
    assert risky(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "eval('1')",
        "torch.load(file)",
        "torch.load(file, weights_only=False)",
        "np.load(file, allow_pickle=True)",
    ],
)
def test_what_could_run_code_is_caught(source: str) -> None:
    assert risky(source)


def test_loading_weights_only_is_fine() -> None:
    assert not risky("torch.load(file, weights_only=True)\nnp.load(file, allow_pickle=False)")


@pytest.mark.parametrize("name", cases.NAMES, ids=lambda name: ascii(name)[:30])
def test_a_name_from_the_address_opens_no_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "config.json").write_text('{"architecture": "resnet18"}')
    (tmp_path / "x.pth").write_bytes(b"secret")
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path / "weights"))
    opened: list[str] = []
    for method in ("open", "read_text", "read_bytes"):
        monkeypatch.setattr(Path, method, lambda self, *words, **more: opened.append(str(self)))
    with pytest.raises(VizError):
        find(name)
    assert opened == []


def test_a_link_in_the_folder_of_weights_is_a_name_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    (tmp_path / "resnet18.pth").symlink_to(tmp_path / "nowhere")
    assert local_models() == {}
