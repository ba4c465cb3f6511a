"""Which runs go on without their pages? The visitor's kept runs: how far they are, and the way back to each."""

from vizlib.ui.runs import board
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import head
from vizlib.ui.shared.sidebar import chosen

chosen()  # a link may open this page before app.py has drawn the sidebar
head(
    "Runs",
    markdown=(
        "Training takes minutes. A run that you keep goes on when you leave its page, and after a restart of the "
        "server it goes on from its last checkpoint. This list belongs to your browser, by a cookie."
    ),
    picture=False,
    controls=False,
)

with guard():
    board.draw()
