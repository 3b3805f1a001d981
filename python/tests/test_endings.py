"""How runs end early, and objects: interrupts, signals, exits, the garbage collector."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import pytest
import wend
from conftest import coins


@pytest.fixture
def interruptible():
    """Interrupts are Python's, even where this process was started with them ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_after(seconds):
    threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT)).start()


def test_an_interrupt_keeps_what_was_drawn(interruptible):
    broken = []

    def slow(batch):
        try:
            time.sleep(0.05)
            return coins(batch)
        except KeyboardInterrupt:
            broken.append(batch)
            raise

    target = wend.oracle(slow, alphabet=2, horizon=4, kappa=1)
    interrupt_after(1.0)
    run = wend.sample(target, 10**7, chains=10, memo=0, visits=1, self_test="off")
    assert run.partial and 0 < len(run) < 10**7
    assert (run.samples < 2).all() and len(run.chain) == len(run)
    assert not broken  # that is the second one's


def test_a_second_interrupt_breaks_a_call_that_hangs(interruptible):
    def hang(batch):
        while batch.depth.max() == 3:
            time.sleep(0.01)
        return coins(batch)

    target = wend.oracle(hang, alphabet=2, horizon=4, kappa=1)
    interrupt_after(0.3)
    interrupt_after(0.8)
    began = time.monotonic()
    run = wend.sample(target, 100, chains=3, visits=1, self_test="off")
    assert run.partial and time.monotonic() - began < 20


class Owner:
    """Keeps an oracle whose function is one of its own methods."""

    def __init__(self):
        self.target = wend.oracle(self.expand, alphabet=2, horizon=3, kappa=1)

    def expand(self, batch):
        return coins(batch)


def test_circles_are_collected():
    owner = Owner()
    run = wend.sample(owner.target, 10)
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None or run.instance is gone().target
    run.report  # noqa: B018: what a run keeps of its instance still works
    del run
    gc.collect()
    assert gone() is None


def run_script(script):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_leaving_while_a_run_lasts():
    result = run_script(
        """
        import threading, time, numpy as np, wend
        def slow(batch):
            time.sleep(0.01)
            return np.zeros((batch.size, 2))
        target = wend.oracle(slow, alphabet=2, horizon=4)
        run = lambda: wend.sample(target, 10**6, memo=0, visits=1, self_test="off")
        threading.Thread(target=run, daemon=True).start()
        time.sleep(0.3)
        print("left")
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "left\n", "")


def test_a_handler_that_raises_does_not_take_interrupts_away():
    result = run_script(
        """
        import os, signal, threading, time, numpy as np, wend
        def hang(batch):
            while True:
                time.sleep(0.01)
        def alarm(number, frame):
            raise TimeoutError("too long")
        signal.signal(signal.SIGALRM, alarm)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        for seconds in (0.8, 1.2):
            threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        target = wend.oracle(hang, alphabet=2, horizon=4)
        try:
            wend.sample(target, 10, visits=1, self_test="off")
        except TimeoutError as error:
            print(error)
        """
    )
    assert result.stdout == "too long\n"
