"""The hub fails in six ways: what is the message, how soon, what stays in the cache, and does a later download work?

    python -m benchmarks.service.hub_faults               # about two minutes
    python -m benchmarks.service.hub_faults --no-write    # leave RESULTS.md alone

A server on this machine imitates the hub. Each fault is tried in a fresh process with HF_ENDPOINT and an empty cache.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import timm
from safetensors.torch import save

from benchmarks.results import write_section

ROOT = Path(__file__).resolve().parents[2]
NAME = "test_resnet.r160_in1k"
COMMIT = "1234567890" * 4
FAULTS = {  # each with the most seconds until the message
    "refused": 5.0,
    "silent": 15.0,
    "stalls": 45.0,
    "404": 5.0,
    "truncated": 30.0,
    "wrong hash": 15.0,
}
CHILD = f"""
import json, sys, time
from vizlib import VizError, load_model
from vizlib.weights import hub
from vizlib.weights import FAILURES

def tried():
    began = time.perf_counter()
    try:
        load_model({NAME!r}, device="cpu")
        said = ["", ""]
    except VizError as problem:
        said = [problem.sentence, problem.remedy]
    print(json.dumps([time.perf_counter() - began, *said, hub.is_downloaded({NAME!r})]), flush=True)

tried()
input()
tried()  # remembered
FAILURES.forget()
input()
tried()
"""


class FakeHub(ThreadingHTTPServer):
    """Serves one file in its `mood`."""

    daemon_threads = True

    def __init__(self, content: bytes, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.content, self.mood, self.asked = content, "well", 0
        self.release = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that close the connection."""


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Prints nothing."""

    def do_HEAD(self) -> None:
        self._answer(False)

    def do_GET(self) -> None:
        self._answer(True)

    def _answer(self, body: bool) -> None:
        hub, mood = self.server, self.server.mood
        hub.asked += 1
        if mood == "silent":
            hub.release.wait(60)
        if mood == "404":
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            # Otherwise the client would keep the connection to a server that has ended.
            self.send_header("Connection", "close")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(hub.content).hexdigest()}"')
        self.send_header("Content-Length", str(len(hub.content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if body:
            content = bytes(len(hub.content)) if mood == "wrong hash" else hub.content
            self.wfile.write(content[: len(content) // 2] if mood in ("truncated", "stalls") else content)
            if mood == "stalls":
                self.wfile.flush()
                hub.release.wait(60)


@contextmanager
def serving(content: bytes, port: int, mood: str) -> Iterator[FakeHub]:
    server = FakeHub(content, port)
    server.mood = mood
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Outcome:
    """What happened at one fault."""

    fault: str
    seconds: float
    sentence: str
    remedy: str
    again: float  # seconds of the second try, which must not ask the hub
    asked_again: int  # requests during the second try
    left: list[str]  # files in the cache that a later load could take
    loads: bool  # once the hub works again

    @property
    def good(self) -> bool:
        told = bool(self.sentence and self.remedy) and self.seconds <= FAULTS[self.fault]
        return told and self.again < 1 and not self.asked_again and not self.left and self.loads


def left_over(cache: Path) -> list[str]:
    """Files that a later load could take for the weights: links and whole files, without those marked as incomplete."""
    found = [each for each in cache.rglob("*") if each.is_symlink() or (each.is_file() and each.stat().st_size > 1000)]
    return [each.name for each in found if each.suffix not in (".lock", ".incomplete")]


def meet(fault: str, content: bytes) -> Outcome:
    """One process tries to download during the fault, again at once, and a third time when the hub works."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="hub_faults_") as cache:
        own = {"HF_ENDPOINT": f"http://127.0.0.1:{port}", "HF_HOME": cache, "HF_HUB_OFFLINE": "0", "VIZLIB_WEIGHTS": ""}
        environment = {**os.environ, **own, "NO_PROXY": "127.0.0.1", "OMP_WAIT_POLICY": "passive"}
        command, pipe = [sys.executable, "-c", CHILD], subprocess.PIPE
        with subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        ) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            if fault == "refused":
                seconds, sentence, remedy, there = json.loads(child.stdout.readline())
                again, asked = _again(child), 0
            else:
                with serving(content, port, fault) as server:
                    seconds, sentence, remedy, there = json.loads(child.stdout.readline())
                    asked = server.asked
                    again = _again(child)
                    asked = server.asked - asked
            left = [*left_over(Path(cache)), *(["what the hub module takes for whole"] if there else [])]
            with serving(content, port, "well"):
                child.stdin.write("\n")
                child.stdin.flush()
                _, problem, _, loads = json.loads(child.stdout.readline())
    return Outcome(fault, seconds, sentence, remedy, again, asked, left, loads and not problem)


def _again(child: Any) -> float:
    child.stdin.write("\n")
    child.stdin.flush()
    seconds, sentence, remedy, _ = json.loads(child.stdout.readline())
    return float(seconds) if sentence and "Next try in" in remedy else float("inf")


def table(outcomes: list[Outcome]) -> str:
    head = (
        "fault",
        "told after (s)",
        "at most (s)",
        "sentence",
        "told again after (s)",
        "left in the cache",
        "loads then",
    )
    lines = ["| " + " | ".join(head) + " |", "|---|---:|---:|---|---:|---|---|"]
    for each in outcomes:
        left, loads = ", ".join(each.left) or "nothing", "yes" if each.loads else "**no**"
        lines.append(
            f"| {each.fault} | {each.seconds:.1f} | {FAULTS[each.fault]:.0f} | {each.sentence} | {each.again:.2f} "
            f"| {left} | {loads} |"
        )
    remedies = " ".join(sorted({each.remedy for each in outcomes}))
    bad = [each.fault for each in outcomes if not each.good]
    verdict = f"Not as promised: {', '.join(bad)}." if bad else f"{len(outcomes)} of {len(outcomes)} as promised."
    return "\n".join([*lines, "", f"Each with its remedy: {remedies}", "", verdict])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-write", action="store_true")
    given = parser.parse_args()
    content = save(timm.create_model("test_resnet").state_dict())
    outcomes = [meet(fault, content) for fault in FAULTS]
    print(table(outcomes))
    if not given.no_write:
        write_section("Hub faults", "python -m benchmarks.service.hub_faults", table(outcomes))
    return int(not all(each.good for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
