"""The engine's own torch context: a result does not depend on the context in which a caller asks for it.

Grad mode, inference mode, autocast and the default device belong to a thread; the default dtype, deterministic
algorithms, cuDNN's search for algorithms, the precision of float32 products and whether code of torch.compile runs as
compiled belong to the whole process. Within every pass, every public entry and every step of a generator they are as in
a fresh process, except that float32 means float32 everywhere and that compiled networks run eagerly. Then the caller
gets its own context back.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

import torch
from torch import Tensor

from vizlib.errors import VizError

P = ParamSpec("P")
R = TypeVar("R")


class _Here(threading.local):
    """Where this thread is."""

    inside = False  # the engine's own context

    def __init__(self) -> None:
        self.known: dict[Hashable, Any] = {}  # what `once` has computed since this thread came inside


class _Flag(NamedTuple):
    """A switch of the whole process."""

    get: Callable[[], Any]
    set: Callable[[Any], None]
    fine: tuple[Any, ...]  # values that suit the engine; the first one is set where another one is found


def _of(owner: Any, name: str, *fine: Any) -> _Flag:
    return _Flag(partial(getattr, owner, name), partial(setattr, owner, name), fine)


_backends: Any = torch.backends
# By default cuDNN rounds float32 to 10 bits (TF32), which would change verdicts. torch has an older and a newer way to
# switch this. The older ones come first, because they change the newer ones too.
_FLAGS: Final = (
    _Flag(torch.get_default_dtype, torch.set_default_dtype, (torch.float32,)),
    _Flag(torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode, (0,)),
    _Flag(torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, ("highest",)),
    _of(_backends.cudnn, "deterministic", False),
    _of(_backends.cudnn, "benchmark", False),
    _of(_backends.cudnn, "allow_tf32", False),
    *(
        _of(owner, "fp32_precision", "ieee", "none")
        for owner in (
            _backends.cuda.matmul,
            _backends.cudnn.conv,
            _backends.mkldnn.matmul,
            _backends.mkldnn.conv,
        )
    ),
)


class _Process:
    """The flags of the process while any thread is inside the engine.

    The last thread to leave gives the caller's values back, so that no thread changes them under another's pass.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads = 0
        self._callers: list[tuple[_Flag, Any]] = []
        self._stance = ExitStack()  # what torch.compile may do; the caller's own comes back at its end
        self._eager = False

    def enter(self) -> None:
        with self._lock:
            self._run_eagerly()
            self._threads += 1
            for flag in _FLAGS:
                if (value := _value(flag)) not in flag.fine:
                    self._callers.append((flag, value))
                    flag.set(flag.fine[0])

    def _run_eagerly(self) -> None:
        """Networks that torch.compile was given run as they are written: compiled code does not see new hooks."""
        if self._eager or "torch._dynamo" not in sys.modules:
            return
        try:
            if torch.compiler.is_compiling():
                raise RuntimeError("the engine is being compiled")
            self._stance.enter_context(torch.compiler.set_stance("force_eager"))
        except RuntimeError as problem:  # torch's too: inside compiled code the stance cannot be changed
            what = "The engine was called inside a function that torch.compile made."
            raise VizError(what, "Call it outside of that function, or compile model.as_module().") from problem
        self._eager = True

    def leave(self) -> None:
        with self._lock:
            self._threads -= 1
            while self._callers and not self._threads:
                flag, value = self._callers.pop()
                flag.set(value)
            if not self._threads:
                self._stance.close()
                self._eager = False


def _value(flag: _Flag) -> Any:
    try:
        return flag.get()
    except RuntimeError:  # of an older switch, after a newer one was used: the newer ones tell
        return flag.fine[0]


_here, _process = _Here(), _Process()
_AUTOCAST: Final = ("cpu", "cuda", "mps")


@contextmanager
def own_context(grad: bool = True) -> Iterator[None]:
    """Within this block and thread the engine's own context holds, with this grad mode.

    Inside another such block it changes nothing, so that the engine may choose a grad mode or autocast of its own.
    Never yield inside, except from a context manager.
    """
    if _here.inside:
        yield
        return
    with ExitStack() as callers:
        _process.enter()
        callers.callback(_process.leave)
        if torch.is_inference_mode_enabled():
            callers.enter_context(torch.inference_mode(False))
        callers.enter_context(torch.set_grad_enabled(grad))
        for kind in _AUTOCAST:
            if torch.is_autocast_enabled(kind):
                callers.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            callers.enter_context(torch.device("cpu"))
        _here.inside = True
        callers.callback(_here.known.clear)
        callers.callback(setattr, _here, "inside", False)
        yield


def inside() -> bool:
    """Whether this thread computes within the engine already."""
    return _here.inside


def once(key: Hashable, compute: Callable[[], R]) -> R:
    """The value, computed once while this thread is inside the engine: no caller changes a network meanwhile."""
    if not _here.inside:
        return compute()
    if key not in _here.known:
        _here.known[key] = compute()
    value: R = _here.known[key]
    return value


def usable(value: Any) -> Any:
    """The value; a tensor that was made in inference mode as a copy, because it could not enter autograd."""
    return value.clone() if isinstance(value, Tensor) and value.is_inference() else value


def in_own_context(function: Callable[P, R]) -> Callable[P, R]:
    """A decorator: the function runs in the engine's own context, a generator function within each of its steps."""
    return _stepwise(function) if inspect.isgeneratorfunction(function) else _at_once(function)


def _at_once(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _here.inside:
            return function(*args, **kwargs)
        with own_context():
            return _called(function, args, kwargs)

    return run


def _called(function: Callable[..., R], args: Any, kwargs: Any) -> R:
    return function(*map(usable, args), **{name: usable(value) for name, value in kwargs.items()})


def _stepwise(function: Callable[P, Any]) -> Callable[P, Any]:
    @wraps(function)
    def steps(*args: P.args, **kwargs: P.kwargs) -> Generator[Any, Any, Any]:
        with own_context():
            run: Generator[Any, Any, Any] = _called(function, args, kwargs)
        step: Callable[[], Any] = partial(next, run)
        try:
            while True:
                try:
                    with own_context():
                        frame = step()
                except StopIteration as end:
                    return end.value
                try:
                    step = partial(run.send, (yield frame))
                except GeneratorExit:
                    raise
                except BaseException as problem:  # noqa: BLE001  thrown in by the reader: the run decides what it means
                    step = partial(run.throw, problem)
        finally:
            if not sys.is_finalizing():  # at the end of a script torch is half gone, and no context is left to protect
                with own_context():
                    run.close()

    return steps
