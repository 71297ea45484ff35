"""The end of a process: it waits up to LINGER until the messages of dropped contexts are sent."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import zmq

Start: TypeAlias = "Callable[..., subprocess.Popen[str]]"
WaitUntil: TypeAlias = Callable[[Callable[[], object]], None]

COUNT = 50
"""Messages of a megabyte: more than the buffers of the system hold without a receiver."""

# Python warns of fork with threads, which a context has; spawned children show warnings by default, too.
QUIET = ("-W", "ignore")

SENDER = f"""
import atexit, os, sys, threading, time
import multiprocessing as mp

late = []
atexit.register(lambda: [function() for function in late])  # before the import of zmq: runs after its exit handler
import zmq

endpoint = sys.argv[1]

def send(close=True, linger=None, count={COUNT}):
    context = zmq.Context()
    socket = context.socket(zmq.PUSH)
    if linger is not None:
        socket.linger = linger
    socket.connect(endpoint)
    for _ in range(count):
        socket.send(bytes(1_000_000))
    if close:
        socket.close()

def announce():
    print(os.getpid(), flush=True)  # the id of the ending process
"""


@pytest.fixture
def reader(context: zmq.Context) -> Iterator[zmq.Socket]:
    """A PULL socket with room for one or two messages."""
    with context.socket(zmq.PULL) as socket:
        socket.rcvhwm = 1
        socket.rcvtimeo = 30_000
        socket.bind("tcp://127.0.0.1:*")
        yield socket


@pytest.fixture
def program(tmp_path: Path, start_script: Start) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that runs a sending program from a file, because spawned children import it."""

    def program(body: str, endpoint: str) -> subprocess.Popen[str]:
        file = tmp_path / "program.py"
        file.write_text(SENDER + textwrap.dedent(body))
        run = "import sys; __file__ = sys.argv.pop(1); exec(compile(open(__file__).read(), __file__, 'exec'))"
        return start_script(run, file, endpoint, options=QUIET)

    return program


def _announced(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def _receive_all(reader: zmq.Socket, count: int = COUNT) -> None:
    for _ in range(count):
        assert len(reader.recv()) == 1_000_000


def _endpoint(reader: zmq.Socket) -> str:
    return reader.last_endpoint.decode()


DROPPED_LATE = {
    "exit handler that runs late",
    "cycle that is collected late",
    "thread that outlives the child's function",
}
"""What drops a context after the last collection of the end of the process."""


def _cases(sources: dict[str, str]) -> list[Any]:
    late = pytest.mark.pypy_skip("references are not counted")
    return [pytest.param(source, id=name, marks=[late] * (name in DROPPED_LATE)) for name, source in sources.items()]


PROGRAMS = {
    "closed socket": "send(); announce()",
    "socket left open": "send(close=False); announce()",
    "finite linger": "send(linger=60_000); announce()",
    "sys.exit": "send(); announce(); sys.exit()",
    "thread that outlives the main one": """
        def work():
            send()
            announce()
        threading.Thread(target=work).start()
    """,
    "exit handler": "atexit.register(send); announce()",
    "exit handler that runs late": "late.append(send); announce()",
    "cycle": """
        class Owner:
            pass
        def work():
            owner = Owner()
            owner.me, owner.context = owner, zmq.Context()
            owner.socket = owner.context.socket(zmq.PUSH)
            owner.socket.connect(endpoint)
            for _ in range(50):
                owner.socket.send(bytes(1_000_000))
        work()
        import gc
        gc.collect()
        announce()
    """,
    "cycle that is collected late": """
        class Owner:
            pass
        def work():
            import gc
            owner = Owner()
            owner.me, owner.context = owner, zmq.Context()
            owner.socket = owner.context.socket(zmq.PUSH)
            owner.socket.connect(endpoint)
            for _ in range(50):
                owner.socket.send(bytes(1_000_000))
            del owner
            announce()
            gc.collect()
        late.append(work)
    """,
}


@pytest.mark.parametrize("body", _cases(PROGRAMS))
def test_unsent_messages_of_a_dropped_context_arrive(
    reader: zmq.Socket, program: Start, wait_until: WaitUntil, asleep: Callable[..., bool], body: str
) -> None:
    process = program(body, _endpoint(reader))
    pid = _announced(process)
    wait_until(lambda: process.poll() is not None or asleep(pid, process=True))
    _receive_all(reader)
    assert process.wait(30) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("leave", ["sys.exit()", "pass"])
def test_unsent_messages_of_a_child_of_os_fork_arrive(reader: zmq.Socket, program: Start, leave: str) -> None:
    process = program(
        f"""
        send(count=1)  # a termination in the parent
        if os.fork() == 0:
            send()
            {leave}
        else:
            assert os.wait()[1] == 0
        """,
        _endpoint(reader),
    )
    _receive_all(reader, COUNT + 1)
    assert process.wait(30) == 0


CHILDREN = {
    "closed socket": "send",
    "socket left open": "leave_open",
    "thread that outlives the child's function": "send_in_a_thread",
    "exception": "send_and_fail",
    "sys.exit": "send_and_exit",
}
IN_CHILDREN = """
def leave_open():
    send(close=False)
def send_in_a_thread():
    threading.Thread(target=wait_and_send).start()
def wait_and_send():
    while not mp.util.is_exiting() and threading.main_thread().is_alive():  # the latter from CPython 3.13 on
        time.sleep(0.001)
    send()
def send_and_fail():
    send()
    raise ZeroDivisionError
def send_and_exit():
    send()
    sys.exit(1)
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.parametrize("target", _cases(CHILDREN))
def test_unsent_messages_of_a_child_of_multiprocessing_arrive(
    reader: zmq.Socket, program: Start, method: str, target: str
) -> None:
    process = program(
        IN_CHILDREN
        + f"""
if __name__ == "__main__":
    child = mp.get_context({method!r}).Process(target={target})
    child.start()
    child.join()
    assert child.exitcode == ("fail" in "{target}" or "exit" in "{target}"), child.exitcode
""",
        _endpoint(reader),
    )
    _receive_all(reader)
    assert process.wait(30) == 0


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_unsent_messages_of_the_processes_of_a_pool_arrive(reader: zmq.Socket, program: Start, method: str) -> None:
    process = program(
        f"""
        from concurrent.futures import ProcessPoolExecutor

        def work(_):
            send(count=5)

        if __name__ == "__main__":
            with ProcessPoolExecutor(2, mp_context=mp.get_context({method!r})) as pool:
                list(pool.map(work, range(10)))
        """,
        _endpoint(reader),
    )
    _receive_all(reader)
    assert process.wait(30) == 0


def test_a_fork_while_a_termination_is_under_way_does_not_make_the_child_wait(
    dead_endpoint: str, program: Start
) -> None:
    process = program(
        """
        send(count=1)
        child = mp.get_context("fork").Process(target=zmq.Context)
        child.start()
        child.join()
        announce()
        os._exit(child.exitcode)
        """
        if hasattr(os, "fork")
        else "announce(); os._exit(0)",
        dead_endpoint,
    )
    _announced(process)
    assert process.wait(30) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


# ---- the limit, and the message


def _run(process: subprocess.Popen[str]) -> str:
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    return err


def test_a_finite_linger_is_not_exceeded_and_prints_no_message(dead_endpoint: str, program: Start) -> None:
    assert _run(program("send(linger=10, count=1)", dead_endpoint)) == ""


def test_an_infinite_linger_ends_after_the_limit_and_says_what_was_waited_for(
    dead_endpoint: str, program: Start
) -> None:
    err = _run(program("zmq.EXIT_TIMEOUT_S = 1.5; send(count=1)", dead_endpoint))
    first, second = err.splitlines()
    assert re.search(r"waits for at most \d s more .* \(PUSH with an infinite LINGER\)", first)
    assert "close(linger=" in first
    assert "EXIT_TIMEOUT_S" in first
    assert "gives up" in second


def test_the_environment_sets_the_limit(dead_endpoint: str, program: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZMQ_EXIT_TIMEOUT_S", "0")
    err = _run(program("assert zmq.EXIT_TIMEOUT_S == 0; send(count=1)", dead_endpoint))
    assert "gives up" in err


def test_a_limit_that_is_not_a_number_gives_a_warning(
    dead_endpoint: str, start_script: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZMQ_EXIT_TIMEOUT_S", "soon")
    err = _run(start_script("import zmq; assert zmq.EXIT_TIMEOUT_S == 30", options=("-W", "default")))
    assert "ZMQ_EXIT_TIMEOUT_S is a number of seconds: got 'soon'" in err


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_ctrl_c_ends_the_wait(dead_endpoint: str, program: Start) -> None:
    process = program("zmq.EXIT_TIMEOUT_S = -1; send(count=1)", dead_endpoint)
    assert process.stderr is not None
    assert "waits without limit" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in _run(process)


@pytest.mark.parametrize("stderr", ["None", "open(os.devnull)"])
def test_a_closed_stderr_has_no_effect(dead_endpoint: str, program: Start, stderr: str) -> None:
    body = f"sys.stderr = {stderr}\nif sys.stderr: sys.stderr.close()\nzmq.EXIT_TIMEOUT_S = 0\nsend(count=1)"
    assert _run(program(body, dead_endpoint)) == ""


@pytest.mark.parametrize(
    "hold",
    ["context = zmq.Context()", "context = zmq.Context.instance()", "sys.zmq_context = context = zmq.Context()"],
)
def test_a_context_referenced_by_globals_ends_at_once(dead_endpoint: str, program: Start, hold: str) -> None:
    body = f"{hold}\nsocket = context.socket(zmq.PUSH)\nsocket.connect(endpoint)\nsocket.send(b'x')\nsocket.close()"
    assert _run(program(body, dead_endpoint)) == ""


def test_an_interrupted_term_is_not_waited_for_again(dead_endpoint: str, program: Start) -> None:
    process = program(
        """
        import signal
        context = zmq.Context()
        socket = context.socket(zmq.PUSH)
        socket.connect(endpoint)
        socket.send(b"x")
        socket.close()
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            context.term()
        except KeyboardInterrupt:
            pass
        del context, socket
        """
        if hasattr(signal, "setitimer")
        else "pass",
        dead_endpoint,
    )
    assert _run(process) == ""


@pytest.mark.pypy_skip("it has no sub-interpreters")
def test_a_sub_interpreter_that_has_dropped_a_context_ends(dead_endpoint: str, program: Start) -> None:
    err = _run(
        program(
            """
            try:
                import _xxsubinterpreters as interpreters
            except ImportError:
                import _interpreters as interpreters
            interpreter = interpreters.create()
            code = '''
            try:
                import zmq
            except ImportError:  # compiled modules can be loaded by one interpreter only
                pass
            '''
            import textwrap
            interpreters.run_string(interpreter, textwrap.dedent(code))
            interpreters.destroy(interpreter)
            """,
            dead_endpoint,
        )
    )
    assert err == ""
