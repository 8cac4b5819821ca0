"""One thread per worker: set before the libraries load, held afterwards, and measured.

Four workers with default thread counts were slower than two with one thread each: the counts
multiply. OpenMP, MKL and OpenBLAS read the environment when they are first imported and never
again; OpenCV, torch and pillow-heif have setters.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def set_thread_environment(threads: int, environment: MutableMapping[str, str]) -> None:
    """Writes the variables that numerical libraries read at import."""
    for name in THREAD_VARIABLES:
        environment[name] = str(threads)


def limit_loaded_libraries(threads: int) -> None:
    """Sets the thread pools of the libraries that are loaded by now (cheap: repeat at will)."""
    modules = sys.modules
    if (cv2 := modules.get("cv2")) is not None and cv2.getNumThreads() != threads:
        cv2.setNumThreads(threads)
    if (torch := modules.get("torch")) is not None:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        # The inter-op pool can be set only before its first use; afterwards torch raises, and
        # the count then shows in thread_counts.
        if torch.get_num_interop_threads() != threads:
            torch.set_num_interop_threads(threads)
    if (heif := modules.get("pillow_heif")) is not None:
        heif.options.DECODE_THREADS = threads


def thread_counts() -> dict[str, int]:
    """Thread counts by library, as the libraries themselves report them."""
    modules = sys.modules
    counts = {name: int(os.environ.get(name, "0")) for name in THREAD_VARIABLES[:3]}
    if (cv2 := modules.get("cv2")) is not None:
        counts["cv2"] = int(cv2.getNumThreads())
    if (torch := modules.get("torch")) is not None:
        counts["torch"] = int(torch.get_num_threads())
        counts["torch interop"] = int(torch.get_num_interop_threads())
    if (heif := modules.get("pillow_heif")) is not None:
        counts["pillow_heif"] = int(heif.options.DECODE_THREADS)
    return counts


def assert_thread_counts(threads: int) -> dict[str, int]:
    """The counts, after making sure that each is ``threads``.

    Raises:
        RuntimeError: a library runs with another count.
    """
    counts = thread_counts()
    wrong = {name: count for name, count in counts.items() if count != threads}
    if wrong:
        raise RuntimeError(f"a worker must run with {threads} thread(s), but: {wrong}")
    return counts
