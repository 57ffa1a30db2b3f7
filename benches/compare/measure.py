"""Run each producer in turn, and see what it needs."""
import os
import resource
import signal
import statistics
import subprocess
import sys
import threading
import time


class Run:
    """What a process took."""

    def __init__(self, seconds, processor, peak, failure):
        # Seconds on the clock, and of the processor.
        self.seconds, self.processor = seconds, processor
        # The most memory that it, or one of the processes it waited for, had; in bytes.
        self.peak = peak
        # Why there is no book; None where there is one.
        self.failure = failure


class Row:
    """The runs of a producer."""

    def __init__(self, producer, output):
        self.producer, self.output, self.runs = producer, output, []

    @property
    def failure(self):
        return next((run.failure for run in self.runs if run.failure), None)

    def least(self, what):
        return min(getattr(run, what) for run in self.runs)

    def median(self, what):
        return statistics.median(getattr(run, what) for run in self.runs)


def rounds(chosen, articles, kit, count, limit):
    """Runs the producers in turn, so many times. One that fails, or takes too long, is not run again."""
    rows = []
    for producer in chosen:
        output = kit.work / f"{producer.name.replace(' ', '-')}.{producer.format}"
        rows.append(Row(producer, output))
        producer.prepare(articles, kit)
    for number in range(count):
        for row in rows:
            if row.failure:
                continue
            print(f"round {number + 1}: {row.producer.name}", file=sys.stderr)
            row.output.unlink(missing_ok=True)
            row.runs.append(run(row.producer.command(articles, row.output, kit), limit))
            if not row.failure and not row.output.is_file():
                row.runs[-1].failure = "no book"
    return rows


def run(command, limit):
    """Runs a command as a group of processes of its own, which is ended when it takes too long."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    late = threading.Event()

    def cut():
        late.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit, cut)
    timer.start()
    said = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    failure = None
    if late.is_set():
        failure = f"not done in {limit:g} s"
    elif process.returncode != 0:
        failure = f"exit {process.returncode}: {said.strip().splitlines()[-1] if said.strip() else 'no word'}"
    return Run(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, failure)


def own_peak():
    """What this process has: a child is never told to have had less, since it begins as a copy."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
