"""What does each layer see? From the picture to the logits, layer by layer."""

from vizlib.errors import NotShowable
from vizlib.ui.layers import channels, filter_sheets, numbers_view
from vizlib.ui.shared import layer_choice
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import chosen

here = chosen()
head(
    "What does each layer see?",
    markdown=(
        "A network processes the picture in steps. Early layers respond to edges and colors; later layers say more "
        "about what is in the picture and less about where. Choose a layer on the strip. Each tile is the response of "
        "one channel."
    ),
)


with guard():
    above, row = layer_choice.frame()
    with row:
        layer = layer_choice.choose(here.model, layer_choice.first_block, above)
        views = ["Feature maps", "Kernels", "Feature pyramid", "Numbers"]
        view = linked().segmented_control("View", views, default=views[0], required=True, key="view")
    about(layer.path)
    if view == "Feature pyramid":
        channels.feature_pyramid(here)
    elif view == "Numbers":
        numbers_view.draw(here, layer_choice.kinds())
    elif view == "Kernels":
        filter_sheets.draw(here, layer, row)
    elif layer.spatial:
        channels.feature_maps(here, layer, row)
    else:
        raise NotShowable(f"{layer.path} gives numbers, not maps.", "Choose a layer before the pooling.")
