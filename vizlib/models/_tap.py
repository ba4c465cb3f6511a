"""What a tap keeps of one pass: each layer's own output, safe from in-place changes by later layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from torch import Tensor, nn

from vizlib.errors import NotShowable, UnknownName
from vizlib.records import Layer


class Seen(dict[str, Tensor]):
    """Layer outputs of the last pass within a tap, by path, as the network returns them."""

    def __init__(self, forward: Callable[[Tensor], Any], paths: tuple[str, ...], leaves: bool = False) -> None:
        super().__init__()
        self._leaves = leaves  # outputs are leaves of a new graph: nothing below them is kept for gradients
        self._forward = forward
        self._paths = frozenset(paths)
        self._stop = False

    def __missing__(self, path: str | Layer) -> Tensor:
        if isinstance(path, Layer):
            return self[path.path]
        if path in self._paths:
            raise NotShowable(f"{path} took no part in the last pass.", "Choose another layer.")
        raise KeyError(path)

    def run(self, pixels: Tensor) -> None:
        """Runs pixels (N, 3, H, W) through the network up to the deepest layer asked for."""
        self._stop = True
        try:
            self._forward(pixels)
        except SeenAll:
            pass
        finally:
            self._stop = False

    def begin(self, module: nn.Module, inputs: Any) -> None:
        """A hook for the network: a new pass clears the one before."""
        self.clear()

    def keep(self, path: str) -> Any:
        """A hook for the layer at `path`."""

        def hook(module: nn.Module, inputs: Any, output: Any) -> Any:
            if path in self:  # the module is called again: its first output counts
                return None
            if not isinstance(output, Tensor):
                raise NotShowable(f"{path} gives several tensors at once.", "Choose one of the layers inside it.")
            own = output.clone() if _is_input(output, inputs) else output
            self[path] = own.detach().requires_grad_() if self._leaves else own
            if self._stop and len(self) == len(self._paths):
                raise SeenAll
            return self[path].clone()  # a later in-place operation must not overwrite the kept output

        return hook


class Tapped(Protocol):
    """What a tap needs of a classifier."""

    network: nn.Module

    def __call__(self, pixels: Tensor) -> Tensor: ...


@contextmanager
def tapped(model: Tapped, modules: Mapping[str, nn.Module], leaves: bool) -> Iterator[Seen]:
    """Within the block, the outputs of the modules are kept by their paths; the caller holds the network's lock."""
    seen = Seen(model, tuple(modules), leaves)
    handles = [model.network.register_forward_pre_hook(seen.begin)]
    try:
        handles += [each.register_forward_hook(seen.keep(path)) for path, each in modules.items()]
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def submodule(network: nn.Module, path: str, name: str) -> nn.Module:
    """The part of the network called `name` at `path`. Raises UnknownName with the closest paths."""
    try:
        found = network.get_submodule(path)
    except AttributeError:
        found = network
    if found is network:
        known = [each for each, _ in network.named_modules() if each]
        raise UnknownName.among(f"layer in {name}", path, known) from None
    return found


class SeenAll(BaseException):
    """Ends a pass: every requested layer has been seen."""


def _is_input(output: Tensor, inputs: Any) -> bool:
    """Whether a layer returns its input (an identity, a view): other layers hold that too, and may overwrite it."""
    memory = output.untyped_storage().data_ptr()
    return any(isinstance(each, Tensor) and each.untyped_storage().data_ptr() == memory for each in inputs)
