"""What fools it? A file that looks unchanged to a person and gets another class from the network."""

from functools import partial

from vizlib.ui.fooling import beside, details, example, fooled, request, saved_file, walk
from vizlib.ui.shared import live, twin
from vizlib.ui.shared.backbone import has_classes
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen

here = chosen()
head(
    "What fools it?",
    markdown=(
        "Change the picture too little for anybody to see, but so that the score of another class rises. Soon the "
        "network is certain of that class. What counts is the **saved file**, which is opened and classified again."
    ),
)

with guard():
    asked = request.ask(here) if has_classes(here.model) else None
    if asked is not None:
        about(asked.name)
    other = None if asked is None else twin.choose(here)
    live.status()
    result = None if asked is None else beside.run(here, other, asked, partial(example.button, here))
    if asked is not None and result is not None:
        saved_file.keep(here, result)
        fooled.verdict(here.model, result)
        fooled.pictures(here, result)
        fooled.milestones(result)
        with guard():
            walk.draw(here, result)
        fooled.answers(here, result)
        saved_file.buttons(here, result, asked.name)
        details.draw(here, result)
        saved_file.next_steps()
