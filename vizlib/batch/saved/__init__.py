"""The pictures that people save: what a file shows of a result, and how its recipe makes the same picture again.

Pages and the command line draw what they save with the functions in here; `filterscope rerun` compares. One file per
kind of picture. A file's recipe is that of its run, and what was chosen of the view is under "view" in it: a run's own
recipe, which is its key, has no such part.
"""
