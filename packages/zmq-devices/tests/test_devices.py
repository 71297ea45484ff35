"""Devices of every form: in a new thread, in a new process, and in the calling thread."""

from __future__ import annotations

import errno
import multiprocessing
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

import zmq
from zmq import devices
from zmq.devices import Statistics, Traffic, _closing

Start = Callable[..., Any]
Connect = Callable[..., zmq.Socket]
Background = Callable[..., Future[Any]]

JOIN_S = 30.0
ANY_PORT = "tcp://127.0.0.1:*"

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")

FORMS = ["Thread", "Process"]
KINDS = ["Device", "Proxy", "MonitoredQueue", "ProxySteerable"]


def make(name: str, in_type: int, out_type: int, mon_type: int = zmq.PUB, **kwargs: Any) -> Any:
    """Create a device bound to tcp ports."""
    factory: Callable[..., Any] = getattr(devices, name)
    if name.endswith("Device"):
        device = factory(zmq.QUEUE, in_type, out_type)
    else:
        device = factory(in_type, out_type, mon_type, **kwargs)
        device.bind_mon(ANY_PORT)
    device.bind_in(ANY_PORT)
    device.bind_out(ANY_PORT)
    return device


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_questions_and_answers_pass(form: str, kind: str, start: Start, connect: Connect) -> None:
    device = start(make(form + kind, zmq.ROUTER, zmq.DEALER))
    client, server = connect(zmq.REQ, device.frontend), connect(zmq.REP, device.backend)
    for _ in range(3):
        client.send_multipart([b"question", b"?"])
        assert server.recv_multipart() == [b"question", b"?"]
        server.send_multipart([b"answer", b"!"])
        assert client.recv_multipart() == [b"answer", b"!"]


@pytest.mark.parametrize("kind", ["Proxy", "MonitoredQueue", "ProxySteerable"])
@pytest.mark.parametrize("form", FORMS)
def test_everything_is_captured(form: str, kind: str, start: Start, connect: Connect) -> None:
    device = start(make(form + kind, zmq.PAIR, zmq.PAIR, zmq.PUSH))
    left, right = connect(zmq.PAIR, device.frontend), connect(zmq.PAIR, device.backend)
    captured = connect(zmq.PULL, device.capture)
    left.send_multipart([b"to the right", b"1"])
    assert right.recv_multipart() == [b"to the right", b"1"]
    right.send_multipart([b"to the left", b"2"])
    assert left.recv_multipart() == [b"to the left", b"2"]
    prefixes = ([b"in"], [b"out"]) if kind == "MonitoredQueue" else ([], [])
    assert captured.recv_multipart() == [*prefixes[0], b"to the right", b"1"]
    assert captured.recv_multipart() == [*prefixes[1], b"to the left", b"2"]


@pytest.mark.parametrize("form", FORMS)
def test_a_monitored_queue_has_routers_on_both_sides(form: str, start: Start, connect: Connect) -> None:
    device = make(f"{form}MonitoredQueue", zmq.ROUTER, zmq.ROUTER, zmq.PUSH, in_prefix=b"<", out_prefix=b">")
    device.setsockopt_in(zmq.ROUTER_MANDATORY, 1)
    start(device)
    anna = connect(zmq.DEALER, device.frontend, routing_id=b"anna")
    bert = connect(zmq.DEALER, device.backend, routing_id=b"bert")
    captured = connect(zmq.PULL, device.capture)
    anna.send_multipart([b"absent", b"hello?"])  # an unknown peer: bert is not connected yet
    assert captured.recv_multipart() == [b"<", b"absent", b"anna", b"hello?"]
    bert.send_multipart([b"anna", b"hello"])
    assert anna.recv_multipart() == [b"bert", b"hello"]
    assert captured.recv_multipart() == [b">", b"anna", b"bert", b"hello"]


@pytest.mark.parametrize("form", FORMS)
def test_subscriptions_pass_both_ways(form: str, start: Start, connect: Connect) -> None:
    device = start(make(f"{form}Device", zmq.XSUB, zmq.XPUB))
    publisher, subscriber = connect(zmq.XPUB, device.frontend), connect(zmq.SUB, device.backend)
    subscriber.subscribe(b"news")
    assert publisher.recv() == b"\x01news"
    publisher.send(b"news: none")
    assert subscriber.recv() == b"news: none"


@pytest.mark.parametrize("form", FORMS)
def test_one_socket_may_be_both_sides(form: str, start: Start, connect: Connect) -> None:
    device = getattr(devices, f"{form}Device")(zmq.QUEUE, zmq.ROUTER, -1)
    device.bind_in(ANY_PORT)
    start(device)
    assert device.out_type == zmq.ROUTER
    client = connect(zmq.REQ, device.frontend)
    client.send(b"echo")
    assert client.recv() == b"echo"


@pytest.mark.parametrize("form", FORMS)
def test_connected_sides_with_options(form: str, start: Start, sockets: Callable[[int], zmq.Socket]) -> None:
    source, sink = sockets(zmq.ROUTER), sockets(zmq.ROUTER)
    for bound in (source, sink):
        bound.bind(ANY_PORT)
    device = getattr(devices, f"{form}Device")(zmq.STREAMER, zmq.DEALER, zmq.DEALER)
    device.connect_in(source.last_endpoint.decode())
    device.connect_out(sink.last_endpoint.decode())
    device.setsockopt_in(zmq.ROUTING_ID, b"frontend")
    device.setsockopt_out(zmq.ROUTING_ID, b"backend")
    device.setsockopt_out(zmq.LINGER, 0)
    device.setsockopt_in(zmq.PROBE_ROUTER, 1)
    start(device)
    assert source.recv_multipart() == [b"frontend", b""]
    source.send_multipart([b"frontend", b"hello"])
    assert sink.recv_multipart() == [b"backend", b"hello"]


@pytest.mark.parametrize("form", FORMS)
def test_statistics_count_messages_and_bytes(form: str, start: Start, connect: Connect, wait_until: Any) -> None:
    device = make(f"{form}Proxy", zmq.PAIR, zmq.PAIR)
    assert device.statistics() == Statistics(*[Traffic(0, 0)] * 4)
    start(device)
    left, right = connect(zmq.PAIR, device.frontend), connect(zmq.PAIR, device.backend)
    for _ in range(3):
        left.send_multipart([b"12", b"3"])
        right.recv_multipart()
    right.send(b"4567")
    left.recv()
    expected = Statistics(
        frontend_received=Traffic(3, 9),
        frontend_sent=Traffic(1, 4),
        backend_received=Traffic(1, 4),
        backend_sent=Traffic(3, 9),
    )
    wait_until(lambda: device.statistics() == expected)  # while it runs
    device.stop()
    device.join(JOIN_S)
    assert device.statistics() == expected


@pytest.mark.parametrize("form", FORMS)
def test_a_device_can_be_stopped_joined_and_started_again(form: str, connect: Connect) -> None:
    device = make(f"{form}Device", zmq.PULL, zmq.PUSH)
    device.context_factory = zmq.Context  # in a shared context libzmq releases the port some time later
    assert not device.done
    assert not device.is_alive()
    device.stop()  # without effect before the start
    port = device.bind_in_to_random_port("tcp://127.0.0.1")
    for number in range(2):
        device.start()
        assert device.is_alive()
        assert not device.done
        device.join(0)
        assert not device.done
        source, sink = connect(zmq.PUSH, f"tcp://127.0.0.1:{port}"), connect(zmq.PULL, device.backend)
        source.send(b"%d" % number)
        assert sink.recv() == b"%d" % number
        source.close()
        sink.close()
        device.stop()
        device.stop()
        device.join(JOIN_S)
        assert device.done
        assert not device.is_alive()
        device.stop()


@pytest.mark.parametrize("form", FORMS)
def test_a_device_in_a_with_statement_is_started_and_ended(form: str, connect: Connect, context: zmq.Context) -> None:
    device = make(f"{form}Device", zmq.PULL, zmq.PUSH)
    if form == "Thread":
        device.context_factory = lambda: context
    with device as entered:
        assert entered is device
        source, sink = connect(zmq.PUSH, device.frontend), connect(zmq.PULL, device.backend)
        source.send(b"inside")
        assert sink.recv() == b"inside"
    assert device.done


@pytest.mark.parametrize("form", FORMS)
def test_any_thread_may_stop_a_device(form: str, start: Start, background: Background) -> None:
    device = start(make(f"{form}Proxy", zmq.PULL, zmq.PUSH))
    stopping = [background(device.stop) for _ in range(4)]
    device.join(JOIN_S)
    assert device.done
    for one in stopping:
        one.result()


@pytest.mark.parametrize("form", FORMS)
def test_received_messages_are_delivered_when_it_is_stopped(form: str, start: Start, connect: Connect) -> None:
    device = make(f"{form}Device", zmq.PULL, zmq.PUSH)
    start(device)
    source, sink = connect(zmq.PUSH, device.frontend), connect(zmq.PULL, device.backend)
    source.send(b"first")
    assert sink.recv() == b"first"
    for number in range(1000):
        source.send(b"%d" % number)
    assert sink.recv() == b"0"
    device.stop()
    device.join(JOIN_S)
    passed = device.statistics()
    assert passed.frontend_received == passed.backend_sent
    for number in range(1, passed.backend_sent.messages - 1):
        assert sink.recv() == b"%d" % number


@pytest.mark.parametrize("form", FORMS)
def test_it_cannot_be_started_while_it_runs(form: str, start: Start) -> None:
    device = start(make(f"{form}Device", zmq.PULL, zmq.PUSH))
    with pytest.raises(RuntimeError, match="it runs already"):
        device.start()


@pytest.mark.parametrize("form", FORMS)
def test_it_cannot_be_joined_before_it_is_started(form: str) -> None:
    device = make(f"{form}Device", zmq.PULL, zmq.PUSH)
    with pytest.raises(RuntimeError, match="was not started"):
        device.join()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("configure", "message"),
    [
        (lambda device, taken: device.bind_in(taken), r"cannot bind 'tcp://127\.0\.0\.1:\d+': Address already in use"),
        (lambda device, _: device.bind_out("nonsense"), "cannot bind 'nonsense'"),
        (lambda device, _: device.connect_out("tcp://no:port"), "cannot connect to 'tcp://no:port'"),
        (lambda device, _: device.setsockopt_mon(123456, 1), "cannot set 123456"),
        (lambda device, _: device.setsockopt_mon(zmq.LINGER, "long"), "LINGER takes an int, not str"),
    ],
    ids=["in use", "endpoint", "connect", "option", "value"],
)
def test_start_raises_the_error_of_the_thread(
    form: str, configure: Any, message: str, sockets: Callable[[int], zmq.Socket], context: zmq.Context
) -> None:
    occupant = sockets(zmq.PULL)
    occupant.bind(ANY_PORT)
    device = make(f"{form}Proxy", zmq.PULL, zmq.PUSH)
    if form == "Thread":
        device.context_factory = lambda: context
    configure(device, occupant.last_endpoint.decode())
    with pytest.raises((zmq.ZMQError, TypeError), match=message):
        device.start()
    assert device.done
    assert not device.is_alive()


def test_a_thread_ends_when_its_context_is_terminated() -> None:
    context = zmq.Context()
    device = make("ThreadProxy", zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: context
    device.start()
    context.term()
    device.join(JOIN_S)
    assert device.done


def test_a_thread_ends_when_its_context_is_destroyed() -> None:
    context = zmq.Context()
    device = make("ThreadMonitoredQueue", zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: context
    device.start()
    context.destroy()
    device.join(JOIN_S)
    assert device.done


def test_threads_share_the_instance_so_that_inproc_works() -> None:
    context = zmq.Context.instance()
    device = devices.ThreadDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.bind_in("inproc://in")
    device.bind_out("inproc://out")
    with device, context.socket(zmq.PUSH) as source, context.socket(zmq.PULL) as sink:
        source.connect("inproc://in")
        sink.connect("inproc://out")
        source.send(b"inproc")
        assert sink.recv() == b"inproc"
    assert not context.closed
    context.term()


def test_a_context_of_its_own_is_terminated_by_the_device() -> None:
    made = []

    class Recorded(zmq.Context):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    device = make("ThreadDevice", zmq.PULL, zmq.PUSH)
    device.context_factory = Recorded
    with device:
        assert not made[0].closed
    assert made[0].closed


@pytest.mark.parametrize("kind", KINDS)
def test_in_the_foreground_start_returns_when_the_device_has_ended(
    kind: str, background: Background, connect: Connect, context: zmq.Context, wait_until: Any
) -> None:
    device = make(kind, zmq.PAIR, zmq.PAIR)
    device.context_factory = lambda: context
    running = background(device.start)
    wait_until(lambda: device.backend.endpoints)
    left, right = connect(zmq.PAIR, device.frontend), connect(zmq.PAIR, device.backend)
    left.send(b"12345")
    assert right.recv() == b"12345"
    assert device.is_alive()
    device.join(0)
    assert not device.done
    with pytest.raises(RuntimeError, match="it runs already"):
        device.start()
    device.stop()
    assert running.result() is None
    device.join(JOIN_S)
    assert device.done
    assert device.statistics().frontend_received == Traffic(1, 5)


def test_in_the_foreground_terminating_the_context_is_a_regular_end(background: Background, wait_until: Any) -> None:
    context = zmq.Context()
    device = make("Device", zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: context
    running = background(device.start)
    wait_until(lambda: device.backend.endpoints)
    context.term()
    assert running.result() is None
    assert device.done


def test_in_the_foreground_start_raises_the_error() -> None:
    device = make("Device", zmq.PULL, zmq.PUSH)
    device.context_factory = zmq.Context
    device.bind_in("nonsense")
    with pytest.raises(zmq.ZMQError, match="nonsense"):
        device.start()
    assert device.done


def test_other_threads_get_an_error_that_names_the_device(
    context: zmq.Context, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = start(make("ThreadProxy", zmq.PULL, zmq.PUSH))
    frontend = device._setup_sockets()[0]
    with pytest.raises(zmq.ZMQError, match=r"inside a ThreadProxy, in another thread"):
        while True:  # until the relay has the socket
            frontend.get(zmq.TYPE)


@pytest.mark.parametrize("form", FORMS)
def test_a_subclass_may_override_run_device(form: str, start: Start, connect: Connect) -> None:
    base: Any = getattr(devices, f"{form}Device")

    class Upper(base):  # type: ignore[misc]  # one of two classes
        """Replies in capital letters, three times."""

        def run_device(self) -> None:
            frontend, *_ = self._setup_sockets()
            for _ in range(3):
                frontend.send(frontend.recv().upper())

    device = Upper(zmq.QUEUE, zmq.REP, zmq.PUSH)
    device.bind_in(ANY_PORT)
    if form == "Process" and multiprocessing.get_start_method() != "fork":
        pytest.skip("the class cannot be imported in another process")
    start(device)
    client = connect(zmq.REQ, device.frontend)
    for _ in range(3):
        client.send(b"hello")
        assert client.recv() == b"HELLO"
    device.join(JOIN_S)
    assert device.done


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        ("Device", [zmq.PULL, zmq.PUSH]),
        ("Proxy", [zmq.PULL, zmq.PUSH, zmq.PUB]),
        ("MonitoredQueue", [zmq.PULL, zmq.PUSH, zmq.PUB]),
        ("ProxySteerable", [zmq.PULL, zmq.PUSH, zmq.PUB, zmq.PAIR]),
    ],
)
def test_a_subclass_has_the_sockets_of_its_base_class(kind: str, types: list[int], start: Start) -> None:
    base: Any = getattr(devices, f"Thread{kind}")
    seen: list[int] = []

    class Curious(base):  # type: ignore[misc]  # one of four classes
        def run_device(self) -> None:
            seen.extend(socket.type for socket in self._setup_sockets())

    device = start(Curious(*([zmq.QUEUE, *types] if kind == "Device" else types)))
    device.join(JOIN_S)
    assert seen == types


@pytest.mark.parametrize("form", FORMS)
def test_start_does_not_wait_for_an_overridden_run(form: str, start: Start, connect: Connect) -> None:
    base: Any = getattr(devices, f"{form}Device")
    if form == "Process" and multiprocessing.get_start_method() != "fork":
        pytest.skip("the class cannot be imported in another process")
    go_on: Any = multiprocessing.Event() if form == "Process" else threading.Event()

    class Patient(base):  # type: ignore[misc]  # one of two classes
        def run(self) -> None:
            go_on.wait(JOIN_S)
            super().run()

    device = Patient(zmq.QUEUE, zmq.REP, -1)
    port = device.bind_in_to_random_port("tcp://127.0.0.1")
    start(device)
    assert device.is_alive()
    go_on.set()
    client = connect(zmq.REQ, f"tcp://127.0.0.1:{port}")
    client.send(b"hello")
    assert client.recv() == b"hello"


def test_a_subclass_may_override_context_factory(connect: Connect, context: zmq.Context) -> None:
    class Ours(devices.ThreadProxy):
        def context_factory(self) -> zmq.Context:
            return context

    with Ours(zmq.PULL, zmq.PUSH) as device:
        assert device.is_alive()
    assert not context.closed


def test_an_error_after_the_start_is_reported_by_threading_excepthook(context: zmq.Context) -> None:
    shown = []

    class Failing(devices.ThreadDevice):
        def run_device(self) -> None:
            raise LookupError("something else went wrong")

    device = Failing(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: context
    hook, threading.excepthook = threading.excepthook, lambda args: shown.append(args.exc_type)
    try:
        device.start()
        device.join(JOIN_S)
    finally:
        threading.excepthook = hook
    assert shown == [LookupError]
    assert device.done


@pytest.mark.parametrize("missing", ["in_type", "out_type"])
def test_both_types_are_needed(missing: str) -> None:
    types = {"in_type": zmq.PULL, "out_type": zmq.PUSH}
    del types[missing]
    with pytest.raises(TypeError, match=f"needs {missing}"):
        devices.ThreadDevice(zmq.QUEUE, **types)


def test_prefixes_are_checked_at_once() -> None:
    bad: Any = "in"
    with pytest.raises(TypeError, match="in_prefix is a frame and must be bytes, not 'in'"):
        devices.ThreadMonitoredQueue(zmq.PULL, zmq.PUSH, in_prefix=bad)


def test_only_a_steerable_proxy_with_a_control_type_can_be_bound_there() -> None:
    device = devices.ThreadProxySteerable(zmq.PULL, zmq.PUSH)
    assert device.ctrl_type is None
    with pytest.raises(TypeError, match="no control socket: give it a ctrl_type"):
        device.bind_ctrl(ANY_PORT)


def test_types_can_be_read_back() -> None:
    device = devices.ProcessProxySteerable(zmq.ROUTER, zmq.DEALER, zmq.PUSH, zmq.PAIR)
    assert (device.in_type, device.out_type, device.mon_type, device.ctrl_type) == (
        zmq.ROUTER,
        zmq.DEALER,
        zmq.PUSH,
        zmq.PAIR,
    )
    assert device.device_type == zmq.QUEUE
    assert device.daemon is True


# ---- starting again


@pytest.mark.parametrize("connects", [False, True])
def test_a_joined_device_has_freed_its_ports(
    context: zmq.Context, connects: bool, reserve_endpoint: Callable[[], str]
) -> None:
    one, two = reserve_endpoint(), reserve_endpoint()
    for _ in range(100):
        device = devices.ThreadDevice(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)
        device.context_factory = lambda: context
        device.bind_in(one)
        device.bind_out(two)
        if connects:
            device.connect_out("tcp://127.0.0.1:1")
        device.start()
        device.stop()
        device.join(JOIN_S)
        assert device.done


def test_monitors_of_closed_sockets_are_not_left_behind(context: zmq.Context) -> None:
    for _ in range(20):
        device = devices.ThreadDevice(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)
        device.context_factory = lambda: context
        device.bind_in(ANY_PORT)
        device.connect_in("tcp://127.0.0.1:1")
        device.bind_out(ANY_PORT)
        with device:
            pass
    assert len(context._kept_open) < 10


def test_unsent_messages_arrive_though_the_port_is_free(
    context: zmq.Context, sockets: Callable[[int], zmq.Socket]
) -> None:
    sink = sockets(zmq.PULL)
    spec = devices.SocketSpec(zmq.PUSH)
    spec.bind(ANY_PORT)
    pushing = spec.open(context)
    sink.rcvhwm = 1
    sink.connect(spec.endpoints[0])
    assert pushing.poll(30_000, zmq.POLLOUT)
    for number in range(500):
        pushing.send(b"%d" % number + bytes(10_000))
    spec.close(pushing)
    with sockets(zmq.PUSH) as next_one:
        next_one.bind(spec.endpoints[0])
    for number in range(500):
        assert sink.recv().startswith(b"%d" % number)


def test_closing_without_descriptors_for_a_monitor_works(context: zmq.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = devices.SocketSpec(zmq.PULL)
    spec.bind(ANY_PORT)
    opened = spec.open(context)

    def fail(*_: object) -> None:
        raise zmq.ZMQError(errno.EMFILE)

    monkeypatch.setattr(_closing, "_Monitor", fail)
    spec.close(opened)
    assert opened.closed


@pytest.mark.parametrize("name", ["Device", "ThreadDevice", "ProcessDevice"])
def test_a_device_can_be_started_after_a_failed_start(
    name: str, context: zmq.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    device = make(name, zmq.ROUTER, zmq.DEALER)
    if name != "ProcessDevice":
        device.context_factory = lambda: context
    with monkeypatch.context() as patch, pytest.raises(OSError, match="Too many"):
        patch.setattr(socket, "socketpair", fail)
        device.start()
    assert not device.is_alive()
    assert not device.done
    if name == "Device":
        threading.Thread(target=stop_when_it_runs, args=(device,)).start()
        device.start()
    else:
        with device:
            assert device.is_alive()
    assert device.done


def stop_when_it_runs(device: Any) -> None:
    while not device.is_alive():
        threading.Event().wait(0.001)
    device.stop()


def test_a_device_can_be_started_after_its_thread_failed_to_start(
    context: zmq.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    device = make("ThreadDevice", zmq.ROUTER, zmq.DEALER)
    device.context_factory = lambda: context
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="can't start"):
        patch.setattr(threading.Thread, "start", fail)
        device.start()
    assert not device.is_alive()
    assert not device.done
    with device:
        assert device.is_alive()


@pytest.mark.parametrize("name", ["ThreadDevice", "ProcessDevice"])
def test_a_device_can_be_started_after_a_port_was_taken(
    name: str, context: zmq.Context, sockets: Callable[[int], zmq.Socket]
) -> None:
    other = sockets(zmq.PULL)
    other.bind(ANY_PORT)
    taken = other.last_endpoint.decode()
    device = getattr(devices, name)(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)
    if name == "ThreadDevice":
        device.context_factory = lambda: context
    port = device.bind_in_to_random_port("tcp://127.0.0.1")
    device.bind_out(taken)
    for _ in range(2):
        with pytest.raises(zmq.ZMQError) as raised:
            device.start()
        assert raised.value.errno == zmq.EADDRINUSE
    closing_spec = devices.SocketSpec(zmq.PULL)
    closing_spec.endpoints = [taken]
    closing_spec.close(other)
    with device:
        assert device.frontend.endpoints == [f"tcp://127.0.0.1:{port}"]


def test_a_device_accepts_every_type_that_pyzmq_accepts() -> None:
    device_types: list[Any] = [zmq.QUEUE, zmq.PULL, 99, None]
    for device_type in device_types:
        device = devices.ThreadDevice(device_type, zmq.PUSH, -1)
        assert device.device_type == device_type


def test_its_context_can_be_terminated_from_outside(sockets: Callable[[int], zmq.Socket]) -> None:
    device = make("ThreadMonitoredQueue", zmq.PAIR, zmq.PAIR)
    device.context_factory = zmq.Context
    device.start()
    assert device._context is not None
    device._context.term()
    device.join(JOIN_S)
    assert device.done


# ---- programs in which threads are greenlets

GREEN = """
from gevent import monkey
monkey.patch_all()
import gevent, zmq.green as zmq
from zmq import devices
beats = []
def beat():
    while True:
        beats.append(1)
        gevent.sleep(0.001)
if __name__ == "__main__":
    gevent.spawn(beat)
"""


@pytest.mark.parametrize(
    "made",
    [
        "ThreadDevice(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)",
        "ProcessDevice(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)",
        "ThreadProxy(zmq.ROUTER, zmq.DEALER)",
        "ThreadMonitoredQueue(zmq.ROUTER, zmq.DEALER)",
        "ThreadProxySteerable(zmq.ROUTER, zmq.DEALER, zmq.PUB, zmq.PAIR)",
    ],
)
def test_greenlets_run_beside_a_device(made: str, run_script: Callable[..., str]) -> None:
    pytest.importorskip("gevent")
    run_script(
        GREEN
        + f"    device = devices.{made}"
        + """
    device.bind_in("tcp://127.0.0.1:*")
    device.bind_out("tcp://127.0.0.1:*")
    for _ in range(3):
        device.start()
        context = zmq.Context()
        client, server = context.socket(zmq.REQ), context.socket(zmq.REP)
        client.connect(device.frontend.endpoints[0])
        server.connect(device.backend.endpoints[0])
        client.send(b"x")
        server.send(server.recv())
        assert client.recv() == b"x"
        before = len(beats)
        device.join(0.05)
        assert device.is_alive() and len(beats) > before
        device.stop()
        device.join()
        assert device.done
        context.destroy(linger=0)
""",
        options=("-W", "ignore::DeprecationWarning"),
    )
