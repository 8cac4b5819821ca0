"""What the fork server imports before its first worker: libraries, with one thread each.

Importing runs nothing, so that forking this process stays safe. Its workers then start with
everything in memory.
"""

from __future__ import annotations

import contextlib
import importlib
import os

from foodwaste.pool.threads import set_thread_environment

set_thread_environment(1, os.environ)

for _module in ("foodwaste.pool.worker", "foodwaste.pool.tray_work", "onnxruntime"):
    with contextlib.suppress(ImportError):
        importlib.import_module(_module)
