"""A server on this machine imitates the hub: working, slow, broken and gone."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import save
from timm.models import PretrainedCfg

from vizlib.errors import CheckpointMismatch, ModelUnavailable, UnknownName
from vizlib.models import load_model
from vizlib.records import Progress
from vizlib.weights import download, hub
from vizlib.weights.queue import DownloadQueue

ROOT = Path(__file__).resolve().parents[2]
COMMIT = "1234567890" * 4
NAME = "test_resnet.r160_in1k"
URL_NAME = "test_mlp.elsewhere"  # a made-up network below, whose weights have a plain address


class FakeHub(ThreadingHTTPServer):
    """Serves one repository; `mood` says how it fails."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.mood, self.asked = content, "well", 0
        self.pause = 0.0  # seconds between two pieces
        self.release = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that close the connection."""


class Handler(BaseHTTPRequestHandler):
    server: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Prints nothing."""

    def do_HEAD(self) -> None:
        self.answer(False)

    def do_GET(self) -> None:
        self.answer(True)

    def answer(self, body: bool) -> None:
        hub, mood = self.server, self.server.mood
        hub.asked += 1
        if mood == "silent":
            hub.release.wait(20)
        status = {"missing": 404, "gated": 403, "down": 503}.get(mood, 200)
        if mood == "bin only" and "safetensors" in self.path:
            status = 404
        if status != 200:
            self.refuse(status)
            return
        self.send_response(200)
        if mood != "no hub":
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha256(hub.content).hexdigest()}"')
        if mood != "size unknown":
            self.send_header("Content-Length", str(len(hub.content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if body:
            self.send(bytes(len(hub.content)) if mood == "garbage" else hub.content)

    def refuse(self, status: int) -> None:
        self.send_response(status)
        code = {404: "EntryNotFound", 403: "GatedRepo"}.get(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send(self, content: bytes) -> None:
        end = len(content) // 2 if self.server.mood in ("cut off", "stalls") else len(content)
        for start in range(0, end, 2**16):
            self.wfile.write(content[start : min(start + 2**16, end)])
            time.sleep(self.server.pause)
        if self.server.mood == "stalls":
            self.server.release.wait(20)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    download.FAILURES.forget()


@pytest.fixture(scope="module")
def content() -> bytes:
    """Weights of 4 MB: those that the test network takes, and some that make it longer to fetch."""
    return save(timm.create_model("test_resnet").state_dict())


@pytest.fixture
def server(content: bytes) -> Iterator[FakeHub]:
    server = FakeHub(content)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setattr(download, "_CHUNK", 2**16)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 2**16)
    return tmp_path


@pytest.fixture
def online(server: FakeHub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """huggingface_hub talks to the imitation."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    return server


@pytest.fixture
def elsewhere(server: FakeHub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """timm knows weights at a plain address of the imitation, with the first digits of their hash in the name."""
    digest = hashlib.sha256(server.content).hexdigest()[:8]
    config = PretrainedCfg(url=f"{server.address}/weights-{digest}.pth", architecture="test_mlp")
    monkeypatch.setattr(hub, "timm_config", lambda name: config)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return server


def fetched(name: str = NAME) -> tuple[list[Progress], Path]:
    steps, run = [], hub.fetch(name)
    while True:
        try:
            steps.append(next(run))
        except StopIteration as end:
            return steps, end.value


def half_written(folder: Path) -> list[Path]:
    """Files that a later load could take for whole ones, or that only take up room."""
    big = [each for each in folder.rglob("*") if each.is_file() and each.stat().st_size > 1000]
    return [each for each in big if not each.name.endswith(".lock")]


def ended(prefix: str = "download ") -> bool:
    """Whether the downloading threads end, within a few seconds."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if not any(each.name.startswith(prefix) for each in threading.enumerate()):
            return True
        time.sleep(0.02)
    return False


# It works


@pytest.mark.slow
@pytest.mark.parametrize("where", ["online", "elsewhere"])
@pytest.mark.parametrize("mood", ["well", "size unknown"])
def test_a_download_grows_and_returns_the_file(where: str, mood: str, request: pytest.FixtureRequest) -> None:
    server: FakeHub = request.getfixturevalue(where)
    server.mood, server.pause = mood, 0.07
    size = len(server.content)
    steps, file = fetched()
    assert file.read_bytes() == server.content
    assert steps[0] == Progress(0, 0, "asking the hub")
    counts = [each.step for each in steps]
    assert counts == sorted(counts)
    assert len(set(counts)) >= 4
    assert steps[-1] == Progress(size, size if mood == "well" else 0, "bytes")
    assert {each.total for each in steps} <= {0, size}


def test_what_is_there_is_found_without_asking_anybody(online: FakeHub) -> None:
    assert not hub.is_downloaded(NAME)
    _, file = fetched()
    assert hub.is_downloaded(NAME)
    asked = online.asked
    assert fetched() == ([], file)
    assert load_model(NAME, device="cpu").class_names[0]
    assert online.asked == asked > 0


def test_what_other_programs_have_cached_is_found(cache: Path, content: bytes) -> None:
    folder = cache / "hub" / "models--timm--test_resnet.r160_in1k"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "snapshots" / COMMIT / "pytorch_model.bin").write_bytes(content)
    assert hub.is_downloaded(NAME)
    assert hub.is_downloaded("test_resnet")
    assert fetched()[1].name == "pytorch_model.bin"


def test_the_older_format_is_fetched_where_the_hub_has_no_safetensors(online: FakeHub) -> None:
    online.mood = "bin only"
    assert fetched()[1].name == "pytorch_model.bin"


def test_nothing_is_asked_for_an_unknown_name(online: FakeHub) -> None:
    for name in ("test_resnett", "test_resnet.nope", "", "hf-hub:timm/x"):
        with pytest.raises(UnknownName):
            next(hub.fetch(name))
        with pytest.raises(UnknownName):
            hub.is_downloaded(name)
    assert not online.asked


def test_weights_that_nobody_published_are_told_in_a_sentence(online: FakeHub) -> None:
    name = next(each for each in timm.list_models() if not timm.list_pretrained(f"{each}.*"))
    with pytest.raises(ModelUnavailable, match=r"Nobody has published weights for .*weights='random'"):
        next(hub.fetch(name))
    assert not hub.is_downloaded(name)
    assert not online.asked


SCRIPT = f"""
from vizlib.weights import hub
from vizlib.models.loading import load_model
print(len({{each.step for each in hub.fetch({NAME!r})}}), flush=True)
input()
print(list(hub.fetch({NAME!r})), hub.is_downloaded({NAME!r}), load_model({NAME!r}, device="cpu").name)
"""


@pytest.mark.slow
def test_a_process_of_its_own_downloads_once_and_needs_the_hub_no_more(server: FakeHub, tmp_path: Path) -> None:
    server.pause = 0.05
    own = {"HF_ENDPOINT": server.address, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}
    environment = {**os.environ, **own, "OMP_WAIT_POLICY": "passive"}
    command = [sys.executable, "-c", SCRIPT]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) >= 2
        server.mood = "down"
        asked = server.asked
        answer, _ = process.communicate("\n", timeout=200)
    assert answer.split() == ["[]", "True", NAME]
    assert server.asked == asked


# It fails


FAILURES = [
    ("missing", "the hub does not have them"),
    ("gated", "the hub asks for a login"),
    ("down", "the hub answered with error 503"),
    ("no hub", "the hub cannot be reached"),
    ("silent", "the hub did not answer in time"),
]


@pytest.mark.parametrize(("mood", "reason"), FAILURES, ids=[each[0] for each in FAILURES])
def test_a_hub_that_fails_is_told_in_a_sentence_and_soon(
    mood: str, reason: str, online: FakeHub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_PATIENCE", 0.5)
    online.mood = mood
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match=rf"{NAME} could not be downloaded: {reason}") as caught:
        fetched()
    assert time.monotonic() - began < 5
    assert "VIZLIB_WEIGHTS" in caught.value.remedy
    assert "bundled" in caught.value.remedy
    assert not half_written(cache)
    assert not hub.is_downloaded(NAME)


def test_no_connection_is_told_in_a_sentence_and_at_once(online: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    )
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match="could not be downloaded: the hub cannot be reached"):
        fetched()
    assert time.monotonic() - began < 5


def test_a_forbidden_connection_is_told_in_a_sentence(cache: Path) -> None:
    with pytest.raises(ModelUnavailable, match="the hub cannot be reached"):  # conftest: HF_HUB_OFFLINE
        fetched()


def test_a_download_that_breaks_off_leaves_nothing(
    online: FakeHub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between the client's own tries
    online.mood = "cut off"
    with pytest.raises(ModelUnavailable, match="the file arrived incomplete or damaged"):
        fetched()
    assert not half_written(cache)
    assert not hub.is_downloaded(NAME)


def test_a_file_with_another_hash_than_the_hub_says_does_not_stay(online: FakeHub, cache: Path) -> None:
    online.mood = "garbage"
    with pytest.raises(ModelUnavailable, match="the file arrived incomplete or damaged"):
        fetched()
    assert not half_written(cache)
    assert not hub.is_downloaded(NAME)
    online.mood = "well"
    download.FAILURES.forget()
    assert load_model(NAME, device="cpu").name == NAME


@pytest.mark.slow
@pytest.mark.parametrize("where", ["online", "elsewhere"])
def test_a_download_that_stands_still_is_given_up(
    where: str, cache: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: FakeHub = request.getfixturevalue(where)
    monkeypatch.setattr(download, "_STALLED", 0.7)
    server.mood = "stalls"
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match="the hub did not answer in time"):
        fetched()
    assert time.monotonic() - began < 5
    server.release.set()
    assert ended()
    assert not half_written(cache)
    assert not hub.is_downloaded(NAME)


@pytest.mark.parametrize("mood", ["cut off", "garbage", "missing", "down"])
def test_a_plain_address_that_fails_leaves_nothing(mood: str, elsewhere: FakeHub, cache: Path) -> None:
    elsewhere.mood = mood
    reasons = {"missing": "the hub does not have them", "down": "the hub answered with error 503"}
    with pytest.raises(ModelUnavailable, match=reasons.get(mood, "the file arrived incomplete or damaged")):
        fetched(URL_NAME)
    assert not half_written(cache)
    assert not hub.is_downloaded(URL_NAME)


@pytest.mark.parametrize("damage", ["garbage", "truncated"])
def test_a_damaged_file_in_the_cache_is_removed_and_the_next_try_downloads_it(damage: str, online: FakeHub) -> None:
    _, file = fetched()
    size = 1000 if damage == "truncated" else len(online.content)
    file.resolve().write_bytes(online.content[:1000].ljust(size, b"\0"))
    with pytest.raises(CheckpointMismatch, match=rf"file of {NAME} is damaged, so it was removed. Try again"):
        load_model(NAME, device="cpu")
    assert not file.resolve().exists()
    assert not hub.is_downloaded(NAME)
    assert load_model(NAME, device="cpu").name == NAME


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied"), "the cache folder cannot be written"),
        (ValueError("what now"), r"the connection failed \(ValueError what now\)"),
    ],
)
def test_the_reason_of_a_failure_is_given(
    problem: Exception, reason: str, online: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **words: Any) -> None:
        raise problem

    monkeypatch.setattr(download, "hf_hub_download", fail)
    with pytest.raises(ModelUnavailable, match=f"could not be downloaded: {reason}"):
        fetched()


# Many downloads


def test_a_failure_is_remembered_for_half_a_minute_and_says_when_the_next_try_is(
    online: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("vizlib.weights.queue.time.monotonic", lambda: now)
    online.mood = "down"
    with pytest.raises(ModelUnavailable) as first:
        list(hub.fetch(NAME))
    asked, now = online.asked, 1007.5
    with pytest.raises(ModelUnavailable) as again:
        list(hub.fetch(NAME))
    assert online.asked == asked
    assert again.value.sentence == first.value.sentence
    assert again.value.remedy == f"{first.value.remedy} Next try in 23 s."
    online.mood, now = "well", 1030.0
    assert fetched()[1].is_file()


def test_another_network_is_asked_for_all_the_same(online: FakeHub) -> None:
    online.mood = "down"
    for name in (NAME, "test_vit.r160_in1k"):
        with pytest.raises(ModelUnavailable, match=f"{name}.*503"):
            fetched(name)


@pytest.mark.slow
def test_two_downloads_run_at_once_and_the_third_says_how_many_are_ahead(online: FakeHub) -> None:
    online.pause = 0.1
    names = [NAME, "test_vit.r160_in1k", "test_resnet", "test_vit2.r160_in1k"]
    runs = [hub.fetch(name) for name in names]
    for run in runs[:2]:
        while next(run).step == 0:
            pass
    third, fourth = ([next(run) for _ in range(2)][-1] for run in runs[2:])
    assert third == Progress(0, 0, "2 downloads ahead of yours")
    assert fourth == Progress(0, 0, "3 downloads ahead of yours")
    runs[0].close()
    assert ended(f"download {NAME}")
    assert next(runs[3]).note == "2 downloads ahead of yours", "the third comes first"
    online.pause = 0
    runs[3].close()
    *_, last = runs[2]
    assert last.step == len(online.content)
    runs[1].close()
    assert ended()


def test_a_visitor_who_leaves_the_queue_delays_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("vizlib.weights.queue.time.monotonic", lambda: now)
    queue = DownloadQueue(at_once=1)
    assert [queue.ahead(each) for each in "abc"] == [0, 1, 2]
    queue.leave("a")
    assert queue.ahead("c") == 1
    now = 3.0
    assert queue.ahead("c") == 0, "b has not asked for a while"
    assert queue.ahead("b") == 1


# A visitor leaves


@pytest.mark.parametrize("where", ["online", "elsewhere"])
def test_closing_ends_the_download_and_leaves_nothing(where: str, cache: Path, request: pytest.FixtureRequest) -> None:
    server: FakeHub = request.getfixturevalue(where)
    server.pause = 0.3
    run = hub.fetch(NAME)
    while next(run).step == 0:
        pass
    run.close()
    assert ended()
    assert not half_written(cache)
    assert not hub.is_downloaded(NAME)
    server.pause = 0
    assert fetched()[1].read_bytes() == server.content


def test_two_bars_for_the_same_bytes_count_once() -> None:
    counter = download.Counter()
    first, rebuilt = counter.bar()(total=100), counter.bar()(total=100, name="second")
    first.update(60)
    rebuilt.update(50)
    assert counter.progress() == Progress(60, 100, "bytes")
    rebuilt.total = 120
    rebuilt.update(70)
    assert counter.progress() == Progress(120, 120, "bytes")


# Sizes


def test_parameter_counts_are_true_and_cover_timm() -> None:
    counts = hub.parameter_counts()
    for name in ("test_resnet", "test_vit", "squeezenet1_0", "mobilenetv3_small_050"):
        if timm.is_model(name):
            assert counts[name] == sum(each.numel() for each in timm.create_model(name).parameters())
    models = timm.list_models()
    assert sum(name in counts for name in models) / len(models) > 0.9
