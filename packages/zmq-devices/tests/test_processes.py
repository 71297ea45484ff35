"""ProcessDevice: with every start method, in parents that use zmq, and after the end of the parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import zmq
from zmq.devices import ProcessDevice, ProcessMonitoredQueue

Connect = Callable[..., zmq.Socket]
Script = Callable[..., subprocess.Popen[str]]

ANY_PORT = "tcp://127.0.0.1:*"

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


def test_it_works_in_a_parent_that_uses_zmq(start_method: str, start: Any, connect: Connect, sockets: Any) -> None:
    busy = sockets(zmq.PULL)
    busy.bind(ANY_PORT)
    zmq.Context.instance()
    sender = connect(zmq.PUSH, busy.last_endpoint.decode())
    sender.send(b"before")
    device = ProcessMonitoredQueue(zmq.ROUTER, zmq.ROUTER, zmq.PUSH)
    port = device.bind_in_to_random_port("tcp://127.0.0.1")
    device.bind_out(ANY_PORT)
    device.bind_mon(ANY_PORT)
    start(device)
    anna = connect(zmq.DEALER, f"tcp://127.0.0.1:{port}", routing_id=b"anna")
    bert = connect(zmq.DEALER, device.backend, routing_id=b"bert")
    captured = connect(zmq.PULL, device.capture)
    anna.send_multipart([b"absent", b"1"])
    assert captured.recv_multipart() == [b"in", b"absent", b"anna", b"1"]
    bert.send_multipart([b"anna", b"2"])
    assert anna.recv_multipart() == [b"bert", b"2"]
    assert device.statistics().backend_received.messages == 1
    assert busy.recv() == b"before"
    zmq.Context.instance().term()


def test_start_raises_the_error_of_the_process(start_method: str) -> None:
    device = ProcessDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.bind_out("tcp://1.2.3.4:1")
    with pytest.raises(zmq.ZMQError, match=r"cannot bind 'tcp://1\.2\.3\.4:1'"):
        device.start()
    assert device.done


def test_a_process_that_dies_before_it_runs_is_reported(start_method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    device = ProcessDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.context_factory = partial(os._exit, 7)  # the child creates no context
    with pytest.raises(RuntimeError, match="ended before it ran, with exit code 7"):
        device.start()
    assert device.done


def test_errors_that_cannot_be_pickled_arrive_too() -> None:
    class LocalError(Exception):
        pass

    class Failing(ProcessDevice):
        def context_factory(self) -> zmq.Context:
            raise LocalError("something local")

    if multiprocessing.get_start_method() != "fork":
        pytest.skip("the class cannot be imported in another process")
    with pytest.raises(RuntimeError, match="LocalError: something local"):
        Failing(zmq.QUEUE, zmq.PULL, zmq.PUSH).start()


class TwoArgumentsError(Exception):
    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")


def _fail() -> zmq.Context:
    raise TwoArgumentsError("no context", "no reason")


def test_errors_that_cannot_be_unpickled_arrive_too() -> None:
    device = ProcessDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.context_factory = _fail
    if multiprocessing.get_start_method() != "fork":
        pytest.skip("this module cannot be imported in another process")
    with pytest.raises(RuntimeError, match="TwoArgumentsError: no context: no reason"):
        device.start()


def test_a_port_is_free_once_its_device_has_ended_though_other_devices_run(start: Any) -> None:
    one, other = (ProcessDevice(zmq.QUEUE, zmq.REP, -1) for _ in range(2))
    for device in (one, other):
        device.bind_in_to_random_port("tcp://127.0.0.1")
    start(other)  # while the port of the first device is reserved, but not handed to it
    start(one)
    one.stop()
    one.join(30)
    assert one.done
    host, _, port = one.frontend.endpoints[0].removeprefix("tcp://").partition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=10)


def test_the_process_ends_though_its_last_messages_are_not_read(start: Any, connect: Connect) -> None:
    device = ProcessDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.bind_in(ANY_PORT)
    device.connect_out("tcp://127.0.0.1:9")  # without a listener
    device.setsockopt_out(zmq.LINGER, 0)
    start(device)
    connect(zmq.PUSH, device.frontend).send(b"no receiver")
    device.stop()
    device.join(30)
    assert device.done


PARENT = """
    import os, signal, sys
    import zmq
    from zmq.devices import ProcessDevice

    if __name__ == "__main__":
        device = ProcessDevice(zmq.QUEUE, zmq.REP, -1)
        device.daemon = {daemon}
        port = device.bind_in_to_random_port("tcp://127.0.0.1")
        device.start()
        print(port, device.launcher.pid, flush=True)
        launcher = device.launcher
        del device  # which ends nothing
        sys.stdin.readline()
        print(launcher.is_alive(), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("form", ["Thread", "Process"])
def test_a_process_that_was_forked_cannot_stop_the_device_of_its_parent(
    form: str, run_script: Callable[..., str]
) -> None:
    run_script(
        f"""
        import os, sys
        import zmq
        from zmq.devices import {form}Device

        device = {form}Device(zmq.QUEUE, zmq.REP, -1)
        device.bind_in("tcp://127.0.0.1:*")
        with device, zmq.Context() as context:
            child = os.fork()
            if child == 0:
                device.stop()
                os._exit(0)
            os.waitpid(child, 0)
            with context.socket(zmq.REQ) as client:
                client.connect(device.frontend.endpoints[0])
                client.rcvtimeo = 30_000
                for _ in range(100):  # it would notice
                    client.send(b"hello")
                    assert client.recv() == b"hello"
            assert device.is_alive()
        """,
        options=["-W", "ignore::DeprecationWarning"],
    )


def _end_of(pid: int) -> Callable[[], bool]:
    def ended() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    return ended


@pytest.mark.skipif(sys.platform == "win32", reason="looks for processes as one does on POSIX")
@pytest.mark.parametrize("end", ["exit", "kill", "ctrl-c"])
def test_it_ends_with_the_process_that_started_it(
    end: str, start_script: Script, wait_until: Callable[..., None], connect: Connect
) -> None:
    parent = start_script(PARENT.format(daemon=True), options=["-W", "ignore::DeprecationWarning"])
    assert parent.stdout is not None
    assert parent.stdin is not None
    port, pid = map(int, parent.stdout.readline().split())
    client = connect(zmq.REQ, f"tcp://127.0.0.1:{port}")
    client.send(b"hello")
    assert client.recv() == b"hello"
    if end == "exit":
        out, err = parent.communicate("\n", timeout=60)
        assert (out, err) == ("True\n", "")
    elif end == "kill":
        parent.kill()
    else:
        os.killpg(parent.pid, signal.SIGINT)
        _, err = parent.communicate(timeout=60)
        assert err.count("KeyboardInterrupt") == 1  # of the parent
    wait_until(_end_of(pid))
