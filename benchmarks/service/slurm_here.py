"""A real SLURM on this machine for as long as a benchmark needs it: controller, one node and munge, in one folder."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("munged", "slurmctld", "slurmd", "sinfo", "sbatch", "srun", "scancel")
PATIENCE = 60.0  # seconds until the node is idle
SETTINGS = """
ClusterName=benchmark
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """The programs of SLURM that are not installed here."""
    place = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    return [each for each in PROGRAMS if shutil.which(each, path=place) is None]


@contextmanager
def slurm(folder: Path, cpus: int = 2) -> Iterator[None]:
    """A cluster of one node, which SLURM's commands find by SLURM_CONF; it ends with the block.

    folder: of all its files, which must have a short path. Raises TimeoutError if the node does not get ready.
    """
    for name in ("state", "spool"):
        (folder / name).mkdir()
    folder.chmod(0o755)  # munge refuses a folder that others may write
    settings, before = _settings(folder, cpus), os.environ.get("SLURM_CONF")
    processes: list[subprocess.Popen[Any]] = []
    os.environ["SLURM_CONF"] = str(settings)
    try:
        for words in _commands(folder, settings):
            processes.append(_begun(words, folder))
            time.sleep(1)
        _wait("idle", "sinfo", "-h", "-o", "%t")
        try:
            yield
        finally:
            subprocess.run(["scancel", "-u", getpass.getuser()], check=False)
            _wait("", "squeue", "-h")  # a job whose controller ended before it would stay
    finally:
        _end(processes)
        os.environ.pop("SLURM_CONF")
        os.environ.update({} if before is None else {"SLURM_CONF": before})


def _settings(folder: Path, cpus: int) -> Path:
    controller, node = _free(), _free()
    host, user = socket.gethostname().split(".", 1)[0], getpass.getuser()
    words = {"folder": folder, "host": host, "user": user, "controller": controller, "node": node, "cpus": cpus}
    file = folder / "slurm.conf"
    file.write_text(SETTINGS.format(**words), encoding="utf-8")
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    return file


def _commands(folder: Path, settings: Path) -> Iterator[list[str]]:
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    yield ["munged", "--foreground", *(f"--{option}={folder}/munge.{end}" for option, end in files.items())]
    yield ["slurmctld", "-D", "-c", "-f", str(settings)]
    yield ["slurmd", "-D", "-c", "-f", str(settings)]


def _begun(words: list[str], folder: Path) -> subprocess.Popen[Any]:
    place = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    program = shutil.which(words[0], path=place)
    with (folder / f"{words[0]}.out").open("wb") as log:
        return subprocess.Popen(
            [str(program), *words[1:]], stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )


def _wait(answer: str, *command: str) -> None:
    """Waits until a command of SLURM gives that answer."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip() == answer:
            return
        time.sleep(0.5)
    raise TimeoutError(f"SLURM's {command[0]} does not say {answer!r} after {PATIENCE:.0f} s")


def _end(processes: list[subprocess.Popen[Any]]) -> None:
    for each in reversed(processes):
        each.terminate()
    for each in processes:
        try:
            each.wait(20)
        except subprocess.TimeoutExpired:
            each.kill()


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
