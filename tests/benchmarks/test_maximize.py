"""The benchmarks of activation maximization compare what their tables say."""

from __future__ import annotations

import torch

from benchmarks.accuracy.recognized_classes import drawn, setting, verdicts
from benchmarks.peers.maximize_speed import bare, unit_means, upto
from vizlib import activations, load_model
from vizlib.activation_maximization import Transforms
from vizlib.pictures import encode_png
from vizlib.render import to_image


def test_the_bare_loop_stops_at_the_layer_and_climbs() -> None:
    model = load_model("bundled/scenes", device="cpu")
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    maps = upto(model.network, "layer2", model.normalize(pixels))
    torch.testing.assert_close(maps, activations(model, pixels, ["layer2"])["layer2"])
    torch.testing.assert_close(unit_means(maps), maps[0, 0].mean() + maps[1, 1].mean())
    torch.testing.assert_close(upto(model.network, "", model.normalize(pixels)), model(pixels))
    assert not model.network.get_submodule("layer2")._forward_hooks
    bare(model, "layer2", 64)()


def test_settings_are_read_as_maximize_takes_them() -> None:
    assert setting("tv=0.5") == ("tv", 0.5)
    assert setting("grow=True") == ("grow", True)
    assert setting("transforms=strong") == ("transforms", "strong")
    assert setting("transforms=Transforms(jitter=0.1)") == ("transforms", Transforms(jitter=0.1))


def test_fewer_classes_are_the_first_of_more() -> None:
    assert drawn(20, 1000, 0)[:6] == drawn(6, 1000, 0)
    assert len(set(drawn(20, 1000, 0))) == 20
    assert drawn(20, 10, 0) == list(range(10))


def test_a_verdict_is_the_decoded_files() -> None:
    model = load_model("bundled/scenes", device="cpu")
    image = to_image(torch.rand(1, 3, *model.input_size, generator=torch.Generator().manual_seed(0)))[0]
    said = verdicts(encode_png(image), 3, {"own": model})
    shares = model.predict(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)[0]
    assert said["own", "as pixels"].probability == float(shares[3])
    assert said["own", "as pixels"].rank == int((shares > shares[3]).sum()) + 1
    assert said["own", "as a file"].rank == said["own", "as pixels"].rank  # nothing to resize or crop at its own size
