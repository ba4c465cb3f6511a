"""All measurements about the GAN, or some of them by name, each with its own section in RESULTS.md.

python -m benchmarks.accuracy.gan                     # everything; the peer part needs benchmarks/requirements.txt
python -m benchmarks.accuracy.gan rates --quick       # what follows goes to the parts
"""

from benchmarks.accuracy.parts import run

if __name__ == "__main__":
    run("gan")
