"""Rivals in processes of their own, which take turns.

On a shared machine wall time swings with what else runs, and an absolute
time says little anywhere. So everything that is compared is kept resident
and does a bit of its work in turn (A B C A B C ...), and what is reported is
the median of the ratios of one round. CPU seconds, of all threads, repeat
best; wall time stands beside them.
"""

import contextlib
import dataclasses
import multiprocessing
import pathlib
import resource
import signal
import statistics
import time
import traceback

from exprgan_tf.support import processes
from exprgan_tf.support.progress import progress_bar


def cpu_seconds():
    """CPU seconds of this process, all threads, and of its ended children."""
    used = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def memory(process="self"):
    """Memory of a process in MB: `(resident now, most so far)`."""
    # Not ru_maxrss, which a new process inherits from its parent.
    return _megabytes(f"/proc/{process}/status", "VmRSS", "VmHWM")


def available_memory():
    """MB that new processes can have without swapping."""
    return _megabytes("/proc/meminfo", "MemAvailable")[0]


def _megabytes(path, *names):
    """Lines "Name:  1234 kB" of a file of the system, as MB."""
    text = pathlib.Path(path).read_text("ascii")
    sizes = dict(line.split(":", 1) for line in text.splitlines())
    return tuple(int(sizes[name].split()[0]) / 1024 for name in names)


class Resident:
    """A process that holds a rival's state between its turns.

    Args:
        factory: a function of a module, called in the process; returns a
            dict from name to function without arguments.
        arguments: its arguments.
        environment: environment variables of the process.
    """

    def __init__(self, factory, *arguments, environment=None):
        # New processes: a copy of one with threads can hang.
        context = multiprocessing.get_context("spawn")
        self._pipe, far_end = context.Pipe()
        # No daemon: what is measured may start processes itself.
        self._process = context.Process(
            target=_serve, args=(far_end, factory, arguments)
        )
        with processes.environment(environment or {}):
            self._process.start()
        far_end.close()
        self._waits = True

    def turn(self, action, seconds):
        """Repeats an action for some time, at least once.

        Returns:
            `(repetitions, CPU seconds, wall seconds)` of the turn.
        """
        return self._ask("turn", action, seconds)

    def call(self, action):
        """Does an action once; returns what it returns."""
        return self._ask("call", action)

    def memory(self):
        """As the function `memory`, of the process."""
        return self._ask("memory")

    def close(self):
        self._pipe.close()
        self._process.join()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def _ask(self, *request):
        if self._waits:
            # What the factory had to say.
            self._answer()
            self._waits = False
        with contextlib.suppress(BrokenPipeError):
            self._pipe.send(request)
        return self._answer()

    def _answer(self):
        try:
            succeeded, value = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            raise RuntimeError(
                "a measured process died with exit code "
                f"{self._process.exitcode}"
            ) from None
        if not succeeded:
            raise RuntimeError(f"in a measured process:\n{value}")
        return value


@dataclasses.dataclass
class Timing:
    """What one rival took, a number a round.

    Attributes:
        cpu, wall: seconds of one repetition.
        first: wall seconds of the first call, which compiles and so on.
    """

    first: float
    cpu: list
    wall: list

    @property
    def cpu_s(self):
        return statistics.median(self.cpu)

    @property
    def wall_s(self):
        return statistics.median(self.wall)

    def ratio(self, other, what="cpu"):
        """The median over rounds of this one's seconds to the other's."""
        return statistics.median(
            mine / others for mine, others in
            zip(getattr(self, what), getattr(other, what), strict=True)
        )


def interleave(rivals, rounds, seconds=0.5, title="rounds"):
    """Measures rivals, one turn of each in every round.

    Args:
        rivals: a dict from name to `(Resident, action)`.
        rounds: how many, after a first one that warms up.
        seconds: least length of a turn.
        title: of the progress bar.

    Returns:
        A dict from name to `Timing`.
    """
    timings = {}
    with progress_bar(len(rivals) * (rounds + 1), title, "turn") as progress:
        for name, (resident, action) in rivals.items():
            _, _, wall = resident.turn(action, 0.0)
            timings[name] = Timing(wall, [], [])
            progress.update()
        for _ in range(rounds):
            for name, (resident, action) in rivals.items():
                count, cpu, wall = resident.turn(action, seconds)
                timings[name].cpu.append(cpu / count)
                timings[name].wall.append(wall / count)
                progress.update()
    return timings


def _serve(pipe, factory, arguments):
    """The life of a resident process; it ends with its parent's pipe."""
    # Ctrl-C is for the parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        try:
            actions = factory(*arguments)
        except Exception:
            pipe.send((False, traceback.format_exc()))
            return
        pipe.send((True, None))
        while True:
            kind, *details = pipe.recv()
            try:
                if kind == "turn":
                    value = _turn(actions[details[0]], details[1])
                elif kind == "call":
                    value = actions[details[0]]()
                else:
                    value = memory()
            except Exception:
                pipe.send((False, traceback.format_exc()))
            else:
                pipe.send((True, value))


def _turn(action, seconds):
    cpu, start = cpu_seconds(), time.perf_counter()
    count, wall = 0, 0.0
    while not count or wall < seconds:
        action()
        count += 1
        wall = time.perf_counter() - start
    return count, cpu_seconds() - cpu, wall
