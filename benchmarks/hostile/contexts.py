"""The torch contexts that callers work in, by seed: none may change a bit of an answer, and each is given back."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import vizlib
from vizlib.saliency import explain
from vizlib.synthetic import draw_scene

Entry = Callable[[vizlib.Classifier], Any]

NETWORKS = "bundled/scenes", "bundled/digits", "test_vit"
_DRAWN = 16  # combinations of contexts
_KINDS = "cpu", "cuda", "mps"
_backends: Any = torch.backends


@contextmanager
def _switched(owner: Any, **values: Any) -> Iterator[None]:
    before = {name: getattr(owner, name) for name in values}
    for name, value in values.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


@contextmanager
def _called(change: Callable[[Any], object], value: Any, back: Any) -> Iterator[None]:
    change(value)
    try:
        yield
    finally:
        change(back)


CONTEXTS: dict[str, Callable[[], Any]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast bfloat16": lambda: torch.autocast("cpu", torch.bfloat16),
    "autocast float16": lambda: torch.autocast("cpu", torch.float16),
    "default float64": lambda: _called(torch.set_default_dtype, torch.float64, torch.float32),
    "default bfloat16": lambda: _called(torch.set_default_dtype, torch.bfloat16, torch.float32),
    "within a device": lambda: torch.device("meta"),
    "default device": lambda: _called(torch.set_default_device, "meta", None),
    "deterministic": lambda: _called(torch.set_deterministic_debug_mode, 2, 0),
    "deterministic, warns": lambda: _called(torch.set_deterministic_debug_mode, 1, 0),
    "rough products": lambda: _called(torch.set_float32_matmul_precision, "medium", "highest"),
    "rough products, newer switch": lambda: _switched(_backends.mkldnn.matmul, fp32_precision="bf16"),
    "rough convolutions, newer switch": lambda: _switched(_backends.mkldnn.conv, fp32_precision="bf16"),
    "CUDA's products, newer switch": lambda: _switched(_backends.cuda.matmul, fp32_precision="tf32"),
    "cuDNN tries algorithms": lambda: _switched(_backends.cudnn, benchmark=True, deterministic=True, allow_tf32=True),
    "cuDNN, older switch": lambda: _switched(_backends.cudnn, allow_tf32=False),
}


def context() -> dict[str, Any]:
    """All that a caller could notice."""
    return {
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "autocast": [(torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)) for kind in _KINDS],
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "modes": len(torch.overrides._get_current_function_mode_stack()),
        "deterministic": torch.get_deterministic_debug_mode(),
        "cudnn": [getattr(_backends.cudnn, name) for name in ("benchmark", "deterministic")],
        "products": [each.matmul.fp32_precision for each in (_backends.cuda, _backends.mkldnn)],
        "convolutions": [each.conv.fp32_precision for each in (_backends.cudnn, _backends.mkldnn)],
        "random": bytes(torch.get_rng_state().tolist()),
    }


@contextmanager
def within(*names: str) -> Iterator[None]:
    """Within these contexts. Raises RuntimeError if the block changes one of them."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(CONTEXTS[name]())
        before = context()
        try:
            yield
        finally:
            after = context()
            if changed := [name for name, value in before.items() if after[name] != value]:
                raise RuntimeError(f"the caller's context was changed: {', '.join(changed)}")


def bits(answer: Any) -> Any:
    """An answer in a form whose `==` compares every bit."""
    if isinstance(answer, Tensor):
        if answer.is_inference():
            return "made in inference mode"
        return str(answer.dtype), tuple(answer.shape), answer.detach().contiguous().view(torch.uint8).numpy().tobytes()
    if isinstance(answer, np.ndarray):
        return str(answer.dtype), answer.shape, answer.tobytes()
    return [bits(each) for each in answer] if isinstance(answer, list | tuple) else answer


@cache
def _picture() -> np.ndarray[Any, Any]:
    return np.asarray(draw_scene(3).image)


@cache
def _loaded(name: str) -> vizlib.Classifier:
    return vizlib.load_model(name, "random" if name.startswith("test_") else "default", "cpu")


def _seen(model: vizlib.Classifier) -> Tensor:
    return vizlib.to_pixels(_picture(), model)


_QUICK: dict[str, dict[str, Any]] = {
    "smoothgrad": {"samples": 2}, "integrated_gradients": {"steps": 2}, "expected_gradients": {"samples": 2},
    "rise": {"masks": 10},
}  # fmt: skip


def _explained(method: str, model: vizlib.Classifier) -> Any:
    """The map, or the sentence that there is none; `saliency` would warn of so few steps."""
    try:
        return explain(model, _seen(model), method, knobs=_QUICK.get(method)).values
    except vizlib.NotShowable as problem:
        return str(problem)


def _fooled(model: vizlib.Classifier) -> Any:
    result = vizlib.fool(model, _picture(), 1, steps=10)
    return [result.png, result.probabilities_after, vizlib.walk(model, result, [0.0, 1.0]).logits]


def _maximized(model: vizlib.Classifier) -> Any:
    return [[frame.pixels, frame.scores] for frame in vizlib.maximize(model, 2, steps=2)]


def _random(model: vizlib.Classifier) -> Any:
    return vizlib.load_model("test_resnet", "random", "cpu").fingerprint


def _activations(model: vizlib.Classifier) -> Any:
    return list(vizlib.activations(model, _seen(model), [vizlib.list_layers(model)[2].path]).values())


ENTRIES: dict[str, Entry] = {
    "to_pixels": _seen,
    "model": lambda model: model(_seen(model)),
    "predict": lambda model: model.predict(_seen(model)),
    "top": lambda model: model.top(_seen(model)),
    **{method: partial(_explained, method) for method in vizlib.saliency_methods()},
    "activations": _activations,
    "maximize": _maximized,
    "fool and walk": _fooled,
    "sweep": lambda model: vizlib.sweep(model, _picture(), "blur", [0, 1]),
    "load_model": _random,
}


def contexts() -> Iterator[tuple[str, Callable[[Path], Callable[[], str]]]]:
    """Every entry in every context and in some combinations of them, with the networks in turn."""
    draw = random.Random(3)
    together: list[tuple[str, ...]] = [(name,) for name in CONTEXTS]
    together += [tuple(draw.sample(sorted(CONTEXTS), draw.randint(2, 6))) for _ in range(_DRAWN)]
    turn = 0
    for names in dict.fromkeys(together):
        for entry in ENTRIES:
            turn += 1
            network = NETWORKS[turn % len(NETWORKS)]
            yield f"{entry} of {network} in {' + '.join(names)}", partial(_prepared, entry, network, names)


@cache
def _plain(entry: str, network: str) -> Any:
    return bits(ENTRIES[entry](_loaded(network)))


def _prepared(entry: str, network: str, names: tuple[str, ...], folder: Path) -> Callable[[], str]:
    """Computes the answer of the usual context; the returned call compares it with that of these contexts."""
    expected = _plain(entry, network)

    def run() -> str:
        with within(*names):
            found = ENTRIES[entry](_loaded(network))
        return "result" if bits(found) == expected else "other bits than in the usual context"

    return run
