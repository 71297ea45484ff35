"""Fixtures of all packages: contexts that end, sockets that are closed, threads that are joined, deadlines."""

from __future__ import annotations

import ctypes
import ctypes.util
import faulthandler
import gc
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import zmq

try:
    import hypothesis
except ImportError:  # few tests need it
    pass
else:
    # No deadline of its own for each example, on machines that have a lot else to do; nothing is kept between runs.
    hypothesis.settings.register_profile(
        "zmq",
        database=None,
        deadline=None,
        derandomize="CI" in os.environ,
        print_blob=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("zmq")

EXAMPLES = Path(__file__).parent.parent / "examples"

DEADLINE_S = 120.0
"""A test that runs longer hangs: the process ends with the traceback of all its threads."""

JOIN_S = 30.0  # long enough for a machine that has a lot else to do
"""Threads and contexts of a test that have not ended by then never will."""


@pytest.fixture(scope="session")
def real_stderr(pytestconfig: pytest.Config) -> Iterator[int]:
    """Return a descriptor that shows what is written, also while pytest captures output."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with ExitStack() as stack:
        if capture is not None:
            stack.enter_context(capture.global_and_fixture_disabled())
        fd = os.dup(2)
    yield fd
    os.close(fd)


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """Hear SIGINT, which a run in the background inherits as ignored, and with it every process that a test starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def deadline(real_stderr: int) -> Iterator[None]:
    """End the process, with the tracebacks of its threads, when a test hangs: in Python or in C."""
    _begin_deadline(real_stderr)
    _deadline.append(real_stderr)
    yield
    _deadline.clear()
    faulthandler.cancel_dump_traceback_later()


_deadline: list[int] = []
"""Where the tracebacks of the running test would go."""


def _begin_deadline(stderr: int) -> None:
    faulthandler.dump_traceback_later(DEADLINE_S, exit=True, file=stderr)


@pytest.hookimpl(trylast=True)
def pytest_exception_interact() -> None:
    """Begin the deadline of a test that has failed anew: pytest has just cancelled it, and its fixtures may hang."""
    for stderr in _deadline:
        _begin_deadline(stderr)


def _c_objects() -> set[tuple[str, int]]:
    """Return the addresses of all C contexts and sockets that Python objects hold open."""
    modules = {"context": "zmq.backend.context", "socket": "zmq.backend.handle"}
    return {(kind, address) for kind, module in modules.items() for address in list(import_module(module)._handles)}


@pytest.fixture(autouse=True)
def no_c_object_is_left(deadline: None) -> Iterator[None]:
    """Fail a test that leaves a C socket or a C context open."""
    before = _c_objects()
    yield
    if _c_objects() - before:
        gc.collect()
    left = sorted(f"{kind} at {address:#x}" for kind, address in _c_objects() - before)
    assert not left, f"the test left C objects open: {left}"


@pytest.fixture
def background(no_c_object_is_left: None) -> Iterator[Callable[..., Future[Any]]]:
    """Return a function that runs another one in a thread; ``.result()`` waits for it, and raises what it raised.

    Threads that are not done soon after the test fail it, as does an exception that the test has not asked for.
    """
    started: list[tuple[Future[Any], threading.Thread]] = []
    asked_for = set()

    class Result(Future[Any]):
        def result(self, timeout: float | None = JOIN_S) -> Any:
            asked_for.add(self)
            return super().result(timeout)

        def exception(self, timeout: float | None = JOIN_S) -> BaseException | None:
            asked_for.add(self)
            return super().exception(timeout)

    def start(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        result = Result()

        def run() -> None:
            try:
                result.set_result(function(*args, **kwargs))
            except BaseException as error:
                result.set_exception(error)

        thread = threading.Thread(target=run, name=f"background {function}", daemon=True)
        started.append((result, thread))
        thread.start()
        return result

    yield start
    for result, thread in started:
        thread.join(JOIN_S)
        assert not thread.is_alive(), f"{thread.name} does not end"
        if result not in asked_for:
            result.result(0)


@pytest.fixture
def terminate(background: Callable[..., Future[Any]]) -> Callable[[zmq.Context], None]:
    """Return a function that terminates a context, and fails the test when that does not end."""

    def terminate(context: zmq.Context) -> None:
        done = background(context.term)
        try:
            done.result(JOIN_S)
        except FutureTimeoutError:
            open_sockets = context._open_sockets()
            context.destroy(linger=0)
            pytest.fail(f"terminating the context hangs; its open sockets: {open_sockets}")

    return terminate


@pytest.fixture
def context(terminate: Callable[[zmq.Context], None]) -> Iterator[zmq.Context]:
    """A context for the test, which has to close its sockets; terminated within a deadline."""
    context = zmq.Context()
    yield context
    context._close_idle_monitors()  # as term() does
    left = [repr(socket) for socket in context._open_sockets()]
    if left:
        context.destroy(linger=0)
    if not context.closed:
        terminate(context)
    assert not left, f"the test left sockets open: {left}"


@pytest.fixture
def sockets(context: zmq.Context) -> Iterator[Callable[[int], zmq.Socket]]:
    """Return a function that makes a socket: ``sockets(zmq.PUSH)``; closed after the test, unsent messages discarded.

    Operations that wait longer than JOIN_S raise Again.
    """
    made: list[zmq.Socket] = []

    def make(socket_type: int) -> zmq.Socket:
        one = context.socket(socket_type)
        made.append(one)
        one.rcvtimeo = one.sndtimeo = int(1000 * JOIN_S)
        return one

    yield make
    for one in made:
        one.close(linger=0)


@pytest.fixture
def make_pair(sockets: Callable[[int], zmq.Socket]) -> Iterator[Callable[..., tuple[zmq.Socket, zmq.Socket]]]:
    """Return a function that makes two sockets, the second connected to the first.

    ``make_pair(zmq.PULL, zmq.PUSH)`` is over inproc, ``make_pair(zmq.PULL, zmq.PUSH, "tcp")`` over tcp, "ipc" where
    there is ipc.  Over tcp and ipc the connection may still be under way: what is sent waits for it.
    """
    count = 0

    def make(first: int, second: int, transport: str = "inproc") -> tuple[zmq.Socket, zmq.Socket]:
        nonlocal count
        count += 1
        bound, connected = sockets(first), sockets(second)
        ipc = f"ipc://{folder}/pair-{count}"
        bound.bind({"inproc": f"inproc://pair-{count}", "tcp": "tcp://127.0.0.1:*", "ipc": ipc}[transport])
        connected.connect(bound.last_endpoint.decode())
        return bound, connected

    # tmp_path is too long for an endpoint, and so may be what TMPDIR says
    where = Path(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(dir=where if len(str(where)) < 60 else where.anchor + "tmp") as folder:
        yield make


@pytest.fixture
def dead_endpoint() -> Iterator[str]:
    """A tcp endpoint that nobody listens on, nor will during the test: what is sent there waits for ever."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"tcp://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def system_libzmq() -> ctypes.CDLL:
    """Return the libzmq that we are linked with, through ctypes; skip the test where that is not the system's."""
    try:
        from zmq.backend import _build
    except ImportError:  # a build by hand
        pytest.skip("nothing tells which libzmq we are linked with")
    name = ctypes.util.find_library("zmq")
    if not name or _build.LINK != "system":
        pytest.skip("we are linked with another libzmq than the system's")
    try:
        return ctypes.CDLL(name)
    except OSError:
        pytest.skip("the libzmq that we are linked with came with the wheel")


@pytest.fixture
def run_example(tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs a script of the folder examples, and returns what it printed.

    It has to succeed in time, to say nothing on stderr, warnings included, and to leave no temporary file.
    """
    folder = tmp_path / "tmp"
    folder.mkdir()

    def run_example(script: str, *options: str) -> str:
        done = subprocess.run(
            [sys.executable, *options, "-W", "error", str(EXAMPLES / script)],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S - JOIN_S,
            env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))},
            cwd=folder,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert list(folder.iterdir()) == []
        return done.stdout

    return run_example


# ---- knowing that a thread or a process waits

_WAITS = {"x86_64": {7, 23, 232, 270, 271, 281, 202}, "aarch64": {22, 72, 73, 98}}
"""The numbers of the system calls in which a thread waits: poll, select, epoll_wait, futex and their kin."""

_FUTEX = {202, 98}  # also what a thread that wants the GIL waits in


def _sleeps(task: Path, *, on_locks: bool) -> bool:
    waits = _WAITS.get(platform.machine())
    if waits is None or not task.exists():
        pytest.skip("cannot see here what a thread waits for")
    try:
        call = (task / "syscall").read_text().split()[0]
    except OSError:
        return False
    return call.isdigit() and int(call) in (waits if on_locks else waits - _FUTEX)


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    """Return a function that waits until a condition holds, and fails the test when it never does."""

    def wait_until(condition: Callable[[], object]) -> None:
        end = time.monotonic() + JOIN_S
        while not condition():
            if time.monotonic() > end:
                pytest.fail(f"{condition} does not become true")
            time.sleep(0.0005)  # between two looks: nothing tells when a thread begins to wait

    return wait_until


@pytest.fixture
def asleep() -> Callable[..., bool]:
    """Return a function that tells whether a thread, given by its native id, sleeps in poll, epoll or select.

    ``asleep(pid, process=True)`` tells it of another process's main thread, and then also when it waits for a lock.
    """

    def asleep(number: int, *, process: bool = False) -> bool:
        task = Path(f"/proc/{number}/task/{number}" if process else f"/proc/self/task/{number}")
        return _sleeps(task, on_locks=process)

    return asleep


@pytest.fixture
def waiting(
    background: Callable[..., Future[Any]],
    wait_until: Callable[[Callable[[], object]], None],
    asleep: Callable[..., bool],
) -> Callable[..., Future[Any]]:
    """Return a function that runs another one in a thread, and returns as soon as that thread waits."""

    def start(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        ids: list[int] = []

        def run() -> Any:
            ids.append(threading.get_native_id())
            return function(*args, **kwargs)

        result = background(run)
        wait_until(lambda: result.done() or (ids and asleep(ids[0])))
        return result

    return start


@pytest.fixture
def start_script() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that runs source code in another Python; killed after the test if it has not ended."""
    started: list[subprocess.Popen[str]] = []

    def start(source: str, *arguments: object, options: Sequence[str] = ("-W", "error")) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", *options, "-c", textwrap.dedent(source), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # its children hold the pipes, too: they end with it
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def run_script(start_script: Callable[..., subprocess.Popen[str]]) -> Callable[..., str]:
    """Return a function that runs source code in another Python, and returns what it printed.

    It has to succeed in time, and to say nothing on stderr.
    """

    def run(source: str, *arguments: object, **kwargs: Any) -> str:
        process = start_script(source, *arguments, **kwargs)
        try:
            out, err = process.communicate(timeout=2 * JOIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGABRT)  # faulthandler shows where it hangs
            out, err = process.communicate()
            pytest.fail(f"the script hangs\n{out}\n{err}")
        assert (process.returncode, err) == (0, ""), f"the script failed: {process.returncode}\n{out}\n{err}"
        return out

    return run
