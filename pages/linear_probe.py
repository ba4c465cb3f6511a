"""What can it do for my pictures? A linear classifier on the features of a frozen network, layer by layer."""

from vizlib.ui.linear_probe import amounts_view, c_view, controls, feature_map, layers_view, mistakes
from vizlib.ui.shared import live
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen

_VIEWS = {
    "Layers": layers_view.over_layers,
    "ReLU": layers_view.relu,
    "C": c_view.over_c,
    "How many": amounts_view.over_amounts,
    "Mistakes": mistakes.draw,
    "Map": feature_map.draw,
}

here = chosen()
head(
    "What can it do for my pictures?",
    markdown=(
        "The network stays as it is. What one of its layers says about a picture, its **features**, goes into a "
        "**linear classifier**, which learns other classes from a few pictures. How well that works shows what can be "
        "reused."
    ),
    picture=False,
)

with guard():
    asked = controls.ask(here.model, list(_VIEWS))
    live.status()
    about(asked.sets[0].name)
    for each in asked.sets:
        each.need()
    _VIEWS[asked.view](here, asked)
    controls.pictures(asked)
