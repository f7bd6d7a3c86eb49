"""What is worked out while somebody plays, in a process of its own.

Adding a job is one function, one line here and its test.
"""

JOBS: dict[str, str] = {
    "ping": "cheiron.learning.worker:ping",
    "burn": "cheiron.learning.worker:burn",
    "encode": "cheiron.learning.encode:encode",
    "rehearse": "cheiron.learning.rehearse:rehearse_gestures",
}
"""Name -> "module:function", a :class:`cheiron.learning.task.Job`."""
