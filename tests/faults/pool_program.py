"""A program with a pool, to be killed from outside: prints its workers' pids, then works on.

Has no ``if __name__ == "__main__"`` guard on purpose: workers must not need one.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from foodwaste.pool import Task, WorkerSpec
from foodwaste.pool.pool import Pool

# A shell starts what runs in its background deaf to Ctrl-C, and so would everything be below it.
signal.signal(signal.SIGINT, signal.default_int_handler)

method, fault = sys.argv[1], sys.argv[2]
pool = Pool(WorkerSpec("faulty_work:FaultyWork"), 2, start_method=method)
pool.submit(Task("first", {"name": "first"}, 30.0))
pool.next_answer()
for index in range(2):
    pool.submit(Task(str(index), {"name": str(index), "fault": fault, "work_s": 0.0}, 30.0))
while len(pool.worker_pids()) < 3:
    pool.next_answer(0.05)
pool.next_answer(0.3)
try:
    sys.stdout.write(" ".join(map(str, pool.worker_pids())) + "\n")
    sys.stdout.flush()
    pool.next_answer()
except KeyboardInterrupt:
    pool.close()
    sys.exit(130)
