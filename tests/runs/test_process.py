"""A notebook shares, leaves, keeps and restores runs in a few lines, without a window."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vizlib.runs import Recipe, Runs, Store, Turns, process

ROOT = Path(__file__).resolve().parents[2]
RECIPE = Recipe({"what": "counting"})


@dataclass(frozen=True)
class Count:
    step: int
    total: int


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs([Count], Store(tmp_path, 1_000_000), worth=0)


def counting() -> Generator[Count, None, None]:
    for step in range(1, 6):
        yield Count(step, 5)


def never() -> Generator[Count, None, None]:
    raise AssertionError("it must not be computed again")
    yield


WITHOUT_A_WINDOW = """
import sys
from pathlib import Path
import vizlib
from vizlib.activation_maximization import class_logit
from vizlib.runs import Recipe
from vizlib.runs import Runs, Store

store = Store(Path(sys.argv[1]), 10_000_000)
runs = Runs(vizlib.FRAMES, store, worth=0)
model = runs.shelf.get("bundled/digits", "cpu")
recipe, made = Recipe({"what": "class", "weights": model.fingerprint}), []

def start():
    for frame in vizlib.maximize(model, class_logit(1), steps=4):
        made.append(frame.step)
        yield frame

def job(of):
    return of.job(recipe, start, "cpu", keep=True)

mine, yours = iter(job(runs)), iter(job(runs))
assert (next(mine).step, next(yours).step, made) == (1, 1, [1]), "shared"
del mine
assert (job(runs).latest.step, made) == (1, [1]), "left"
last = job(runs).result()
assert (last.step, made) == (4, [1, 2, 3, 4]), "gone on"
back = job(Runs(vizlib.FRAMES, store)).result()
assert back.pixels.equal(last.pixels) and made == [1, 2, 3, 4], "kept and restored"
print("streamlit" in sys.modules)
"""


@pytest.mark.slow
def test_a_run_is_shared_left_kept_and_restored_without_streamlit(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_A_WINDOW, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("False", 0), done.stderr


def test_one_recipe_is_one_job(runs: Runs) -> None:
    job = runs.job(RECIPE, counting, "cpu")
    assert runs.job(RECIPE, never, "cpu") is job
    assert [frame.step for frame in job] == [1, 2, 3, 4, 5]


def test_only_what_may_be_kept_comes_back_after_a_restart(runs: Runs) -> None:
    public, private = RECIPE, Recipe({"what": "private"})
    runs.job(public, counting, "cpu", keep=True).result()
    runs.job(private, counting, "cpu").result()
    assert runs.store.count() == 1
    again = Runs([Count], runs.store)
    assert again.job(public, never, "cpu", keep=True).result() == Count(5, 5)
    with pytest.raises(AssertionError, match="computed again"):
        again.job(private, never, "cpu").result()


def test_another_kind_of_device_is_another_result(runs: Runs) -> None:
    runs.job(RECIPE, counting, "cuda:0", keep=True).result()
    assert Runs([Count], runs.store).job(RECIPE, never, "cuda:1", keep=True).result() == Count(5, 5)
    with pytest.raises(AssertionError, match="computed again"):
        Runs([Count], runs.store).job(RECIPE, never, "cpu", keep=True).result()


def test_jobs_on_one_device_take_turns_and_a_download_waits_for_no_turn(runs: Runs) -> None:
    there, elsewhere = runs.job(RECIPE, counting, "cpu"), runs.job(Recipe({"what": "other"}), counting, "mps")
    download = runs.job(Recipe({"what": "download"}), counting)
    with runs.turns("cpu").turn(counting):
        assert (there.ahead, elsewhere.ahead, download.ahead) == (1, 0, 0)


def test_two_frame_classes_of_one_name_are_an_error() -> None:
    with pytest.raises(ValueError, match="two classes are called Count"):
        Runs([Count, type("Count", (), {})], Store(None, 0))


def test_runs_spread_over_several_gpus_and_a_device_that_was_named_is_kept(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "available_devices", lambda: ["auto", "cuda:0", "cuda:1", "cpu"])
    assert runs.free_device("auto") == "cuda:0"
    with runs.turns("cuda:0").turn(Turns()):
        assert runs.free_device("auto") == "cuda:1"
        assert runs.free_device("cuda:0") == "cuda:0"
        assert runs.free_device("cpu") == "cpu"
    monkeypatch.setattr(process, "available_devices", lambda: ["auto", "cpu"])
    assert runs.free_device("auto") == "auto"
