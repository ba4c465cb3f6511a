"""The store returns exactly what it was given. Damaged, foreign and oversized entries are misses, never errors."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from vizlib.runs import Store, open_store

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def test_what_was_put_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path, 10_000)
    assert store.put(A, b"tiles")
    assert store.get(A) == b"tiles"
    assert Store(tmp_path, 10_000).get(A) == b"tiles"  # another process, or after a restart


def test_what_was_never_put_is_a_miss(tmp_path: Path) -> None:
    assert Store(tmp_path / "not there yet", 10_000).get(A) is None


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 100], ids=["empty", "short", "foreign"])
def test_a_damaged_file_is_a_miss_and_is_removed(tmp_path: Path, damage: bytes) -> None:
    store = Store(tmp_path, 10_000)
    store.put(A, b"tiles")
    (file,) = tmp_path.glob("??/*")
    file.write_bytes(damage)
    assert store.get(A) is None
    assert not file.exists()


def test_one_flipped_bit_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path, 10_000)
    store.put(A, b"tiles")
    (file,) = tmp_path.glob("??/*")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert store.get(A) is None


def test_a_file_under_another_key_is_a_miss(tmp_path: Path) -> None:
    store = Store(tmp_path, 10_000)
    store.put(A, b"tiles")
    (file,) = tmp_path.glob("??/*")
    (tmp_path / "bb").mkdir()
    file.rename(tmp_path / "bb" / B)
    assert store.get(B) is None


def test_a_store_has_what_was_put(tmp_path: Path) -> None:
    store = Store(tmp_path, 10_000)
    store.put(A, b"tiles")
    assert (store.has(A), store.has(B), Store(None, 0).has(A)) == (True, False, False)


def test_notes_are_listed_by_kind_and_are_no_results(tmp_path: Path) -> None:
    store = Store(tmp_path, 10_000)
    for layer in ("layer1", "layer2", "layer1"):
        store.note("atlas", {"layer": layer})
    store.note("other", {"layer": "none"})
    again = Store(tmp_path, 10_000)
    assert sorted(each["layer"] for each in again.notes("atlas")) == ["layer1", "layer2"]
    assert (again.count(), again.keys(), again.notes("nothing"), again.notes("../..")) == (0, [], [], [])
    next((tmp_path / "notes" / "other").iterdir()).write_bytes(b"{}")
    assert again.notes("other") == []  # damaged
    again.clear()
    assert again.notes("atlas") == []
    with pytest.raises(ValueError, match="kind of a note"):
        store.note("../atlas", {})
    Store(None, 0).note("atlas", {})


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    store = Store(tmp_path, 250)
    for age, key in enumerate((A, B)):
        store.put(key, b"x" * 60)
        os.utime(tmp_path / key[:2] / key, (1000 + age, 1000 + age))
    assert store.get(A) is not None  # used: now B is the oldest
    store.put(C, b"x" * 60)
    assert (store.get(A), store.get(B), store.get(C)) == (b"x" * 60, None, b"x" * 60)
    assert store.size() <= 250


def test_what_is_larger_than_the_store_is_not_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, 100)
    store.put(A, b"small")
    assert not store.put(B, b"x" * 200)
    assert store.get(A) == b"small"


def test_a_folder_that_cannot_be_written_keeps_nothing_and_raises_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_bytes(b"")
    store = Store(file, 10_000)
    assert not store.put(A, b"tiles")
    assert store.get(A) is None
    store.clear()


def test_a_write_that_breaks_off_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, 10_000)

    def full(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert not store.put(A, b"tiles")
    assert store.get(A) is None
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_a_store_that_is_off_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZLIB_STORE", "off")
    store = open_store()
    assert not store.put(A, b"tiles")
    assert store.get(A) is None
    assert store.size() == 0


def test_the_environment_says_where_and_how_much(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path))
    monkeypatch.setenv("VIZLIB_STORE_MB", "1.5")
    assert (open_store().folder, open_store().limit) == (tmp_path, 1_500_000)
    monkeypatch.setenv("VIZLIB_STORE_MB", "much")
    assert open_store().limit == 512_000_000


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 63, "A" * 64])
def test_only_keys_of_recipes_reach_the_file_system(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal"):
        Store(tmp_path, 10_000).get(key)


def test_clearing_forgets_everything(tmp_path: Path) -> None:
    store = Store(tmp_path, 10_000)
    store.put(A, b"one")
    store.put(B, b"two")
    store.clear()
    assert (store.get(A), store.get(B), store.size()) == (None, None, 0)


def test_writers_and_readers_at_once_see_whole_results_only(tmp_path: Path) -> None:
    store = Store(tmp_path, 1_000_000)
    wrong: list[bytes] = []

    def work(number: int) -> None:
        content = bytes([number]) * 5000
        for _ in range(50):
            store.put(A, content)
            found = store.get(A)
            if found is None or len(set(found)) != 1 or len(found) != 5000:
                wrong.append(found or b"")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_half_written_files_of_a_killed_process_are_swept_but_not_those_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, 10_000)
    store.put(A, b"tiles")
    old, young = (tmp_path / "aa" / f"{name}.part" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1000, 1000))
    monkeypatch.setenv("VIZLIB_STORE", str(tmp_path))
    opened = open_store()
    assert (old.exists(), young.exists(), opened.get(A)) == (False, True, b"tiles")
    assert opened.count() == 1


@pytest.mark.parametrize("given", ["nan", "inf", "many"])
def test_a_limit_that_is_no_number_counts_as_not_given(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("VIZLIB_STORE", "off")
    monkeypatch.setenv("VIZLIB_STORE_MB", given)
    assert open_store().limit == 512_000_000


def test_others_on_the_machine_cannot_read_it(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no such permissions")
    Store(tmp_path / "store", 10_000).put(A, b"tiles")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "store").rglob("*")} == {0}
