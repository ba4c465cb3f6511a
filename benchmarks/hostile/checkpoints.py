"""Hostile checkpoints by seed: files and folders that a person could put into the folder of weights."""

from __future__ import annotations

import json
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import save
from timm.models import save_for_hf

ARCHITECTURE = "test_resnet"
State = dict[str, torch.Tensor]
Writer = Callable[[Path], Path]  # writes into an empty folder; returns the path for `weights=`


@cache
def state() -> State:
    torch.manual_seed(3)
    return dict(timm.create_model(ARCHITECTURE).state_dict())


class _Code:
    """An object whose pickle runs a command when it is opened."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.marker}",)


def header(content: Any, body: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file with this header; its length field may say another length."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def pth(content: Any, **words: Any) -> bytes:
    file = BytesIO()
    torch.save(content, file, **words)
    return file.getvalue()


def _zip(entries: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def _tar(entries: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return file.getvalue()


def _changed(change: Callable[[torch.Tensor], torch.Tensor]) -> State:
    return {key: change(each) if each.is_floating_point() else each for key, each in state().items()}


def _safetensors() -> Iterator[tuple[str, Callable[[], bytes]]]:
    one = {"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}
    yield "sound", lambda: save(state())
    for where in (0, 1, 7, 8, 9, 200):
        yield f"cut at {where}", partial(lambda w: save(state())[:w], where)
    yield "cut in the middle", lambda: save(state())[: len(save(state())) // 2]
    yield "last byte missing", lambda: save(state())[:-1]
    yield "bytes to spare", lambda: save(state()) + bytes(9)
    for length in (0, 1, 2**31, 2**63, 2**64 - 1, 99_000_000):
        yield f"header of {length}", partial(header, one, bytes(16), length)
    yield "header of nothing", partial(header, {})
    yield "header is no JSON", partial(header, b"{{{{")
    yield "header is a list", partial(header, [1])
    yield "deep header", partial(header, b"[" * 500_000)
    yield "large header", lambda: header({f"{n}": one["a"] for n in range(400_000)}, bytes(16))
    yield "offsets overlap", partial(header, {"a": one["a"], "b": one["a"]}, bytes(16))
    yield "offsets backwards", partial(header, {"a": {**one["a"], "data_offsets": [16, 0]}}, bytes(16))
    yield "offsets beyond", partial(header, {"a": {**one["a"], "data_offsets": [0, 2**62]}}, bytes(16))
    yield "shape that overflows", partial(header, {"a": {**one["a"], "shape": [2**40, 2**40]}}, bytes(16))
    yield "negative shape", partial(header, {"a": {**one["a"], "shape": [-4]}}, bytes(16))
    yield "unknown type", partial(header, {"a": {**one["a"], "dtype": "F99"}}, bytes(16))
    yield from _odd_weights(one)


def _odd_weights(one: dict[str, Any]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Readable files whose weights have wrong shapes, types or values."""
    yield "foreign weights", partial(header, one, bytes(16))
    yield "not a number", lambda: save(_changed(lambda each: each * float("nan")))
    yield "infinite", lambda: save(_changed(lambda each: each + float("inf")))
    yield "one not a number", lambda: save({**state(), "fc.bias": state()["fc.bias"] * float("nan")})
    yield "very large", lambda: save(_changed(lambda each: each * 1e30))
    yield "zeros", lambda: save(_changed(lambda each: each * 0))
    yield "half precision", lambda: save(_changed(torch.Tensor.half))
    yield "whole numbers", lambda: save(_changed(lambda each: each.to(torch.int8)))
    yield (
        "transposed",
        lambda: save({k: each.transpose(0, 1).contiguous() if each.ndim == 4 else each for k, each in state().items()}),
    )
    yield "flat", lambda: save(_changed(lambda each: each.flatten()))
    yield "more dimensions", lambda: save(_changed(lambda each: each[None]))
    yield "no elements", lambda: save(_changed(lambda each: each[:0]))
    yield "10 classes", lambda: save(dict(timm.create_model(ARCHITECTURE, num_classes=10).state_dict()))
    yield "0 classes", lambda: save(dict(timm.create_model(ARCHITECTURE, num_classes=0).state_dict()))
    yield "another network", lambda: save(dict(timm.create_model("test_vit").state_dict()))
    yield "a pickle inside", lambda: pth(state())
    yield "text", lambda: b"hello world\n" * 9


def _pickles(marker: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield "sound", lambda: pth(state())
    for where in (0, 1, 4, 100, 5000):
        yield f"cut at {where}", partial(lambda w: pth(state())[:w], where)
    yield "code", lambda: pth({"state_dict": state(), "extra": _Code(marker)})
    yield "bare code", lambda: pickle.dumps(_Code(marker))
    yield "code, old format", lambda: pth(_Code(marker), _use_new_zipfile_serialization=False)
    yield "code by hand", lambda: f"cos\nsystem\n(S'touch {marker}'\ntR.".encode()
    yield "code in a tar", lambda: _tar({"storages": b"", "pickle": pickle.dumps(_Code(marker))})
    yield (
        "program, torchscript",
        lambda: _zip({"a/data.pkl": pickle.dumps(1), "a/code/x.py": b"import os", "a/version": b"3"}),
    )
    yield "deep", lambda: b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b"."
    yield "memory", lambda: b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x"
    yield "a whole network", lambda: pth(timm.create_model(ARCHITECTURE))
    yield "list", lambda: pth([1, 2])
    yield "number", lambda: pth(7)
    yield "none", lambda: pth(None)
    yield "no tensors", lambda: pth({"epoch": 3})
    yield "numbers as names", lambda: pth({1: state()["fc.bias"]})
    yield "state_dict is text", lambda: pth({"state_dict": "hello"})
    yield "inside itself", lambda: pth(_loop())
    yield "sparse", lambda: pth({"fc.bias": torch.zeros(3).to_sparse()})
    yield "zip without data", lambda: _zip({"a.txt": b"hello"})
    yield "zip bomb", lambda: _zip({"a/data.pkl": bytes(100_000_000), "a/version": b"3"})
    yield "storage that lies", lambda: pth(state()).replace(b"fc.bias", b"fc.bia\xff")


def _loop() -> dict[str, Any]:
    found: dict[str, Any] = {"state_dict": {}}
    found["state_dict"]["state_dict"] = found
    return found


CONFIGS: dict[str, Any] = {
    "no JSON": b'{"architecture": ',
    "bytes": bytes(range(256)),
    "list": [],
    "deep": b"[" * 100_000,
    "deep inside": b'{"architecture": "test_resnet", "x": ' + b"[" * 900 + b"]" * 900 + b"}",
    "empty": b"",
    "no architecture": {"architecture": None},
    "architecture elsewhere": {"architecture": "local-dir:/etc"},
    "architecture of the hub": {"architecture": "hf-hub:timm/test_resnet"},
    "architecture is a number": {"architecture": 5},
    "unknown architecture": {"architecture": "test_resnett"},
    "long architecture": {"architecture": "a" * 100_000},
    "classes: many": {"num_classes": 10**9, "model_args": {"num_classes": 10**9}},
    "classes: text": {"num_classes": "many"},
    "classes: negative": {"num_classes": -3, "model_args": {"num_classes": -3}},
    "classes: none": {"num_classes": 0, "model_args": {"num_classes": 0}},
    "classes: another": {"num_classes": 7, "model_args": {}},
    "classes: 2.5": {"num_classes": 2.5},
    "classes: true": {"num_classes": True},
    "names: number": {"label_names": 5},
    "names: mapping": {"label_names": {"a": 1}},
    "names: too few": {"label_names": ["a"]},
    "names: odd": {"label_names": [None, ["x"], {"y": 1}]},
    "names: long": {"label_names": ["x" * 100_000, "**b**", "\x1b[31m\n"]},
    "names: half a letter": {"label_names": ["\ud800", "b", "c"]},
    "names: same": {"label_names": ["a", "a", "a"], "label_descriptions": {"a": ["x"]}},
    "words: list": {"label_descriptions": ["a"]},
    "config: number": {"pretrained_cfg": 5},
    "config: unknown key": {"pretrained_cfg": {"mood": "cheerful"}},
    "size: text": {"pretrained_cfg": {"input_size": "large"}},
    "size: negative": {"pretrained_cfg": {"input_size": [3, -1, 64]}},
    "size: nothing": {"pretrained_cfg": {"input_size": [3, 0, 0]}},
    "size: two": {"pretrained_cfg": {"input_size": [3, 64]}},
    "size: large": {"pretrained_cfg": {"input_size": [3, 100_000, 100_000]}},
    "size: part": {"pretrained_cfg": {"input_size": [3, 64.5, 64]}},
    "size: five channels": {"pretrained_cfg": {"input_size": [5, 64, 64]}},
    "mean: text": {"pretrained_cfg": {"mean": "gray"}},
    "mean: one": {"pretrained_cfg": {"mean": [0.5]}},
    "mean: none": {"pretrained_cfg": {"mean": []}},
    "mean: not a number": {"pretrained_cfg": {"mean": [float("nan")] * 3}},
    "std: zero": {"pretrained_cfg": {"std": [0, 0, 0]}},
    "crop: text": {"pretrained_cfg": {"crop_pct": "much"}},
    "crop: zero": {"pretrained_cfg": {"crop_pct": 0}},
    "crop: negative": {"pretrained_cfg": {"crop_pct": -1}},
    "crop: small": {"pretrained_cfg": {"crop_pct": 1e-9}},
    "crop: mode": {"pretrained_cfg": {"crop_mode": "spiral"}},
    "interpolation": {"pretrained_cfg": {"interpolation": "magic"}},
    "interpolation: list": {"pretrained_cfg": {"interpolation": ["bicubic"]}},
    "file elsewhere": {"pretrained_cfg": {"file": "/etc/passwd"}},
    "url elsewhere": {"pretrained_cfg": {"url": "http://127.0.0.1:9/x.pth"}},
    "hub elsewhere": {"pretrained_cfg": {"hf_hub_id": "timm/test_vit.r160_in1k", "source": "hf-hub"}},
    "custom load": {"pretrained_cfg": {"custom_load": True}},
    "first layer": {"pretrained_cfg": {"first_conv": "nowhere"}},
    "classifier": {"pretrained_cfg": {"classifier": 5}},
    "arguments: unknown": {"model_args": {"mood": "cheerful"}},
    "arguments: list": {"model_args": ["x"]},
    "arguments: wrong": {"model_args": {"output_stride": 7}},
    "arguments: large": {"model_args": {"num_classes": 3, "block_args": {"x": 1}, "channels": [10**7] * 4}},
    "arguments: weights elsewhere": {"model_args": {"checkpoint_path": "/etc/passwd"}},
    "arguments: pretrained": {"model_args": {"pretrained": False}},
}  # fmt: skip


def configured(content: Any, folder: Path) -> Path:
    network = timm.create_model(ARCHITECTURE, num_classes=3)
    save_for_hf(network, str(folder), model_config={"label_names": ["a", "b", "c"]}, safe_serialization=True)
    file = folder / "config.json"
    if isinstance(content, dict):
        config = json.loads(file.read_text())
        config |= {key: each for key, each in content.items() if key != "pretrained_cfg"}
        if "pretrained_cfg" in content:
            own = content["pretrained_cfg"]
            config["pretrained_cfg"] = {**config["pretrained_cfg"], **own} if isinstance(own, dict) else own
        content = json.dumps(config).encode()
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def _folder_of(files: dict[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _empty_folder(folder: Path) -> Path:
    (folder / "x.pth").mkdir()
    return folder / "x.pth"


def _written(name: str, make: Callable[[], bytes], folder: Path) -> Path:
    (folder / name).write_bytes(make())
    return folder / name


def checkpoints(marker: Path) -> Iterator[tuple[str, str, Writer]]:
    """(kind, name, writer) of every hostile checkpoint. `marker` is a file that code in a pickle would make."""
    for name, make in _safetensors():
        yield "safetensors", name, partial(_written, "test_resnet.safetensors", make)
    for name, make in _pickles(marker):
        yield "pickle", name, partial(_written, "test_resnet.pth", make)
    for name, content in CONFIGS.items():
        yield "config.json", name, partial(configured, content)
    named = json.dumps({"architecture": ARCHITECTURE}).encode()
    yield "folder", "empty", partial(_folder_of, {})
    yield "folder", "only a config", partial(_folder_of, {"config.json": named})
    yield "folder", "only weights", lambda folder: _folder_of({"model.safetensors": save(state())}, folder)
    yield "folder", "weights are empty", partial(_folder_of, {"config.json": named, "model.safetensors": b""})
    yield "folder", "weights are text", partial(_folder_of, {"config.json": named, "pytorch_model.bin": b"hello"})
    yield "folder", "nowhere", lambda folder: folder / "nowhere"
    yield "folder", "odd name", lambda folder: folder / "x\0y"
    yield "folder", "weights are a folder", _empty_folder
