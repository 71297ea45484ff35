"""Sockets: creation and closing, polling one socket, monitors."""

from __future__ import annotations

import copy
import errno
import unittest.mock
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

import zmq
from zmq.utils.monitor import recv_monitor_message

Make = Callable[[int], zmq.Socket]
MakePair = Callable[..., tuple[zmq.Socket, zmq.Socket]]
Background = Callable[..., Future[Any]]
Pair = tuple[zmq.Socket, zmq.Socket]


# Polling one socket


def test_poll_waits_for_input_by_default(pair: Pair) -> None:
    first, second = pair
    assert first.poll(0) == 0
    second.send(b"")
    assert first.poll() == zmq.POLLIN
    assert first.poll(1000) == zmq.POLLIN


def test_poll_asks_for_flags_only(pair: Pair) -> None:
    first, second = pair
    second.send(b"")
    assert first.poll(0, zmq.POLLOUT) == zmq.POLLOUT
    assert first.poll(0, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLIN | zmq.POLLOUT
    assert second.poll(flags=zmq.POLLOUT) == zmq.POLLOUT


@pytest.mark.parametrize("flags", [0, None, "", [], {}])
def test_poll_with_flags_that_are_false_waits_for_no_event(pair: Pair, flags: Any) -> None:
    pair[1].send(b"")
    assert pair[0].poll(0, flags) == 0


@pytest.mark.parametrize("timeout", [0, 1, 0.5])
def test_poll_returns_0_after_a_timeout(pair: Pair, timeout: float) -> None:
    assert pair[0].poll(timeout) == 0  # fractions of milliseconds are accepted


@pytest.mark.parametrize("timeout", [None, -1, 60_000])
def test_poll_wakes_up_when_a_message_comes(pair: Pair, background: Background, timeout: int | None) -> None:
    polled = background(pair[0].poll, timeout)
    pair[1].send(b"")
    assert polled.result() == zmq.POLLIN


# Creation and closing


def test_close_closes(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert pull.closed is False
    pull.close()
    assert pull.closed is True


def test_close_twice_is_harmless(closed: zmq.Socket) -> None:
    closed.close()
    closed.close(linger=5)


def test_with_closes_at_the_end(context: zmq.Context) -> None:
    with context.socket(zmq.PULL) as pull:
        assert not pull.closed
    assert pull.closed


@pytest.mark.parametrize("linger", ["5", b"5"])
def test_linger_of_a_wrong_type_is_refused_and_the_socket_stays_open(sockets: Make, linger: Any) -> None:
    pull = sockets(zmq.PULL)
    with pytest.raises(TypeError, match="milliseconds"):
        pull.close(linger)
    assert not pull.closed


def test_linger_zero_discards_unsent_messages(context: zmq.Context, dead_endpoint: str) -> None:
    push = context.socket(zmq.PUSH)
    push.connect(dead_endpoint)
    push.send(b"no receiver")
    push.close(linger=0)  # otherwise the context would wait for ever


def test_linger_delivers_messages_after_close(sockets: Make, context: zmq.Context) -> None:
    pull, push = sockets(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.last_endpoint.decode())
    push.send(b"kept")
    push.close(linger=10_000)
    assert pull.recv() == b"kept"


USES: dict[str, Callable[[zmq.Socket], object]] = {
    "send": lambda s: s.send(b""),
    "send frame": lambda s: s.send(zmq.Frame(b"")),
    "send pinned": lambda s: s.send(b"", copy=False),
    "send_multipart": lambda s: s.send_multipart([b""]),
    "send_string": lambda s: s.send_string(""),
    "send_json": lambda s: s.send_json(1),
    "send_pyobj": lambda s: s.send_pyobj(1),
    "recv": lambda s: s.recv(),
    "recv noblock": lambda s: s.recv(zmq.NOBLOCK),
    "recv frame": lambda s: s.recv(copy=False),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_string": lambda s: s.recv_string(),
    "recv_into": lambda s: s.recv_into(bytearray(1)),
    "bind": lambda s: s.bind("inproc://x"),
    "connect": lambda s: s.connect("inproc://x"),
    "unbind": lambda s: s.unbind("inproc://x"),
    "disconnect": lambda s: s.disconnect("inproc://x"),
    "bind_to_random_port": lambda s: s.bind_to_random_port("tcp://127.0.0.1"),
    "subscribe": lambda s: s.subscribe(b""),
    "monitor": lambda s: s.monitor("inproc://x"),
    "get_monitor_socket": lambda s: s.get_monitor_socket(),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_closed_socket_cannot_be_used(closed: zmq.Socket, use: Callable[[zmq.Socket], object]) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot use a closed socket") as caught:
        use(closed)
    assert caught.value.errno == zmq.ENOTSOCK


@pytest.mark.parametrize("timeout", [0, 1, None])
def test_poll_of_a_closed_socket_is_not_supported(closed: zmq.Socket, timeout: int | None) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot poll a closed socket") as caught:
        closed.poll(timeout)
    assert caught.value.errno == zmq.ENOTSUP


@pytest.mark.parametrize("arguments", [("text",), (0, "text"), (0, 2**40)])
def test_poll_finds_out_first_that_the_socket_is_closed(closed: zmq.Socket, arguments: Any) -> None:
    with pytest.raises(zmq.ZMQError) as caught:
        closed.poll(*arguments)
    assert caught.value.errno == zmq.ENOTSUP


@pytest.mark.parametrize("shadow", [zmq.Socket, zmq.Socket.shadow, copy.copy, copy.deepcopy])
def test_a_closed_socket_cannot_be_shadowed(closed: zmq.Socket, shadow: Callable[[zmq.Socket], object]) -> None:
    with pytest.raises(TypeError, match="closed"):
        shadow(closed)


@pytest.mark.parametrize(("message", "error"), [([], IndexError), (["text"], TypeError), (None, TypeError)])
def test_a_wrong_message_is_refused_also_by_a_closed_socket(
    closed: zmq.Socket, message: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        closed.send_multipart(message)


@pytest.mark.parametrize("action", ["bind", "connect", "unbind", "disconnect", "monitor"])
@pytest.mark.parametrize(("endpoint", "error"), [(5, TypeError), ("inproc://\udc80", UnicodeEncodeError)])
def test_a_wrong_endpoint_is_refused_also_by_a_closed_socket(
    closed: zmq.Socket, action: str, endpoint: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        getattr(closed, action)(endpoint)


@pytest.mark.parametrize(("option", "error"), [(None, TypeError), ("linger", TypeError), (2**40, OverflowError)])
def test_a_wrong_option_is_refused_also_by_a_closed_socket(
    closed: zmq.Socket, option: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        closed.get(option)
    with pytest.raises(error):
        closed.set(option, 1)


def test_a_linger_that_is_too_large_is_refused_also_by_a_closed_socket(closed: zmq.Socket) -> None:
    with pytest.raises(OverflowError):
        closed.close(2**40)


def test_a_socket_whose_init_was_not_called_has_no_type() -> None:
    socket: zmq.Socket = zmq.Socket.__new__(zmq.Socket)
    assert "closed" in repr(socket)
    with pytest.raises(zmq.ZMQError) as caught:
        _ = socket.type
    assert caught.value.errno == zmq.ENOTSOCK


def test_poll_for_no_events_finds_none(make_pair: Callable[..., tuple[zmq.Socket, zmq.Socket]]) -> None:
    ready, _ = make_pair(zmq.PAIR, zmq.PAIR)
    assert ready.poll(0, None) == ready.poll(0, 0) == 0  # type: ignore[arg-type]  # as pyzmq


def test_a_closed_socket_has_no_address(closed: zmq.Socket) -> None:
    assert closed.underlying == 0


def test_repr_shows_the_type_and_whether_it_is_closed(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert repr(pull) == f"<zmq.Socket(zmq.PULL) at {id(pull):#x}>"
    pull.close()
    assert repr(pull) == f"<zmq.Socket(zmq.PULL) at {id(pull):#x} closed>"


def test_a_socket_whose_init_was_not_called_raises() -> None:
    socket: zmq.Socket = zmq.Socket.__new__(zmq.Socket)
    assert socket.closed
    assert "Socket(zmq.UNKNOWN)" in repr(socket)
    socket.close()
    with pytest.raises(zmq.ZMQError, match="__init__"):
        socket.recv()


@pytest.mark.parametrize(
    "make",
    [
        lambda _: zmq.Socket(),
        lambda _: zmq.Socket("context", zmq.PULL),  # type: ignore[arg-type]  # the mistake
        lambda context: zmq.Socket(context, "PULL"),  # type: ignore[arg-type]  # the mistake
        lambda _: zmq.Socket.shadow(0),
    ],
)
def test_a_socket_needs_a_context_and_a_type(context: zmq.Context, make: Callable[[zmq.Context], object]) -> None:
    with pytest.raises(TypeError, match="a socket needs a"):
        make(context)


def test_a_socket_is_a_pair_by_default(context: zmq.Context) -> None:
    with zmq.Socket(context) as socket:
        assert socket.type == zmq.PAIR


def test_an_unclosed_socket_warns_when_it_is_collected(context: zmq.Context, reclaim: Callable[[], object]) -> None:
    holder = [context.socket(zmq.PULL)]

    def drop() -> None:
        holder.clear()
        reclaim()

    with pytest.warns(ResourceWarning, match=r"Unclosed socket <zmq\.Socket\(zmq\.PULL\)"):
        drop()


def test_sockets_are_compared_by_identity(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert pull != copy.copy(pull)
    assert len({pull, pull}) == 1


def test_a_socket_can_be_subscripted() -> None:
    assert zmq.Socket[bytes].__origin__ is zmq.Socket  # type: ignore[attr-defined]  # an alias


def test_sync_socket_is_a_socket(context: zmq.Context) -> None:
    with zmq.SyncSocket(context, zmq.PULL) as socket:
        assert type(socket) is zmq.Socket


# Replaced methods


def test_a_method_of_one_socket_can_be_replaced_temporarily(sockets: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    push, other = sockets(zmq.PUSH), sockets(zmq.PUSH)
    sent: list[bytes] = []
    with monkeypatch.context() as patch:
        patch.setattr(push, "send", sent.append)
        patch.setattr(push, "recv", lambda: b"made up")
        push.send(b"noted")
        assert push.recv() == b"made up"
        assert isinstance(push, zmq.Socket)
        assert "PUSH" in repr(push)
        with pytest.raises(zmq.Again):
            other.send(b"for real", zmq.NOBLOCK)
    assert sent == [b"noted"]
    with pytest.raises(zmq.Again):
        push.send(b"for real", zmq.NOBLOCK)
    with pytest.raises(zmq.ZMQError, match="only send"):
        push.recv()


def test_a_method_of_one_socket_can_be_mocked(sockets: Make) -> None:
    push = sockets(zmq.PUSH)
    with unittest.mock.patch.object(push, "send_multipart", autospec=True) as send:
        push.send_multipart([b"a", b"b"])
    send.assert_called_once_with([b"a", b"b"])
    assert type(push.send_multipart).__name__ != "function"


def test_only_replaced_methods_can_be_deleted(sockets: Make) -> None:
    push = sockets(zmq.PUSH)
    for name in ("send", "linger", "nonsense"):
        with pytest.raises(AttributeError):
            delattr(push, name)
    push.send = print  # type: ignore[method-assign, assignment]
    with pytest.raises(AttributeError):
        del push.recv
    del push.send


# Monitors


def test_a_monitor_reports_the_events_of_connections(sockets: Make) -> None:
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    with pull.get_monitor_socket() as monitor:
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.last_endpoint.decode())
        events = [recv_monitor_message(monitor) for _ in range(3)]
        assert [event["event"] for event in events] == [
            zmq.EVENT_LISTENING,
            zmq.EVENT_ACCEPTED,
            zmq.EVENT_HANDSHAKE_SUCCEEDED,
        ]
        assert events[0]["endpoint"] == pull.last_endpoint
        pull.disable_monitor()


def test_a_monitor_reports_only_the_chosen_events(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    monitor = pull.get_monitor_socket(zmq.EVENT_CLOSED)
    pull.bind("tcp://127.0.0.1:*")
    pull.unbind(pull.last_endpoint)
    assert recv_monitor_message(monitor)["event"] == zmq.EVENT_CLOSED


def test_a_monitor_reports_its_end(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    with zmq.Socket(pull.context, zmq.PAIR) as monitor:
        pull.monitor("inproc://events")
        monitor.connect("inproc://events")
        pull.monitor(None, 0)
        assert recv_monitor_message(monitor)["event"] == zmq.EVENT_MONITOR_STOPPED


def test_a_socket_has_one_monitor(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    assert pull.get_monitor_socket() is pull.get_monitor_socket()


def test_disable_monitor_allows_another(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    for _ in range(20):  # libzmq releases an endpoint only some time later
        with pull.get_monitor_socket() as monitor:
            pull.disable_monitor()
            assert recv_monitor_message(monitor)["event"] == zmq.EVENT_MONITOR_STOPPED
    pull.disable_monitor()


@pytest.mark.parametrize("end", [zmq.Socket.disable_monitor, zmq.Socket.close])
def test_a_thread_that_reads_a_monitor_receives_its_end(
    sockets: Make, background: Background, end: Callable[[zmq.Socket], None]
) -> None:
    def read(monitor: zmq.Socket) -> list[zmq.Event]:
        events = []
        with monitor:
            while zmq.EVENT_MONITOR_STOPPED not in events:
                events.append(recv_monitor_message(monitor)["event"])
        return events

    pull = sockets(zmq.PULL)
    reading = background(read, pull.get_monitor_socket())
    pull.bind("tcp://127.0.0.1:*")
    end(pull)
    assert reading.result() in (
        [zmq.EVENT_LISTENING, zmq.EVENT_MONITOR_STOPPED],
        [zmq.EVENT_LISTENING, zmq.EVENT_CLOSED, zmq.EVENT_MONITOR_STOPPED],
    )


@pytest.mark.parametrize("end", [zmq.Socket.disable_monitor, zmq.Socket.close])
def test_a_monitor_without_monitor_stopped_still_returns_its_events(
    sockets: Make, end: Callable[[zmq.Socket], None]
) -> None:
    pull = sockets(zmq.PULL)
    with pull.get_monitor_socket(zmq.EVENT_LISTENING) as monitor:
        for _ in range(3):
            pull.bind("tcp://127.0.0.1:*")
        end(pull)
        for _ in range(3):
            assert recv_monitor_message(monitor)["event"] == zmq.EVENT_LISTENING
        assert not monitor.closed
        assert not monitor.poll(0)


def test_a_closed_socket_still_has_its_monitor(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    monitor = pull.get_monitor_socket()
    pull.close()
    assert pull.get_monitor_socket() is monitor


def test_threads_that_ask_for_a_monitor_at_once_get_the_same(run_script: Callable[..., str]) -> None:
    # in a new process: a failure would wait in libzmq with the GIL held
    run_script(
        """
        import sys, threading, zmq
        sys.setswitchinterval(1e-6)  # other threads run between any two steps
        with zmq.Context() as context:
            for _ in range(300):
                socket, barrier, monitors = context.socket(zmq.PUSH), threading.Barrier(2), []
                def ask():
                    barrier.wait()
                    monitors.append(socket.get_monitor_socket())
                threads = [threading.Thread(target=ask) for _ in range(2)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert monitors[0] is monitors[1]
                socket.disable_monitor()
                monitors[0].close()
                socket.close()
        """
    )


def test_a_monitor_on_an_endpoint_in_use_leaves_no_open_socket(sockets: Make, context: zmq.Context) -> None:
    pull, other = sockets(zmq.PULL), sockets(zmq.PAIR)
    other.bind("inproc://taken")
    with pytest.raises(zmq.ZMQError) as caught:
        pull.get_monitor_socket(addr="inproc://taken")
    assert caught.value.errno == zmq.EADDRINUSE
    assert len(context._open_sockets()) == 2


def test_closing_a_monitor_ends_the_monitoring(sockets: Make) -> None:
    # otherwise libzmq waits for a listener, in bind() and in its I/O thread
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.get_monitor_socket().close()
    pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.last_endpoint.decode())
    push.send(b"still here")
    assert pull.recv() == b"still here"
    with pull.get_monitor_socket() as monitor:
        pull.unbind(pull.last_endpoint)
        assert recv_monitor_message(monitor)["event"] == zmq.EVENT_CLOSED


def test_closing_an_old_monitor_does_not_end_the_new_one(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    old = pull.get_monitor_socket()
    pull.disable_monitor()
    new = pull.get_monitor_socket()
    old.close()
    pull.bind("tcp://127.0.0.1:*")
    assert recv_monitor_message(new)["event"] == zmq.EVENT_LISTENING


@pytest.mark.parametrize("end", [zmq.Context.term, zmq.Context.destroy, zmq.Context.__exit__])
def test_a_context_closes_the_monitors_of_sockets_that_are_closed(end: Callable[..., None]) -> None:
    context = zmq.Context()
    with context.socket(zmq.PULL) as pull:
        monitor = pull.get_monitor_socket()
    assert not monitor.closed
    end(context, *(3 * [None] if end is zmq.Context.__exit__ else []))
    assert monitor.closed


def test_an_unclosed_monitor_is_closed_without_a_warning(context: zmq.Context) -> None:
    with context.socket(zmq.PULL) as pull:
        pull.get_monitor_socket()


def test_a_monitor_can_have_a_given_endpoint(sockets: Make) -> None:
    pull = sockets(zmq.PULL)
    monitor = pull.get_monitor_socket(addr="inproc://my-monitor")
    assert monitor.last_endpoint == b"inproc://my-monitor"


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:5555", "ipc:///tmp/x"])
def test_monitors_are_inproc_only(sockets: Make, endpoint: str) -> None:
    with pytest.raises(zmq.ZMQError, match=f"cannot monitor on '{endpoint}': .*inproc://NAME") as caught:
        sockets(zmq.PULL).monitor(endpoint)
    assert caught.value.errno == zmq.EPROTONOSUPPORT


# Security without an authenticator


def test_plain_without_an_authenticator_refuses_every_peer(sockets: Make) -> None:
    rep, req = sockets(zmq.REP), sockets(zmq.REQ)
    rep.plain_server = 1
    monitor = rep.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
    rep.bind("tcp://127.0.0.1:*")
    req.plain_username, req.plain_password = b"anna", b"secret"
    req.connect(rep.last_endpoint.decode())
    assert (rep.mechanism, req.mechanism) == (zmq.PLAIN, zmq.PLAIN)
    event = recv_monitor_message(monitor)
    assert (event["event"], event["value"]) == (zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, errno.EFAULT)


def test_a_peer_without_a_name_is_refused_by_plain(sockets: Make) -> None:
    rep, req = sockets(zmq.REP), sockets(zmq.REQ)
    rep.plain_server = 1
    monitor = rep.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
    rep.bind("tcp://127.0.0.1:*")
    req.connect(rep.last_endpoint.decode())
    event = recv_monitor_message(monitor)
    assert event["event"] == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    assert event["value"] == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH


@pytest.mark.parametrize("linger", [0.0, 1.5, True])
def test_linger_may_be_any_number(sockets: Make, linger: Any) -> None:
    pull = sockets(zmq.PULL)
    pull.close(linger)
    assert pull.closed
