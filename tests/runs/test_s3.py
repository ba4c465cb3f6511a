"""The shared store against a real S3 server on this machine: found by its environment, stopped, and silent."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from vizlib.runs import courier, remote
from vizlib.runs.remote import Remote
from vizlib.runs.shared_store import SharedStore

ABSENT = [package for package in ("s3fs", "moto", "boto3", "flask") if find_spec(package) is None]
pytestmark = [
    pytest.mark.slow,  # these packages take seconds to load
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed, so there is no S3 server to try: {', '.join(ABSENT)}"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),  # of moto and aiohttp
]
A, B, C = ("a" * 64, "b" * 64, "c" * 64)
Open = Callable[[str], SharedStore]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The server, with an empty bucket called `results`."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    credentials(monkeypatch, server.get_host_and_port()[1])
    bucket().objects.delete()  # moto keeps them as long as the process runs
    yield server
    with suppress(Exception):  # a test may have stopped it
        server.stop()


def credentials(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def bucket() -> Any:
    import boto3

    found = boto3.resource("s3").Bucket("results")
    if not found.creation_date:
        found.create()
    return found


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the store as the server of that name does. Lists are always new, and nothing rests for long."""
    for module in (remote, courier):
        monkeypatch.setattr(module, "REST", 0.3)
    for name in ("_FRESH", "_COST"):
        monkeypatch.setattr(courier, name, 0.0)
    return lambda name: SharedStore(tmp_path / name, 1_000_000, Remote("s3://results/of/the lab"))


def silent() -> tuple[int, Callable[[], None]]:
    """A server that accepts connections and never answers: its port, and what ends it."""
    ears = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                held.append(ears.accept()[0])

    threading.Thread(target=accept, daemon=True).start()

    def end() -> None:
        ears.shutdown(socket.SHUT_RDWR)
        for each in (ears, *held):
            each.close()

    return ears.getsockname()[1], end


@pytest.mark.usefixtures("s3")
def test_two_servers_share_results_and_notes(server: Open) -> None:
    one, two = server("one"), server("two")
    one.put(A, b"tiles")
    one.note("atlas", {"layer": "layer1"})
    assert one.settle(10)
    assert (two.has(A), two.get(A), two.get(B), two.notes("atlas")) == (True, b"tiles", None, [{"layer": "layer1"}])
    assert {each.key.split("/")[1] for each in bucket().objects.all()} == {"the lab"}
    assert one.probe_shared() == ""
    assert len(list(bucket().objects.all())) == 2  # the probe is gone


@pytest.mark.usefixtures("s3")
def test_a_damaged_object_is_a_miss_and_the_next_put_replaces_it(server: Open) -> None:
    one, two = server("one"), server("two")
    one.put(A, b"tiles")
    one.settle(10)
    (there,) = bucket().objects.all()
    data = bytearray(there.get()["Body"].read())
    data[-1] ^= 1
    there.put(Body=bytes(data))
    assert two.get(A) is None
    two.put(A, b"tiles")
    assert two.settle(10)
    assert server("three").get(A) == b"tiles"


def test_a_server_that_stops_and_comes_back_is_noticed(s3: Any, server: Open) -> None:
    from moto.server import ThreadedMotoServer

    one, two = server("one"), server("two")
    for key in (A, B):
        one.put(key, b"tiles")
    assert one.settle(10)
    assert two.get(A) == b"tiles"
    port = s3.get_host_and_port()[1]
    s3.stop()
    began = time.monotonic()
    assert [two.get(key) for key in (A, B)] == [b"tiles", None]
    assert not any(two.has(f"{number:064x}") for number in range(100))
    assert two.put(C, b"mine")
    assert time.monotonic() - began < 6
    assert (two.get(C), two.settle(0.5), two.sharing().away_since is not None) == (b"mine", False, True)
    again = ThreadedMotoServer("127.0.0.1", port=port, verbose=False)
    again.start()
    try:
        bucket()
        assert two.settle(15)
        assert (two.sharing().away_since, two.get(B), one.get(C)) == (None, b"tiles", b"mine")
    finally:
        again.stop()


def test_a_server_that_never_answers_costs_one_wait(
    server: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port, end = silent()
    credentials(monkeypatch, port)
    monkeypatch.setattr(remote, "_LISTING", 1.0)
    try:
        began, threads = time.monotonic(), threading.active_count()
        one = server("one")
        assert [one.get(f"{number:064x}") for number in range(32)] == [None] * 32
        assert one.put(A, b"tiles")
        assert (one.get(A), one.notes("atlas"), one.settle(1.5)) == (b"tiles", [], False)
        assert time.monotonic() - began < 10
        assert one.sharing().away_since is not None
        assert threading.active_count() - threads < 8
    finally:
        end()
    said = [each.getMessage() for each in caplog.records if each.name == "vizlib.runs.store"]
    assert [line for line in said if "does not answer (no answer in time)" in line] == said
    assert len(said) == 1


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there_is_a_store_that_does_not_answer(tmp_path: Path) -> None:
    store = SharedStore(tmp_path, 1_000_000, Remote("s3://nowhere/results"))
    assert (store.get(A), store.put(A, b"tiles"), store.settle(0.1)) == (None, True, False)
    assert store.sharing().away_since is not None
    assert "NoSuchBucket" in store.probe_shared() or "bucket" in store.probe_shared()
