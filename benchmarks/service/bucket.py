"""An S3 server on this machine (moto's) with one bucket: it can be stopped, go on, be killed, and lose a bit."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from benchmarks.service.processes import HERE, Server, free_port, launch

BUCKET = "results"
PREFIX = "filterscope"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
NONE = "This benchmark needs the packages moto (with its server) and s3fs, which are not all here."


def installed() -> bool:
    """Whether the S3 server and what a dashboard needs for it are here."""
    return all(map(find_spec, ("moto", "flask", "boto3", "s3fs")))


@dataclass
class Bucket:
    """The bucket, and the server that has it, in memory."""

    port: int
    server: Server

    @property
    def environment(self) -> dict[str, str]:
        """What a dashboard needs to use it."""
        address = {"AWS_ENDPOINT_URL": f"http://{HERE}:{self.port}", "NO_PROXY": HERE}
        return {"VIZLIB_STORE": f"s3://{BUCKET}/{PREFIX}", **KEYS, **address}

    @cached_property
    def client(self) -> Any:
        """boto3's client."""
        import boto3

        names = ("aws_access_key_id", "aws_secret_access_key", "region_name")
        return boto3.client("s3", endpoint_url=f"http://{HERE}:{self.port}", **dict(zip(names, KEYS.values())))

    def results(self) -> set[str]:
        """The names of all results."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        names = {each["Key"] for page in pages for each in page.get("Contents", [])}
        return {each for each in names if "/notes/" not in each}

    def read(self, name: str) -> bytes:
        return bytes(self.client.get_object(Bucket=BUCKET, Key=name)["Body"].read())

    def damage(self, name: str) -> None:
        """Turns one bit in the middle of the object."""
        content = bytearray(self.read(name))
        content[len(content) // 2] ^= 1
        self.client.put_object(Bucket=BUCKET, Key=name, Body=bytes(content))

    def stall(self) -> None:
        """From now on the server takes connections and never answers."""
        os.killpg(self.server.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.killpg(self.server.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """From now on the port is closed; what the server had is lost."""
        self.server.kill()
        self.server.log.unlink(missing_ok=True)

    def start_again(self) -> None:
        """A new server on the same port, with the same bucket, which is empty."""
        self.server = _started(self.port)
        self.client.create_bucket(Bucket=BUCKET)


def _started(port: int) -> Server:
    command = [sys.executable, "-m", "moto.server", "-H", HERE, "-p", str(port)]
    return launch(command, port).wait("/moto-api/")


@contextmanager
def bucket() -> Iterator[Bucket]:
    """An S3 server with an empty bucket, which ends after the block."""
    port = free_port()
    found = Bucket(port, _started(port))
    try:
        found.client.create_bucket(Bucket=BUCKET)
        yield found
    finally:
        if found.server.process.poll() is None:
            found.go_on()
        found.server.end()
        found.server.log.unlink(missing_ok=True)
