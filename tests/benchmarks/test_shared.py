"""The benchmarks of two dashboards, a proxy and a shared store: small runs, and their checks can fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.service import behind, bucket, processes, proxy, shared_store, store_kills
from benchmarks.service.hall import Wrong
from vizlib.runs import Store

real = pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to kill")
with_s3 = pytest.mark.skipif(not bucket.installed(), reason="moto's server or s3fs is not installed here")


def apart(work: Callable[..., Any], *words: Any) -> Any:
    """Runs the work in a thread of its own, because Playwright leaves an event loop running in the tests' thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work, *words).result()


def visit(**but: Any) -> proxy.Visit:
    """A visit in which all is well, but for these fields."""
    served = but.pop("served", ["one", "one"])
    door: Any = None
    fields = {"seconds": 1.0, "ended": True, "picture": "p", "complaints": [], "upload": 204, "files": (200, 200)}
    return proxy.Visit(behind.Browser(door, served=served), **fields | but)


def test_visits_in_which_all_is_well_pass() -> None:
    proxy.check([visit(), visit(served=["two"])])


@pytest.mark.parametrize(
    ("but", "words"),
    [
        ({"served": ["one", "two"]}, "1 of 2 were served by several dashboards"),
        ({"upload": 400}, "1 of 2 could not upload"),
        ({"files": (200, 404)}, "1 of 2 lacked a picture"),
        ({"files": ()}, "1 of 2 lacked a picture"),
        ({"ended": False}, "1 of 2 did not see the end"),
        ({"picture": ""}, "1 of 2 did not see the end"),
        ({"picture": "q"}, "the pictures differ"),
        ({"complaints": ["It broke."]}, "1 of 2 met an error"),
    ],
)
def test_a_visit_in_which_something_is_wrong_is_told(but: dict[str, Any], words: str) -> None:
    with pytest.raises(Wrong, match=words):
        proxy.check([visit(), visit(**but)])


def test_a_result_that_comes_back_with_other_bytes_is_noticed(tmp_path: Path) -> None:
    store, found = Store(tmp_path, 10**8), store_kills.Found()
    store.put(store_kills.key(1), store_kills.result(1))
    found.read(store, 1, 2, "in this test")
    assert found.reads == {"whole": 1, "nothing": 1}
    store.put(store_kills.key(2), store_kills.result(2)[:-1])
    with pytest.raises(store_kills.Wrong, match="result 2 came back with other bytes, in this test"):
        found.read(store, 1, 2, "in this test")


def test_a_server_that_does_not_start_is_told_with_its_last_words() -> None:
    command = [sys.executable, "-c", "print('the port is taken')"]
    server = processes.launch(command, processes.free_port())
    with processes.running(server), pytest.raises(RuntimeError, match="the port is taken"):
        server.wait("/")
    assert not server.log.exists()


def test_what_does_not_become_true_in_time_is_told() -> None:
    assert shared_store.until(lambda: True, 1, "nothing") < 1
    with pytest.raises(Wrong, match="not within 0 seconds: the store is used again"):
        shared_store.until(lambda: False, 0, "the store is used again")


@pytest.mark.slow
@real
def test_a_process_that_was_killed_while_it_wrote_leaves_no_corrupt_result() -> None:
    found = store_kills.in_a_folder(1)
    assert found.kills == 1
    assert found.reads["whole"] > 0


@pytest.mark.slow
@real
@with_s3
def test_the_s3_server_can_stall_lose_a_bit_and_start_again() -> None:
    with bucket.bucket() as there:
        name = f"{bucket.PREFIX}/aa/a"
        there.client.put_object(Bucket=bucket.BUCKET, Key=name, Body=b"\x00\x00\x00")
        there.damage(name)
        assert there.read(name) == b"\x00\x01\x00"
        assert there.results() == {name}
        there.stall()
        with pytest.raises(OSError, match="timed out"):
            there.server.get("/moto-api/", 0.3)
        there.go_on()
        assert there.results() == {name}
        there.kill()
        there.start_again()
        assert there.results() == set()
