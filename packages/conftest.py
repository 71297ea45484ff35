"""Fixtures of all packages: contexts, sockets and threads with cleanup checks, and deadlines."""

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
    # No deadline for each example, because the machine may be busy; no database between runs.
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

SPAWNED = "ignore:Module globals is missing a __spec__:DeprecationWarning"
"""CPython 3.15 warns of the main module of spawned processes, when it prints a traceback there."""

PYPY = platform.python_implementation() == "PyPy"

DEADLINE_S = 220.0 if PYPY else 120.0  # it collects garbage often and slowly: see below
"""Seconds after which a test counts as hanging: the process ends with the tracebacks of all threads."""

JOIN_S = 30.0  # long enough for a busy machine
"""Seconds until threads and contexts of a test that have not ended count as hanging."""

if PYPY:
    collect_once = gc.collect

    def _collect_all(generation: int = 2) -> int:
        """Collect also what C code refers to: one collection finds only the first of a chain of such objects."""
        for _ in range(12 if generation == 2 else 2):
            collect_once(generation)
        return 0

    def _collect_as_ever() -> None:
        gc.collect = collect_once

    gc.collect = _collect_all
    os.register_at_fork(after_in_child=_collect_as_ever)  # the end of a process collects more than once

    def pytest_sessionfinish() -> None:
        """Let pytest, which collects several times at the end, do so at its own pace."""
        _collect_as_ever()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out on PyPy what is marked so."""
    for item in items:
        for mark in item.iter_markers("pypy_skip"):
            if PYPY:
                item.add_marker(pytest.mark.skip(reason=f"PyPy: {mark.args[0]}"))


@pytest.fixture(scope="session")
def real_stderr(pytestconfig: pytest.Config) -> Iterator[int]:
    """Return a descriptor whose output is shown even while pytest captures output."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with ExitStack() as stack:
        if capture is not None:
            stack.enter_context(capture.global_and_fixture_disabled())
        fd = os.dup(2)
    yield fd
    os.close(fd)


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """Restore the handler of SIGINT: a run in the background, and its child processes, inherit it as ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def reclaim() -> Callable[[], object]:
    """Return a function that collects what the test has dropped, where references are not counted."""
    return gc.collect if PYPY else lambda: None


@pytest.fixture(autouse=True)
def deadline(real_stderr: int) -> Iterator[None]:
    """If a test hangs, in Python or in C, end the process with the tracebacks of its threads."""
    _begin_deadline(real_stderr)
    _deadline.append(real_stderr)
    yield
    _deadline.clear()
    faulthandler.cancel_dump_traceback_later()


_deadline: list[int] = []
"""The file for the tracebacks of the running test."""


def _begin_deadline(stderr: int) -> None:
    faulthandler.dump_traceback_later(DEADLINE_S, exit=True, file=stderr)


@pytest.hookimpl(trylast=True)
def pytest_exception_interact() -> None:
    """Restart the deadline after a failed test: pytest has cancelled it, and the teardown of fixtures may hang."""
    for stderr in _deadline:
        _begin_deadline(stderr)


def _c_objects() -> set[tuple[str, int]]:
    """Return the addresses of all open C contexts and sockets of Python objects."""
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
    """Return a function that runs a function in a thread; ``.result()`` waits for its result, or raises its exception.

    A test fails if a thread does not end soon after it, or if it does not fetch an exception.
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
    """Return a function that terminates a context, and fails the test if that does not return."""

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
    """A context for the test, terminated within a deadline; the test must close its sockets."""
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
    """Return a function that creates a socket: ``sockets(zmq.PUSH)``; closed after the test, with LINGER 0.

    Operations that block longer than JOIN_S raise Again.
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
    """Return a function that creates two sockets, the second connected to the first.

    ``make_pair(zmq.PULL, zmq.PUSH)`` uses inproc, ``make_pair(zmq.PULL, zmq.PUSH, "tcp")`` uses tcp; "ipc" is possible
    on systems that have it.  Over tcp and ipc the connection may not be complete yet: messages wait for it.
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

    # tmp_path is too long for an endpoint, and TMPDIR may be, too
    where = Path(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(dir=where if len(str(where)) < 60 else where.anchor + "tmp") as folder:
        yield make


@pytest.fixture
def dead_endpoint() -> Iterator[str]:
    """A tcp endpoint without a listener, reserved during the test: messages to it wait for ever."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"tcp://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def reserve_endpoint() -> Iterator[Callable[[], str]]:
    """Return a function that returns a tcp endpoint at which only sockets of this test can listen.

    On Linux: a socket that is bound but does not listen keeps the port from others, which run beside the tests.
    """
    with ExitStack() as stack:

        def reserve() -> str:
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as libzmq does
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            if sys.platform != "linux":  # libzmq could not listen there, either
                taken.close()
            return f"tcp://127.0.0.1:{port}"

        yield reserve


@pytest.fixture
def late_endpoint(reserve_endpoint: Callable[[], str]) -> str:
    """A tcp endpoint without a listener until the test binds it: messages sent there linger."""
    return reserve_endpoint()


@pytest.fixture
def system_libzmq() -> ctypes.CDLL:
    """Return the libzmq that zmq-core is linked with, through ctypes; skip the test if it is not the system's."""
    try:
        from zmq.backend import _build
    except ImportError:  # a manual build
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
    """Return a function that runs a script of the folder examples, and returns its output.

    The script must succeed before a deadline, write nothing to stderr, not even warnings, and leave no temporary file.
    """
    folder = tmp_path / "tmp"
    folder.mkdir()

    def run_example(script: str, *options: str) -> str:
        done = subprocess.run(
            [sys.executable, *options, "-W", "error", "-W", SPAWNED, str(EXAMPLES / script)],
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


# ---- detecting that a thread or a process waits

_WAITS = {"x86_64": {7, 23, 232, 270, 271, 281, 202, 219}, "aarch64": {22, 72, 73, 98, 128}}
"""The numbers of the system calls in which a thread waits: poll, select, epoll_wait, futex and their variants.

The last one is restart_syscall, in which a wait goes on after the process was stopped.
"""

_FUTEX = {202, 98}  # also used by threads that wait for the GIL


def _sleeps(task: Path, *, on_locks: bool) -> bool:
    # The kernel tells the calls of the emulator where one runs this Python: see tools/emulated.py.
    waits = _WAITS.get(os.environ.get("EMULATED_ON", platform.machine()))
    if waits is None or not task.exists():
        pytest.skip("cannot see here what a thread waits for")
    try:
        call = (task / "syscall").read_text().split()[0]
    except OSError:
        return False
    return call.isdigit() and int(call) in (waits if on_locks else waits - _FUTEX)


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    """Return a function that waits until a condition holds, and fails the test after a deadline."""

    def wait_until(condition: Callable[[], object]) -> None:
        end = time.monotonic() + JOIN_S
        while not condition():
            if time.monotonic() > end:
                pytest.fail(f"{condition} does not become true")
            time.sleep(0.0005)  # polling: the system does not notify that a thread begins to wait

    return wait_until


@pytest.fixture
def asleep() -> Callable[..., bool]:
    """Return a function that returns whether a thread, given by its native id, sleeps in poll, epoll or select.

    ``asleep(pid, process=True)`` checks the main thread of another process; waiting for a lock counts then, too.
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
    """Return a function that runs a function in a thread, and returns as soon as the thread waits."""

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
    """Return a function that runs source code in a new Python process, which is killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(source: str, *arguments: object, options: Sequence[str] = ("-W", "error")) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", *options, "-c", textwrap.dedent(source), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a process group: its children hold the pipes, too, and are killed with it
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
    """Return a function that runs source code in a new Python process, and returns its output.

    The code must succeed before a deadline, and write nothing to stderr.
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
