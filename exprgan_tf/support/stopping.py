"""Signals that ask a process to end: it takes its half files with it."""

import contextlib
import signal
import threading

# Of `kill`, service managers and batch systems; of a terminal that closes.
_NAMES = ("SIGTERM", "SIGHUP")


class Stopped(KeyboardInterrupt):
    """As Ctrl-C, by another signal.

    Attributes:
        code: with which the process ends.
    """

    def __init__(self, number):
        super().__init__()
        self.code = 128 + number


@contextlib.contextmanager
def stopping():
    """What runs inside ends by these signals as it does by Ctrl-C.

    By default they end a process where it stands, and what it has half
    written stays. A second one still does, since an exception can be lost in
    a library, and cleaning up can take long.

    Raises:
        Stopped: when one comes.
    """
    # Python hears signals in its main thread only.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = []
    for name in _NAMES:
        number = getattr(signal, name, None)
        # nohup ignores what is to pass by.
        if number and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)
            heard.append(number)
    try:
        yield
    finally:
        for number in heard:
            if signal.getsignal(number) is _stop:
                signal.signal(number, signal.SIG_DFL)


def _stop(number, frame):
    signal.signal(number, signal.SIG_DFL)
    raise Stopped(number)
