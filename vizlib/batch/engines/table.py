"""The engines by name. Ray and submitit are imported when their engine is asked for."""

from __future__ import annotations

from importlib import import_module

from vizlib.batch.engines.engine import Engine
from vizlib.errors import UnknownName, VizError

ENGINES = {"local": "", "ray": "ray", "slurm": "submitit"}  # each with the package that it needs


def engine_of(name: str) -> Engine:
    """The engine of a name. Raises UnknownName for another name, VizError where its package is not installed."""
    if name not in ENGINES:
        raise UnknownName.among("engine", name, ENGINES)
    try:
        found: Engine = getattr(import_module(f"vizlib.batch.engines.{name}"), name)
    except ModuleNotFoundError as problem:
        if problem.name != ENGINES[name]:
            raise
        what = f"The engine {name!r} needs the package {problem.name}, which is not installed here."
        raise VizError(what, 'Install it with: pip install "filterscope[scale]"') from None
    return found
