"""Worker processes with a hard deadline: plain tasks in, plain answers out."""

from foodwaste.pool.protocol import Answer, Engine, Task, WorkerSpec, answers

__all__ = ["Answer", "Engine", "Task", "WorkerSpec", "answers"]
