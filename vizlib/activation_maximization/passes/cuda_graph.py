"""The heavy part of a step, recorded once and replayed as one launch: a CUDA graph, where that is faster.

With small networks and small batches a device waits for the host; a graph of the forward and backward pass avoids it.
A call that cannot be recorded runs as usual, and the reason is kept on the network.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from vizlib.errors import TooBig
from vizlib.models import Classifier, drop_traceback, foreign

Outputs = tuple[Tensor, ...]
_MOST = 4  # recordings at once: each holds the memory of a pass
_WARM = 3  # calls before anything is timed: libraries choose their kernels in them
_TIMED = 3  # calls of either kind that are compared
_WHY = "no graph"  # the key of the reason, in the network's memo


class Recorder(Protocol):
    """Records calls on a device."""

    def warm(self, call: Callable[[], Outputs]) -> Outputs:
        """The call's outputs, made as a recording will make them."""

    def record(self, call: Callable[[], Outputs]) -> tuple[Callable[[], object], Outputs]:
        """What replays the call, and the tensors that hold its outputs after each replay; they hold nothing yet."""

    def now(self) -> float:
        """Seconds, when all that was asked of the device is done."""


_ASIDE = threading.Lock()  # torch has few streams and hands them out again: no two threads may record on one


class CudaRecorder:
    """Records CUDA graphs on a stream aside; the recordings share one pool of memory."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._side = device, torch.cuda.Stream(device)
        self._pool = torch.cuda.graph_pool_handle()

    def warm(self, call: Callable[[], Outputs]) -> Outputs:
        here = torch.cuda.current_stream(self._device)
        with _ASIDE:
            self._side.wait_stream(here)
            with torch.cuda.stream(self._side):
                outputs = call()
            here.wait_stream(self._side)
        return tuple(each.clone() for each in outputs)  # in memory of this stream

    def record(self, call: Callable[[], Outputs]) -> tuple[Callable[[], object], Outputs]:
        graph = torch.cuda.CUDAGraph()
        aside = torch.cuda.graph(graph, self._pool, self._side, capture_error_mode="thread_local")  # others go on
        with _ASIDE, torch.cuda.device(self._device), aside:
            outputs = call()
        return graph.replay, outputs

    def now(self) -> float:
        torch.cuda.current_stream(self._device).synchronize()
        return time.perf_counter()


@dataclass(eq=False)
class _Course:
    """How one kind of call has gone so far."""

    calls: int = 0
    went: list[float] = field(default_factory=list)  # seconds, without a recording
    replayed: list[float] = field(default_factory=list)  # seconds
    settled: bool = False
    inputs: Outputs = ()  # what the recording reads
    replay: Callable[[], object] | None = None
    outputs: Outputs = ()  # what it writes
    function: object = None  # what it was recorded from, whose tensors it reads too

    def again(self, inputs: Sequence[Tensor]) -> Outputs:
        assert self.replay is not None
        for own, given in zip(self.inputs, inputs, strict=True):
            own.copy_(given)
        self.replay()
        return tuple(each.clone() for each in self.outputs)

    def forget(self) -> None:
        self.inputs, self.replay, self.outputs, self.function, self.settled = (), None, (), None, True


class Replayed:
    """Calls of functions from tensors to tensors. After the first calls one is recorded; then the faster way is taken.

    Functions of equal keys do the same, read no tensor that changes but their inputs, and wait for nothing.
    """

    def __init__(self, model: Classifier, recorder: Recorder) -> None:
        self._model, self._recorder = model, recorder
        self._courses: dict[Hashable, _Course] = {}
        self._short = ""  # the reason, if only memory was short: a smaller batch may fit

    @property
    def reason(self) -> str:
        """Why nothing is recorded any more, "" where nothing has failed."""
        why: str = self._model.memo.get(_WHY, self._short)
        return why

    def __call__(self, key: Hashable, function: Callable[..., Outputs], inputs: Sequence[Tensor]) -> Outputs:
        with self._model.lock:  # others must not hook into a network that is being recorded
            course = self._course((key, *((each.shape, each.stride(), each.dtype) for each in inputs)))
            course.calls += 1
            if course.replay is not None:
                return self._compared(course, inputs)
            if course.settled or self.reason:
                return function(*inputs)
            if course.calls <= _WARM:
                return self._recorder.warm(lambda: function(*inputs))
            if len(course.went) < _TIMED:
                return self._timed(course.went, lambda: function(*inputs))
            return self._recorded(course, function, inputs)

    def _course(self, key: Hashable) -> _Course:
        if key not in self._courses:
            while len(self._courses) >= _MOST:
                self._courses.pop(next(iter(self._courses)))
            self._courses[key] = _Course()
        return self._courses[key]

    def _timed(self, times: list[float], call: Callable[[], Outputs]) -> Outputs:
        begin = self._recorder.now()
        outputs = call()
        times.append(self._recorder.now() - begin)
        return outputs

    def _recorded(self, course: _Course, function: Callable[..., Outputs], inputs: Sequence[Tensor]) -> Outputs:
        try:
            course.inputs = tuple(each.clone() for each in inputs)
            course.replay, course.outputs = self._recorder.record(lambda: function(*course.inputs))
            course.function = function
            return course.again(inputs)
        except Exception as problem:  # noqa: BLE001  a driver's, a library's, or of a network that waits for the host
            self._note(problem)
            drop_traceback(problem)
        course.forget()
        return function(*inputs)

    def _note(self, problem: Exception) -> None:
        why = f"{type(problem).__name__}: {(str(problem).splitlines() or [''])[0][:200]}"
        if isinstance(problem, (TooBig, torch.OutOfMemoryError)):
            self._short = why
        else:
            self._model.memo[_WHY] = why

    def _compared(self, course: _Course, inputs: Sequence[Tensor]) -> Outputs:
        if course.settled:
            return course.again(inputs)
        outputs = self._timed(course.replayed, lambda: course.again(inputs))
        if len(course.replayed) == _TIMED:
            course.settled = True
            if not _faster(course.replayed, course.went):
                course.forget()
        return outputs


def _faster(replayed: Sequence[float], went: Sequence[float]) -> bool:
    return statistics.median(replayed) < statistics.median(went)


def replayed(model: Classifier) -> Replayed | None:
    """The recorded passes of a network on a CUDA device; None elsewhere, and for a network with hooks.

    A recording repeats what a hook did the first time, but does not call it again.
    """
    if model.device.type != "cuda" or foreign(model.network):
        return None
    return Replayed(model, CudaRecorder(model.device))
