"""Names that strangers give to classes, files and networks, which Markdown or HTML would turn into something else."""

import re
from typing import Any

from streamlit.testing.v1 import AppTest

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


def read_as_markdown(app: AppTest) -> list[str]:
    """All that Streamlit reads as Markdown on the page."""
    protos = [each.proto for each in _walked(app._tree) if hasattr(each, "proto") and each.type != "html"]
    texts = [getattr(proto, field, "") for proto in protos for field in ("body", "label", "text")]
    captions = [image.caption for proto in protos for image in getattr(proto, "imgs", ())]
    return [str(each) for each in (*texts, *captions)]


def read_as_html(app: AppTest) -> str:
    """All that the browser reads as HTML: the charts."""
    return "\n".join(each.proto.body for each in _walked(app._tree) if getattr(each, "type", "") == "html")


def sent(app: AppTest) -> str:
    """All that the server sends for the page."""
    return "\n".join(str(each.proto) for each in _walked(app._tree) if hasattr(each, "proto"))


def _walked(block: Any) -> list[Any]:
    inside = getattr(block, "children", {}).values()
    return [block, *(each for child in inside for each in _walked(child))]
