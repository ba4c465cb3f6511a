"""Servers that share a store find each other's results; what is damaged, slow or away is a miss, never an error."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from vizlib.runs import Store, courier, open_store, remote
from vizlib.runs.remote import Remote
from vizlib.runs.shared_store import SharedStore

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed, so there is no shared store")
A, B, C = ("a" * 64, "b" * 64, "c" * 64)
Open = Callable[[str], SharedStore]


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store of its own for the test, behind a URL."""
    name = f"memory://{uuid4().hex}" if request.param == "memory" else (tmp_path / "shared").as_uri()
    yield name
    files, root = fsspec.core.url_to_fs(name)
    if files.exists(root):
        files.rm(root, recursive=True)


@pytest.fixture
def server(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the store as the server of that name does. Lists are always new, and nothing rests for long."""
    monkeypatch.setattr(courier, "_FRESH", 0.0)
    monkeypatch.setattr(courier, "_COST", 0.0)
    monkeypatch.setattr(courier, "REST", 0.1)
    monkeypatch.setattr(remote, "REST", 0.1)
    monkeypatch.setattr(remote, "PATIENCE", 0.2)
    monkeypatch.setattr(courier, "PATIENCE", 0.2)
    return lambda name: SharedStore(tmp_path / name, 1_000_000, Remote(url))


def stored(url: str, key: str) -> str:
    """The path of the shared object."""
    return f"{fsspec.core.url_to_fs(url)[1]}/{key[:2]}/{key}"


def files(url: str) -> Any:
    return fsspec.core.url_to_fs(url)[0]


def comes(true: Callable[[], bool]) -> bool:
    """Whether it becomes true within a few seconds."""
    until = time.monotonic() + 5
    while not (found := true()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def test_what_one_server_put_another_one_finds_and_keeps(server: Open, url: str) -> None:
    one, two = server("one"), server("two")
    assert one.put(A, b"tiles")
    assert one.settle(5)
    assert (two.has(A), two.has(B), two.get(A), two.get(B)) == (True, False, b"tiles", None)
    files(url).rm(stored(url, A))
    assert two.get(A) == b"tiles"  # from its own folder
    assert (one.keys(), one.count(), two.count()) == ([A], 1, 1)


def test_the_shared_objects_are_as_in_a_folder(tmp_path: Path) -> None:
    """So that a folder that was shared can be opened as a plain one, and the other way around."""
    there = tmp_path / "shared"
    store = SharedStore(tmp_path / "one", 1_000_000, Remote(there.as_uri()))
    store.put(A, b"tiles")
    store.note("atlas", {"layer": "layer1"})
    assert store.settle(5)
    plain = Store(there, 1_000_000)
    assert (plain.get(A), plain.notes("atlas"), plain.keys()) == (b"tiles", [{"layer": "layer1"}], [A])
    assert not list(there.rglob("*.part"))


def test_a_result_of_the_shared_store_leaves_a_line_in_the_log(server: Open, caplog: pytest.LogCaptureFixture) -> None:
    one, two = server("one"), server("two")
    one.put(A, b"tiles")
    one.settle(5)
    with caplog.at_level(logging.INFO, "vizlib.runs.store"):
        two.get(A)
        two.get(A)  # its own by now
        one.get(A)
    assert [each.getMessage() for each in caplog.records] == [f"The shared store had the result {A[:12]}."]


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 100], ids=["empty", "short", "foreign"])
def test_a_damaged_object_is_a_miss_and_the_next_put_replaces_it(server: Open, url: str, damage: bytes) -> None:
    one, two = server("one"), server("two")
    one.put(A, b"tiles")
    one.settle(5)
    files(url).pipe_file(stored(url, A), damage)
    assert two.get(A) is None
    assert two.has(A) is False
    assert files(url).cat_file(stored(url, A)) == damage  # nothing is removed: another server may be writing it
    two.put(A, b"tiles")
    assert two.settle(5)
    assert server("three").get(A) == b"tiles"


def test_an_object_of_another_key_is_a_miss(server: Open, url: str) -> None:
    one = server("one")
    one.put(A, b"tiles")
    one.settle(5)
    there = files(url)
    there.makedirs(stored(url, B).rpartition("/")[0], exist_ok=True)
    there.copy(stored(url, A), stored(url, B))
    assert server("two").get(B) is None


def test_what_is_there_is_not_uploaded_again(server: Open, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = server("one"), server("two"), server("three")
    one.put(A, b"tiles")
    one.settle(5)
    assert two.has(A)
    written: list[Any] = []
    monkeypatch.setattr(Remote, "write", lambda *words: written.append(words))
    monkeypatch.setattr(courier, "_OLD", 0.3)
    time.sleep(0.4)
    for store in (two, three):  # the third one made its list before the first one put it there, and makes a new one
        store.put(A, b"tiles")
        assert (store.settle(5), store.sharing().pending) == (True, 0)
    assert written == []


def test_notes_of_all_servers_are_listed_and_read_once(server: Open, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = server("one"), server("two")
    for number in range(40):  # more than are read side by side
        one.note("atlas", {"number": number})
    two.note("atlas", {"number": 0})
    two.note("other", {})
    assert one.settle(5)
    assert two.settle(5)
    assert sorted(each["number"] for each in two.notes("atlas")) == list(range(40))
    monkeypatch.setattr(Remote, "read", lambda *_: pytest.fail("a note was read again"))
    assert len(two.notes("atlas")) == 40
    assert (two.notes("../.."), two.keys()) == ([], [])


def test_a_damaged_note_is_left_out(server: Open, url: str) -> None:
    one, two = server("one"), server("two")
    one.note("atlas", {"number": 1})
    one.settle(5)
    (path,) = files(url).find(fsspec.core.url_to_fs(url)[1])
    files(url).pipe_file(path, b"{}")
    assert two.notes("atlas") == []
    assert one.notes("atlas") == [{"number": 1}]


def test_clearing_leaves_the_shared_results(server: Open) -> None:
    one = server("one")
    one.put(A, b"tiles")
    one.settle(5)
    one.clear()
    assert (one.count(), one.size(), one.get(A)) == (0, 0, b"tiles")


def test_dropping_removes_a_result_everywhere(server: Open) -> None:
    one, two = server("one"), server("two")
    one.put(A, b"tiles")
    one.settle(5)
    one.drop(A)
    assert (one.get(A), two.get(A)) == (None, None)


def test_the_folder_stays_within_its_limit(tmp_path: Path, server: Open, url: str) -> None:
    one = server("one")
    for key in (A, B, C):
        one.put(key, b"x" * 60)
    one.settle(5)
    small = SharedStore(tmp_path / "small", 250, Remote(url))
    assert [small.get(key) for key in (A, B, C)] == [b"x" * 60] * 3
    assert small.size() <= 250
    assert sorted(small.keys()) == [A, B, C]


@pytest.mark.parametrize("use", [SharedStore.has, SharedStore.get])
def test_a_result_that_could_not_be_uploaded_is_when_it_is_next_used(
    server: Open, tmp_path: Path, use: Callable[[SharedStore, str], object]
) -> None:
    Store(tmp_path / "one", 1_000_000).put(A, b"tiles")  # the process ended before it was uploaded
    assert server("two").get(A) is None
    one = server("one")
    assert use(one, A)
    assert one.settle(5)
    assert server("two").get(A) == b"tiles"


def test_a_store_that_fails_is_away_and_comes_back(
    server: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "vizlib.runs.store")
    one, two = server("one"), server("two")
    one.put(A, b"tiles")
    one.settle(5)

    def broken(*_: Any, **__: Any) -> Any:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        for name in ("find", "cat_file", "pipe_file"):
            patch.setattr(type(two._remote._files), name, broken)
        assert (two.get(A), two.has(B), two.put(C, b"mine"), two.get(C)) == (None, False, True, b"mine")
        assert comes(lambda: two.sharing().away_since is not None)
        assert not two.settle(0.5)
        assert (two.sharing().pending, "Input/output error" in two.probe_shared()) == (1, True)
    assert two.settle(5)
    assert (two.sharing().away_since, two.get(A), one.get(C)) == (None, b"tiles", b"mine")
    said = [each.getMessage() for each in caplog.records if "answer" in each.getMessage()]
    assert len(said) == 2, said
    assert "does not answer (OSError" in said[0]
    assert "answers again" in said[1]


def test_a_store_that_hangs_costs_one_short_wait_and_few_threads(server: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = server("one"), server("two")
    for key in (A, B, C):
        one.put(key, b"tiles")
    one.settle(5)
    assert two.has(A)
    go, before = threading.Event(), len(threading.enumerate())

    def hangs(*_: Any, **__: Any) -> None:
        go.wait(20)
        raise OSError("the server is gone")

    with monkeypatch.context() as patch:
        for name in ("find", "cat_file", "pipe_file", "exists", "open"):
            patch.setattr(type(two._remote._files), name, hangs)
        began = time.monotonic()
        assert not any(two.has(f"{number:064x}") for number in range(100))
        assert [two.get(key) for key in (A, B, C) * 10] == [None] * 30
        assert two.put(f"{7:064x}", b"mine")
        two.notes("atlas")
        assert time.monotonic() - began < 1.5  # one wait for a list and one for a result, of 0.2 seconds each
        time.sleep(0.5)  # it is asked again meanwhile
        assert len(threading.enumerate()) - before <= 8  # of two stores
        go.set()
    assert two.settle(5)
    assert two.get(A) == b"tiles"


def test_a_store_that_cannot_be_written_is_read_all_the_same(
    server: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = server("one"), server("two")
    one.put(A, b"tiles")
    one.settle(5)

    with monkeypatch.context() as patch:
        patch.setattr(Remote, "_begin_write", lambda *_: remote._failed(PermissionError(13, "Access Denied")))
        assert two.put(B, b"mine")
        assert not two.settle(0.5)
        assert (two.get(A), two.sharing().refuses, two.sharing().away_since) == (b"tiles", True, None)
    assert two.settle(5)
    assert (two.sharing().refuses, one.get(B)) == (False, b"mine")
    assert sum("could not be written" in each.getMessage() for each in caplog.records) == 1


def test_settling_says_what_will_never_arrive(server: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = server("one")
    monkeypatch.setattr(courier, "REST", 30.0)
    monkeypatch.setattr(Remote, "write", lambda *_: (_ for _ in ()).throw(remote.Away()))
    one.put(A, b"tiles")
    assert not one.settle(0.1)
    one.clear()  # the operator gave it up
    assert one.settle(0.1)
    assert Store(tmp_path / "plain", 1000).settle(0)


def test_writers_and_readers_at_once_see_whole_results_only(server: Open) -> None:
    stores = [server(name) for name in ("one", "two", "three")]
    wrong: list[bytes] = []

    def work(number: int) -> None:
        for each in range(20):
            key, content = f"{each:064x}", bytes([each]) * 5000
            stores[number].put(key, content)
            found = stores[(number + 1) % 3].get(key)
            if found is not None and found != content:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert all(store.settle(10) for store in stores)
    assert [server("four").get(f"{each:064x}") for each in range(20)] == [bytes([each]) * 5000 for each in range(20)]


HALF = """
import sys, time
from fsspec.implementations.local import LocalFileSystem
from vizlib.runs.remote import Remote

def half(files, path, data):
    with open(path, "wb") as file:
        file.write(data[:100])
    print("half", flush=True)
    time.sleep(100)

remote = Remote(sys.argv[1])
remote.list()
LocalFileSystem.pipe_file = half
remote.write(sys.argv[2], bytes(200))
"""


@pytest.mark.slow  # it loads torch
def test_a_server_killed_while_it_writes_leaves_nothing_that_is_shown(tmp_path: Path) -> None:
    there = tmp_path / "shared"
    words = [sys.executable, "-c", HALF, there.as_uri(), f"aa/{A}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        os.kill(process.pid, signal.SIGKILL)
    store = SharedStore(tmp_path / "one", 1_000_000, Remote(there.as_uri()))
    assert (store.keys(), store.has(A), store.get(A)) == ([], False, None)
    assert [path.suffix for path in there.rglob("*") if path.is_file()] == [".part"]
    store.put(A, b"tiles")
    assert store.settle(5)
    assert SharedStore(tmp_path / "two", 1_000_000, Remote(there.as_uri())).get(A) == b"tiles"


def test_a_url_opens_a_shared_store_with_its_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIZLIB_STORE", f"memory://{uuid4().hex}/results/")
    monkeypatch.setenv("VIZLIB_STORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VIZLIB_STORE_MB", "1.5")
    store = open_store()
    assert (store.folder, store.limit) == (tmp_path / "cache", 1_500_000)
    sharing = store.sharing()
    assert sharing is not None
    assert (sharing.where.startswith("memory://"), sharing.problem, store.probe_shared()) == (True, "", "")
    assert Store(tmp_path, 10).sharing() is None


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("s3://me:hunter2@bucket/prefix", "has a password in its URL"),
        ("nowhere://bucket/prefix", "cannot be used (ValueError: Protocol not known: nowhere)"),
        ("gs://bucket", "whose package is missing"),
    ],
    ids=["password", "protocol", "package"],
)
def test_a_url_that_cannot_be_used_leaves_a_store_that_keeps_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture, named: str, told: str
) -> None:
    monkeypatch.setenv("VIZLIB_STORE", named)
    monkeypatch.setenv("VIZLIB_STORE_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "gcsfs", None)  # as if it were not installed; s3fs may be in use already
    store = open_store()
    sharing = store.sharing()
    assert sharing is not None
    assert told in sharing.problem
    assert (store.put(A, b"tiles"), store.get(A), store.has(B), store.notes("atlas")) == (True, b"tiles", False, [])
    assert (store.settle(10), store.probe_shared()) == (False, sharing.problem)
    assert "hunter2" not in caplog.text + str(sharing)


@pytest.mark.slow  # it loads torch
def test_a_plain_folder_needs_no_fsspec(tmp_path: Path) -> None:
    code = "import sys, vizlib.runs; vizlib.runs.open_store(); print('fsspec' in sys.modules, 'moto' in sys.modules)"
    environment = os.environ | {"VIZLIB_STORE": str(tmp_path)}
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[2])
    assert done.stdout.split() == ["False", "False"], done.stderr
