"""What do courses ask? Their exercises, with settings that open here, and ours beside the published figures."""

from vizlib.ui.exercises import cards, controls
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import head
from vizlib.ui.shared.sidebar import chosen

here = chosen()
head(
    "Exercises of known courses",
    markdown=(
        "What courses ask about seeing inside, fooling and teaching a network, with their own parameters and the "
        "figures that they publish. One click opens the page with exactly these settings. The answers are yours."
    ),
    picture=False,
)

with guard():
    cards.draw(here, controls.choose())
