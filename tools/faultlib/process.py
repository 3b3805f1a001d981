"""Starts the command under limits, with descriptors that are closed, full or gone, and waits."""

import dataclasses
import fcntl
import os
import resource
import selectors
import signal
import struct
import subprocess
import termios
import time

TIME_LIMIT = 20  # seconds after which a run hangs
NOBODY = 65534
STARTUP_CPU = 0.06  # seconds of CPU in which a busy machine may not have come to main()


class NotApplicable(Exception):
    """This machine cannot make the fault; the text says why."""


@dataclasses.dataclass
class Launch:
    """How a run is started. A descriptor is `pipe`, `closed`, `gone` (a pipe without a reader),
    `terminal`, the path of a file to append to, or a descriptor of ours."""

    stdin: object = "/dev/null"
    stdout: object = "pipe"
    stderr: object = "pipe"
    limits: tuple = ()  # (resource, soft, hard)
    ignored: tuple = ()  # signals
    nobody: bool = False  # as a user without rights, if we are root
    columns: int = 0  # of the terminal
    environment: dict = dataclasses.field(default_factory=dict)
    passed: tuple = ()  # further descriptors


@dataclasses.dataclass
class Ending:
    """How a run ended. `status` is minus the signal that ended it."""

    status: int
    out: bytes
    err: bytes
    seconds: float
    hung: bool
    terminal: bytes = b""


class Running:
    """A run under way."""

    def __init__(self, command, arguments, folder, launch):
        self.launch = launch
        self.master = self.slave = None
        self.ours = []  # descriptors to close once the child has them
        self.seen = b""  # on the terminal
        try:
            streams = [self._stream(where, number) for number, where in
                       enumerate((launch.stdin, launch.stdout, launch.stderr))]
            self.began = time.monotonic()
            self.child = subprocess.Popen(
                [command, *arguments], cwd=folder, stdin=streams[0], stdout=streams[1],
                stderr=streams[2], start_new_session=True, preexec_fn=self._prepare,
                pass_fds=launch.passed, env={**os.environ, "LC_ALL": "C", "TMPDIR": str(folder),
                                             **launch.environment})
        except (subprocess.SubprocessError, MemoryError, BlockingIOError) as wrong:
            self.close_terminal()
            raise NotApplicable(f"the command cannot be started: {wrong}") from wrong
        finally:
            for descriptor in self.ours:
                os.close(descriptor)

    def _stream(self, where, number):
        if where == "pipe":
            return subprocess.PIPE
        if where == "closed":
            return None
        if where == "gone":
            reader, writer = os.pipe()
            os.close(reader)
            self.ours.append(writer)
            return writer
        if where == "terminal":
            if self.slave is None:
                try:
                    self.master, self.slave = os.openpty()
                except OSError as wrong:
                    raise NotApplicable(f"no pseudo-terminal: {wrong}") from wrong
                self.ours.append(self.slave)
                size = struct.pack("HHHH", 24, self.launch.columns or 80, 0, 0)
                fcntl.ioctl(self.slave, termios.TIOCSWINSZ, size)
            return self.slave
        if isinstance(where, int):
            return where
        descriptor = os.open(where, os.O_RDONLY if number == 0 else
                             os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.ours.append(descriptor)
        return descriptor

    def _prepare(self):
        """In the child, before it becomes the command."""
        launch = self.launch
        if self.slave is not None:
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            if number < signal.SIGRTMIN:  # whatever nohup or a shell has made of them
                signal.signal(number, signal.SIG_IGN if number in launch.ignored else
                              signal.SIG_DFL)
        if launch.nobody and os.getuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        for number, where in enumerate((launch.stdin, launch.stdout, launch.stderr)):
            if where == "closed":
                os.close(number)
        for what, soft, hard in launch.limits:
            resource.setrlimit(what, (soft, hard))

    # --- while it runs ------------------------------------------------------------------------

    def wait_until(self, seconds):
        """Sleeps until so long after the start, or until the run has ended."""
        while self.alive():
            left = self.began + seconds - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, 0.02))

    def wait_for_bytes(self, way, count):
        """Until it has read (`rchar`) or written (`wchar`) so many bytes, or has ended."""
        while self.alive():
            try:
                with open(f"/proc/{self.child.pid}/io", encoding="ascii") as text:
                    done = dict(line.split(": ") for line in text)
                if int(done[way]) >= count:
                    break
            except (OSError, ValueError, KeyError):
                break

    def alive(self):
        return self.child.poll() is None

    def send(self, number):
        """False if the run had ended."""
        if not self.alive():
            return False
        self.child.send_signal(number)
        return True

    def catches(self, number):
        """Whether the command has a handler for the signal now; None if that cannot be told."""
        try:
            with open(f"/proc/{self.child.pid}/status", encoding="ascii", errors="replace") as text:
                for line in text:
                    if line.startswith("SigCgt"):
                        return bool(int(line.split()[1], 16) >> (number - 1) & 1)
        except (OSError, ValueError):
            pass
        return None

    def starting(self):
        """Whether it has had so little of a CPU that it may not have come to its handlers yet."""
        try:
            with open(f"/proc/{self.child.pid}/schedstat", encoding="ascii") as text:
                return int(text.read().split()[0]) < STARTUP_CPU * 1e9
        except (OSError, ValueError, IndexError):
            return time.monotonic() - self.began < STARTUP_CPU

    def read_terminal(self, enough, seconds=TIME_LIMIT):
        """Reads what is shown until `enough(bytes)`, the end, or so many seconds have passed."""
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.master, selectors.EVENT_READ)
            while not enough(self.seen) and time.monotonic() < end:
                if not selector.select(0.05):
                    if not self.alive():
                        return
                    continue
                try:
                    more = os.read(self.master, 65536)
                except OSError:  # the last one who had it open is gone
                    return
                if not more:
                    return
                self.seen += more

    def close_terminal(self):
        if self.master is not None:
            os.close(self.master)
            self.master = None

    # --- its end ------------------------------------------------------------------------------

    def finish(self):
        """Waits, at most until TIME_LIMIT after the start."""
        hung = False
        if self.master is not None:
            self.read_terminal(lambda seen: False)
        left = max(0.1, self.began + TIME_LIMIT - time.monotonic())
        try:
            out, err = self.child.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            hung = True
            self.child.kill()
            out, err = self.child.communicate()
        finally:
            self.close_terminal()
        return Ending(self.child.returncode, out or b"", err or b"",
                      time.monotonic() - self.began, hung, self.seen)
