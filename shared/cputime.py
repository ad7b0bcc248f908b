"""CPU time of a thread together with what other threads computed for it."""

import threading
import time


class _Helped(threading.local):
    """What helpers spent for the present thread."""

    ns = 0


_helped = _Helped()


def spent_ns() -> int:
    """CPU time of the present thread and of its helpers since it began."""
    return time.thread_time_ns() + _helped.ns


def credit(ns: int) -> None:
    """A helper thread spent `ns` on work that the present thread waited for."""
    _helped.ns += ns
