"""What each command says and writes: the engine's own results, under the recipes of pages and batches."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import vizlib
from vizlib.batch.kinds import saliency
from vizlib.command import classify
from vizlib.command.main import WORDS, main
from vizlib.command.telling import Folder
from vizlib.pictures import read_recipe
from vizlib.runs import Recipe, Store, as_stored
from vizlib.synthetic import HELD_OUT_SEED, draw_digit

DIGITS = ("--network", "bundled/digits")
COMMANDS = ["classify", "saliency", "fool", "sweep", "maximize", "atlas", "probe", "finetune", "rerun"]


@pytest.fixture(scope="module")
def digits() -> vizlib.Classifier:
    return vizlib.load_model("bundled/digits", device="cpu")


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder with three pictures of digits, and one that no program can open."""
    folder = tmp_path / "three"
    folder.mkdir()
    for seed in range(3):
        Image.fromarray(draw_digit(seed, label=seed + 4).image).save(folder / f"{seed}.png")
    (folder / "1b.png").write_bytes(b"no picture")
    return folder


def test_classify_says_what_the_engine_answers_and_goes_on_after_a_broken_file(
    said: Any, three: Path, digits: vizlib.Classifier
) -> None:
    code, records = said("classify", three, *DIGITS, "--batch-size", 2)
    assert code == 1
    assert [Path(each["picture"]).name for each in records] == ["0.png", "1.png", "2.png"]
    assert [each["label"] for each in records] == ["4", "5", "6"]
    for each in records:
        own = digits.top(digits.prepare(each["picture"]), 5)
        assert [one["index"] for one in each["top"]] == [one.index for one in own]
        assert each["probability"] == pytest.approx(own[0].probability, abs=1e-5)


def test_a_broken_file_is_told_on_the_standard_error(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", str(three), *DIGITS, "--top", "1"]) == 1
    shown = capsys.readouterr()
    assert [line.rpartition(": ")[2].partition(" ")[0] for line in shown.out.splitlines()] == ["4", "5", "6"]
    assert shown.err.startswith(f"{three / '1b.png'}: ")
    assert shown.err.count("\n") == 1


def test_classify_holds_few_pictures_at_once(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    waiting, most = set[str](), [0]
    real, told = classify._open, classify._say

    def counted(model: Any, given: Any) -> Any:
        waiting.add(given.title)
        most[0] = max(most[0], len(waiting))
        return real(model, given)

    def say(model: Any, opened: Any, *more: Any) -> None:
        waiting.discard(opened.given.title)
        told(model, opened, *more)

    monkeypatch.setattr(classify, "_open", counted)
    monkeypatch.setattr(classify, "_say", say)
    code, records = said("classify", "digit:0-40", *DIGITS, "--batch-size", 4)
    assert (code, len(records)) == (0, 41)
    assert most[0] <= 3 * 4


@pytest.mark.slow
def test_several_networks_answer_one_after_the_other(said: Any) -> None:
    _, records = said("classify", "digit:3", *DIGITS, "--network", "bundled/scenes_half", "--top", 2)
    assert [each["network"] for each in records] == ["bundled/digits", "bundled/scenes_half"]


def test_saliency_writes_the_map_with_the_recipe_of_pages_and_finds_it_in_the_store(
    said: Any, tmp_path: Path, store: Path, digits: vizlib.Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("saliency", "digit:3", *DIGITS, "--method", "gradient", "--target", "8", "--out", tmp_path, "--raw")
    code, (record,) = said(*words)
    assert code == 0
    content = Path(record["file"]).read_bytes()
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert read_recipe(content) == record["recipe"]
    own = {name: each for name, each in record["recipe"].items() if name not in ("view", "made_with")}
    assert Store(store, 10**9).has(as_stored(Recipe(own), "cpu").key)
    picture = draw_digit(HELD_OUT_SEED + 3).image
    assert np.array_equal(np.load(record["raw"]), vizlib.saliency(digits, picture, "gradient", 8)[0].numpy())
    monkeypatch.setattr(saliency, "explaining", None)  # what is in the store is not computed again
    assert said(*words)[1][0]["sha256"] == record["sha256"]


def test_saliency_compares_with_a_second_class_and_rerun_draws_the_same(
    said: Any, tmp_path: Path, digits: vizlib.Classifier
) -> None:
    words = ("saliency", "digit:3", *DIGITS, "--method", "finer_cam", "--target", "8", "--against", "9", "--raw")
    code, (record,) = said(*words, "--out", tmp_path)
    assert code == 0
    assert record["recipe"]["against"] == 9
    picture = draw_digit(HELD_OUT_SEED + 3).image
    nine, zero = (vizlib.saliency(digits, picture, "finer_cam", 8, against=each)[0].numpy() for each in (9, 0))
    assert np.array_equal(np.load(record["raw"]), nine)
    assert not np.array_equal(nine, zero)
    assert said("rerun", record["file"])[0] == 0
    assert said(*words[:-3], "--against", "unheard", "--out", tmp_path)[0] == 2


def test_a_map_of_somebody_s_own_picture_is_not_kept(said: Any, three: Path, tmp_path: Path, store: Path) -> None:
    said("saliency", three / "0.png", *DIGITS, "--method", "gradient", "--out", tmp_path)
    assert Store(store, 10**9).count() == 0


@pytest.mark.slow
def test_fool_writes_the_verified_file(said: Any, tmp_path: Path, digits: vizlib.Classifier) -> None:
    code, (record,) = said("fool", "digit:3", *DIGITS, "--target", "8", "--out", tmp_path, "--set", "steps=20")
    assert (code, record["success"], record["label"]) == (0, True, "8")
    assert digits.top(digits.prepare(record["file"]))[0].label == "8"
    assert record["probability"] >= 0.9


def test_any_other_class_needs_no_goal_and_has_no_probability(said: Any, tmp_path: Path) -> None:
    asked = (
        "fool",
        "digit:3",
        *DIGITS,
        "--target",
        "any",
        "--method",
        "fgsm",
        "--set",
        "epsilon=64",
        "--out",
        tmp_path,
    )
    code, (record,) = said(*asked)
    assert (code, record["success"], record["target"], record["gradients"]) == (0, True, None, 1)
    assert record["label"] != record["source"]
    assert record["linf_levels"] <= 64


def test_towards_any_other_class_no_probability_can_be_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = ("fool", "digit:3", *DIGITS, "--target", "any", "--goal", "90 %", "--out", tmp_path)
    assert main([*map(str, asked), "--device", "cpu"]) == 1
    assert "Towards any other class, there is no probability to reach." in capsys.readouterr().err


def test_a_network_that_was_not_fooled_is_a_result_and_a_failure(said: Any, tmp_path: Path) -> None:
    code, (record,) = said(
        "fool", "digit:3", *DIGITS, "--target", "8", "--method", "pgd", "--set", "steps=1", "--set", "levels=1",
        "--set", "norm=L-infinity", "--out", tmp_path,
    )  # fmt: skip
    assert (code, record["success"]) == (1, False)
    assert Path(record["file"]).is_file()


def test_sweep_says_the_answer_to_every_value(said: Any, tmp_path: Path, digits: vizlib.Classifier) -> None:
    code, (record,) = said(
        "sweep", "digit:3", *DIGITS, "--transform", "rotation", "--out", tmp_path, "--values", -20, 0, 20
    )
    picture = draw_digit(HELD_OUT_SEED + 3).image
    own = vizlib.sweep(digits, picture, "rotation", [-20, 0, 20])[:, 0]
    assert code == 0
    assert record["probabilities"] == pytest.approx(own[:, record["class"]].tolist())
    assert json.loads(Path(record["file"]).read_text())["values"] == [-20, 0, 20]


def test_maximize_draws_a_class_and_its_film(said: Any, tmp_path: Path) -> None:
    code, (record,) = said("maximize", "3", *DIGITS, "--steps", 4, "--film", "--out", tmp_path)
    assert (code, record["label"], record["steps"]) == (0, "3", 4)
    assert vizlib.open_picture(record["file"]).size == (28, 28)
    assert Path(record["film"]).read_bytes().startswith(b"GIF")


def test_atlas_writes_sheets_of_some_channels(said: Any, tmp_path: Path) -> None:
    code, records = said(
        "atlas", *DIGITS, "--layer", "act1", "--steps", 2, "--first", 1, "--count", 5, "--at-once", 3, "--out", tmp_path
    )
    assert code == 0
    assert [each["channels"] for each in records] == [[1, 2, 3], [4, 5]]
    assert [Path(each["file"]).name for each in records] == ["act1_1.png", "act1_4.png"]


@pytest.mark.slow
def test_finetune_writes_a_network_that_opens(said: Any, tmp_path: Path) -> None:
    code, (record,) = said(
        "finetune", "digits", *DIGITS, "--per-class", 2, "--tests", 2, "--set", "steps=2", "--out", tmp_path
    )
    assert code == 0
    content = Path(record["file"]).read_bytes()
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert vizlib.load_model("bundled/digits", record["file"], "cpu").class_names == record["classes"]


@pytest.mark.slow
def test_probe_says_the_accuracy_of_each_layer(said: Any, tmp_path: Path, digits: vizlib.Classifier) -> None:
    code, (record,) = said("probe", "digits", *DIGITS, "--per-class", 3, "--tests", 3, "--c", 0.001, 0.1)
    data = vizlib.drawn("digits", per_class=3, tests=3)
    own = vizlib.last(vizlib.linear_probe(digits, data, c=[0.001, 0.1]))
    assert code == 0
    assert record["layers"] == list(own.layers)
    assert np.allclose(record["accuracy"], own.accuracy)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["saliency", "digit:3", "--set", "samples=9"], "There is no setting called 'samples'."),
        (["saliency", "digit:3", "--method", "gradiant"], "Did you mean gradient"),
        (["fool", "digit:3", "--target", "cow"], "There is no class of bundled/digits called 'cow'."),
        (["fool", "digit:3", "--set", "steps"], "Give NAME=VALUE."),
        (["sweep", "digit:3", "--transform", "rotate"], "There is no transform called 'rotate'."),
        (["maximize", "cow"], "There is no class of bundled/digits called 'cow'."),
        (["finetune", "digits", "--set", "stebs=3"], "There is no setting called 'stebs'."),
        (["probe", "no-such-set"], "There is no folder or drawn set called 'no-such-set'."),
        (["classify", "digit:3", "--device", "tpu"], "tpu"),
    ],
)
def test_wrong_words_are_one_sentence_and_the_exit_code_is_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, *DIGITS]) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("word", COMMANDS)
def test_every_help_has_an_example_and_says_the_exit_codes(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([word, "--help"])
    shown = capsys.readouterr().out
    assert end.value.code == 0
    assert f"\n    filterscope {word} " in shown
    assert "exit code is 0" in shown
    assert max(map(len, shown.split("usage")[0].splitlines()), default=0) <= 120
    assert word in WORDS


@pytest.mark.parametrize("word", ["saliency", "fool", "maximize", "sweep"])
def test_list_prints_what_can_be_set(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word, "--list"]) == 0
    assert "what it is" in capsys.readouterr().out


def test_files_of_one_name_get_numbers_and_a_later_command_replaces_them(tmp_path: Path) -> None:
    for content in (b"old", b"new"):
        folder = Folder(str(tmp_path / "out"))
        names = [Path(folder.write("cat", ".png", content)["file"]).name for _ in range(2)]
        assert names == ["cat.png", "cat_2.png"]
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["cat.png", "cat_2.png"]
    assert (tmp_path / "out" / "cat.png").read_bytes() == b"new"
