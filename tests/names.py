"""Names that strangers give to classes, files and networks, which Markdown or HTML would turn into something else."""

import re

NAMES = (
    "*star*",
    "__init__",
    "_under_ score_d",
    "[link](http://127.0.0.1:9/)",
    "http://127.0.0.1:9/x",
    "www.example.com",
    "a@b.com",
    "<http://127.0.0.1:9/>",
    ":smile:",
    "a :smile: :material/face: :streamlit: b",
    ":material_face:",
    ":red[x] :small[y] :help[z]",
    "::leaf",
    "$x^2$ and $$y$$",
    "5 $ to 7 $",
    "<b>bold</b> & <i>",
    "&amp; &lt; &#65;",
    "`code` ~~gone~~",
    "# heading",
    "- item",
    "+",
    "--",
    "1. first",
    "2) second",
    "> quoted",
    "===",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "x :-> y",
    "[^1] [x]: y",
    "a | b",
    r"back\slash \* \\",
    "![img](x.png)",
    "50 % (Grün), 'quoted' \"twice\" {brace}",
    "👩‍🔬 日本語",
)


def as_shown(markdown: str) -> str:
    """What a browser shows of names that `plain` has made into Markdown. tests/browser/test_names.py checks that."""
    return re.sub(r"\\([!-/:-@[-`{-~])", r"\1", markdown.replace(":small[]", ""))
