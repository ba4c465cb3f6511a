"""Servers that a benchmark starts here, each a process group of its own: dashboards, a proxy, an S3 server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
HERE = "127.0.0.1"


@dataclass
class Server:
    """A server in a process of its own; `host` is the name by which visitors know it."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    host: str = HERE

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def get(self, path: str, seconds: float = 10) -> bytes:
        """The server's response to a request."""
        with urllib.request.urlopen(f"http://{HERE}:{self.port}{path}", timeout=seconds) as answer:
            return bytes(answer.read())

    def wait(self, path: str, seconds: float = 60) -> Server:
        """Waits until the server answers that path; returns itself. Raises RuntimeError if it never does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.get(path, 2)
                return self
            except urllib.error.HTTPError as answer:
                answer.close()
                time.sleep(0.05)
            except OSError:
                time.sleep(0.05)
        self.end()
        raise RuntimeError(f"{self.process.args!r} did not start:\n{self.text()[-2000:]}")

    def memory(self) -> int:
        """Resident bytes."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def kill(self) -> None:
        """Ends the server at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """Asks the server to end, and kills it if it does not."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def text(self) -> str:
        """The server's log so far."""
        return self.log.read_text(errors="replace")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def launch(command: list[str], port: int, host: str = HERE, **environment: str) -> Server:
    """Starts the command, which is to listen on that port; does not wait for it."""
    handle, name = tempfile.mkstemp(prefix="filterscope_", suffix=".log")
    with os.fdopen(handle, "wb") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "OMP_WAIT_POLICY": "passive", "HF_HUB_OFFLINE": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(port, process, Path(name), host)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, which ends after the block, and its log with it."""
    try:
        yield server
    finally:
        server.end()
        server.log.unlink(missing_ok=True)
