"""Whether the addresses of other sites that the documentation names still answer. It needs a connection.

    python -m benchmarks.service.outside_links [--seconds 20]

Papers are named by their numbers ("arXiv 1412.6806"), and are asked for at arxiv.org. The exit code is 1 if an address
does not answer. A site may refuse programs and still be there, so what is listed has to be looked at.
"""

from __future__ import annotations

import argparse
import re
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.service.processes import ROOT

TEXTS = ("README.md", "CHANGELOG.md", "benchmarks/RESULTS.md", "docs/*.md", "docs/*/*.md")
CODE = ("vizlib/**/*.py", "pages/*.py")  # only the papers that it names: its addresses may be patterns
ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]{}]+")
PAPER = re.compile(r"arXiv\s+(\d{4}\.\d{4,5})")
HERE = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\.\.\.|[\w.-]*example\b)")
AT_ONCE = 4


def outside(text: str) -> set[str]:
    """The addresses of other sites in a text; not those of this machine, and none that has a part to be filled in."""
    found = {each.rstrip(".,;:") for each in ADDRESS.findall(text) if not HERE.match(each)}
    return papers(text) | {each for each in found if "." in each.partition("://")[2]}


def papers(text: str) -> set[str]:
    """The addresses of the papers that a text names by their numbers."""
    return {f"https://arxiv.org/abs/{number}" for number in PAPER.findall(text)}


def addresses() -> dict[str, list[str]]:
    """The addresses, each with the files that name it."""
    found: dict[str, list[str]] = {}
    for patterns, read in ((TEXTS, outside), (CODE, papers)):
        for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)}):
            for each in read(path.read_text(encoding="utf-8")):
                found.setdefault(each, []).append(path.relative_to(ROOT).as_posix())
    return found


def answer(address: str, seconds: float) -> str:
    """What is wrong with the address; "" if it answers."""
    request = urllib.request.Request(address, headers={"User-Agent": "Mozilla/5.0 (links of a documentation)"})
    try:
        with urllib.request.urlopen(request, timeout=seconds):
            return ""
    except urllib.error.HTTPError as problem:
        return f"it answers {problem.code}"
    except (OSError, ValueError) as problem:
        return f"it does not answer ({problem})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="how long to wait for an answer")
    asked, found = parser.parse_args(), addresses()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(found, pool.map(partial(answer, seconds=asked.seconds), found), strict=True))
    wrong = {each: problem for each, problem in answers.items() if problem}
    for each, problem in wrong.items():
        print(f"{each}: {problem}\n    in {', '.join(found[each][:3])}")
    print(f"{len(found) - len(wrong)} of {len(found)} addresses answer.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
