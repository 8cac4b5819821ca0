from __future__ import annotations

import faulthandler
import os

from foodwaste.pool.stacks import StackTail, innermost, last_stack


def pipe():
    read, write = os.pipe()
    return StackTail(read), write


def test_last_of_several_stacks_is_found():
    tail, write = pipe()
    faulthandler.dump_traceback(write, all_threads=False)
    os.write(write, b"noise\n")

    def deeper():
        faulthandler.dump_traceback(write, all_threads=False)

    deeper()
    stack = tail.last()
    assert stack.splitlines()[0].endswith("in deeper")
    assert innermost(stack).startswith("deeper in test_stacks.py, line ")
    os.close(write)
    tail.close()


def test_stack_of_a_worker_leaves_out_what_every_worker_has_in_common():
    text = """Current thread 0x00007f (most recent call first):
  File "/x/foodwaste/imaging/load.py", line 12 in load
  File "/x/foodwaste/pool/tray_work.py", line 40 in rungs
  File "/x/foodwaste/pool/worker.py", line 130 in _run
  File "<string>", line 1 in <module>
"""
    assert last_stack(text).splitlines() == [
        'File "/x/foodwaste/imaging/load.py", line 12 in load',
        'File "/x/foodwaste/pool/tray_work.py", line 40 in rungs',
    ]


def test_no_stack_is_none():
    tail, write = pipe()
    assert tail.last() is None
    os.write(write, b"a library complains on its own account\n")
    assert tail.last() is None
    os.close(write)
    assert tail.last() is None
    assert tail.fileno() == -1


def test_stack_of_an_earlier_task_is_forgotten():
    tail, write = pipe()
    faulthandler.dump_traceback(write)
    tail.forget()
    assert tail.last() is None
    os.close(write)
    tail.close()


def test_long_output_keeps_its_end():
    tail, write = pipe()
    for _ in range(100):
        os.write(write, b"x" * 1000 + b"\n")
        tail.drain()
    faulthandler.dump_traceback(write, all_threads=False)
    assert "test_long_output" in tail.last()
    os.close(write)
    tail.close()
