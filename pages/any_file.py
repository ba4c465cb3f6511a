"""What is in this file? Every available network classifies a saved fooling image, or any other picture."""

from vizlib.ui.any_file import answers
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen

here = chosen()
head(
    "What is in this file?",
    markdown=(
        "Drop a picture file, for example a saved fooling image. Every chosen network opens it, resizes and crops it "
        "in its own way, and answers."
    ),
    picture=False,
)

with guard():
    file = answers.ask()
    if file is not None:
        about(file.name)
        answers.about(here, file)
        answers.answers(here, file)
