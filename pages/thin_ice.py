"""How stable is the answer? An original and its fooling image, disturbed, averaged and mapped."""

from vizlib.ui.shared.backbone import has_classes
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.shared.words import short
from vizlib.ui.thin_ice import decision_map, other_networks, pair, shaking

_VIEWS = {
    "Shake": shaking.sweep,
    "Survival": shaking.survival,
    "Average": shaking.average,
    "Decision map": decision_map.draw,
    "Other networks": other_networks.draw,
}

here = chosen()
head(
    "How stable is the answer?",
    markdown=(
        "The class of an ordinary picture usually survives small disturbances; the class of a fooling image often does "
        "not. Here the original, its fooling image and a control are disturbed in the same way."
    ),
)

with guard():
    files = pair.choose(here) if has_classes(here.model) else None
    if files is not None:
        about(short(here.model.class_names[files.target]))
        pair.draw(here, files)
        view = linked().segmented_control("Experiment", list(_VIEWS), default="Shake", required=True, key="ice")
        with guard():
            _VIEWS[str(view)](here, files)
