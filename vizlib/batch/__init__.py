"""Many results at once: a plan lists them, and an engine computes what the store does not have yet.

    from vizlib.batch import Options, read_plan, running

    plan = read_plan([{"what": "atlas", "networks": ["bundled/scenes"], "layers": "all"}])
    for frame in running(plan, "local", Options(workers=2)):
        print(frame.step, "of", frame.total)

A plan becomes tasks of about 10 to 60 seconds. Each is under the key that the dashboard's pages use, so a page opens a
batch's result at once, and a task whose result is there is skipped. `engines/` has one file per engine, `kinds/` one
file per kind of result; `gallery/` is what the store holds of them. On the command line: filterscope batch PLAN.json.
"""

from vizlib.batch.driver import Advance, run, running
from vizlib.batch.engines.engine import Options
from vizlib.batch.plan import Plan, read_plan
from vizlib.batch.task import Outcome, Task

__all__ = ["Advance", "Options", "Outcome", "Plan", "Task", "read_plan", "run", "running"]
