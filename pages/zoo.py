"""What have many networks learned? Every layer whose atlas is in the store: a gallery, one unit, two networks."""

from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import head
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.zoo import page

chosen()  # a link may open this page before app.py has drawn the sidebar
head(
    "Zoo",
    markdown=(
        "What the units of many networks look for, as far as it was computed on this server or on a cluster. Each "
        "strip is a layer, and each tile the picture that activates one of its units most."
    ),
    picture=False,
)

with guard():
    page.draw()
