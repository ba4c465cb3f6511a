"""My lecture: results of all pages in an order of one's own, to be presented and saved as one file."""

from vizlib.ui.lecture import page
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import head
from vizlib.ui.shared.sidebar import chosen

chosen()  # a link may open this page before app.py has drawn the sidebar
with guard():
    if not page.presents():
        head(
            "My lecture",
            markdown=(
                "Results that you have added on the other pages, in the order in which you show them. They play in the "
                "browser, also from a file, without this server and without a network."
            ),
            picture=False,
            controls=False,
        )
        page.draw()
