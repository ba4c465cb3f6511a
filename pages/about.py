"""This installation: device, memory, versions, runs, and the store."""

from vizlib.ui.about import installation
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import head
from vizlib.ui.shared.sidebar import chosen

chosen()  # a link may open this page before app.py has drawn the sidebar
head(
    "This installation",
    markdown=("What the dashboard runs on, what it holds for all visitors, and what its operator allows."),
    picture=False,
    controls=False,
)

with guard():
    installation.draw()
