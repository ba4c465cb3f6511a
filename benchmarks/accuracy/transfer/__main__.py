"""All measurements about transfer, or some of them by name, each with its own section in RESULTS.md.

VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.transfer             # everything that is here
python -m benchmarks.accuracy.transfer probes speed --quick                         # what follows goes to the parts
"""

from benchmarks.accuracy.parts import run

if __name__ == "__main__":
    run("transfer")
