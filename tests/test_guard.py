from __future__ import annotations

import os
import threading
import warnings

from workbench.guard import Guard


def test_a_forked_child_finds_free_what_another_thread_holds() -> None:
    guard, held, done = Guard(), threading.Event(), threading.Event()

    def hold() -> None:
        with guard:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads: the point here
        pid = os.fork()
    if pid == 0:
        free = guard._lock.acquire(timeout=5)
        os._exit(0 if free else 1)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_one_thread_at_a_time_is_within() -> None:
    guard, within, most = Guard(), 0, 0

    def enter() -> None:
        nonlocal within, most
        for _ in range(200):
            with guard:
                within += 1
                most = max(most, within)
                within -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (within, most) == (0, 1)
