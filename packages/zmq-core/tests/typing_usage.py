"""How programs use zmq, for type checkers: never run, but checked by mypy and pyright against the installed package.

Lines that must be errors carry an "ignore": each checker reports those that it would not have needed.
"""

from __future__ import annotations

import mmap
import socket as plain_sockets
from asyncio import Future
from typing import Any, Literal

from typing_extensions import assert_type

import zmq
import zmq.utils.jsonapi
from zmq.decorators import context as with_context
from zmq.decorators import socket as with_socket
from zmq.error import ZMQBaseError
from zmq.utils.monitor import MonitorMessage, parse_monitor_message, recv_monitor_message

# ---- Contexts and sockets


def contexts_make_sockets() -> None:
    context = zmq.Context()
    assert_type(context, zmq.Context)
    assert_type(context, zmq.Context[zmq.Socket[bytes]])
    assert_type(context, zmq.SyncContext)
    socket = context.socket(zmq.PUSH)
    assert_type(socket, zmq.Socket)
    assert_type(socket, zmq.Socket[bytes])
    assert_type(socket, zmq.SyncSocket)
    assert_type(socket.context, zmq.Context[zmq.Socket[bytes]])
    assert_type(socket.context.socket(zmq.PAIR), zmq.Socket[bytes])
    assert_type(zmq.Context.instance(), zmq.Context[zmq.Socket[bytes]])
    assert_type(zmq.Context.instance(io_threads=2).socket(zmq.REQ), zmq.Socket[bytes])
    assert_type(zmq.Socket(context, zmq.REP), zmq.Socket[bytes])
    assert_type(zmq.Context.shadow(context.underlying), zmq.Context[zmq.Socket[bytes]])
    assert_type(zmq.Context(context), zmq.Context[zmq.Socket[bytes]])
    assert_type(zmq.Socket.shadow(socket.underlying), zmq.Socket[bytes])
    assert_type(zmq.Socket.shadow(socket), zmq.Socket[bytes])
    assert_type(context.closed, bool)
    assert_type(socket.closed, bool)
    assert_type(socket.socket_type, int)
    assert_type(socket.type, int)
    context.term()
    context.destroy(linger=0)
    socket.close(linger=0)
    zmq.Context("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    context.socket("PUSH")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    context.sokcet(zmq.PUSH)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    socket.lose()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    socket.close(linger="0")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def with_statements() -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        assert_type(context, zmq.Context[zmq.Socket[bytes]])
        assert_type(socket, zmq.Socket[bytes])
    with zmq.Context(io_threads=2) as context, context.socket(zmq.ROUTER) as socket:
        with socket.bind("tcp://127.0.0.1:*") as bound:
            assert_type(bound, zmq.Socket[bytes])
        with socket.connect("tcp://127.0.0.1:5555") as connected:
            assert_type(connected, zmq.Socket[bytes])
        socket.bind(5555)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        socket.unbind(socket.last_endpoint)
        socket.disconnect("tcp://127.0.0.1:5555")


def parameters(
    bare: zmq.Socket,
    sync: zmq.SyncSocket,
    one: zmq.Socket[bytes],
    some: zmq.Socket[Any],
    later: zmq.Socket[Future[Any]],
    context: zmq.Context,
    some_context: zmq.Context[Any],
) -> None:
    takes_socket(bare)
    takes_socket(sync)
    takes_socket(one)
    takes_socket(some)
    takes_socket(later)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    takes_any_socket(bare)
    takes_any_socket(later)
    takes_context(context)
    takes_context(some_context)
    takes_socket(context)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def takes_socket(socket: zmq.Socket) -> bytes:
    return socket.recv()


def takes_any_socket(socket: zmq.Socket[Any]) -> None:
    socket.close()


def takes_context(context: zmq.Context) -> zmq.Socket:
    return context.socket(zmq.PUB)


class Feed(zmq.Socket):
    """A subclass with an attribute, a method and options of its own."""

    name: str = "feed"

    def publish(self, topic: str, *frames: bytes) -> None:
        self.send_multipart([topic.encode(), *frames])


class FeedContext(zmq.Context[Feed]):
    _socket_class = Feed


def subclasses() -> None:
    with zmq.Context() as context, context.socket(zmq.PUB, socket_class=Feed) as feed:
        assert_type(feed, Feed)
        assert_type(feed.recv(), bytes)
        feed.name = "weather"
        feed.publish("warm", b"20")
        with feed.bind("inproc://feed") as bound:
            assert_type(bound, Feed)
    with FeedContext() as feeds:
        assert_type(feeds, FeedContext)
        assert_type(feeds.socket(zmq.PUB), Feed)
        assert_type(FeedContext.instance(), FeedContext)
    zmq.Context[int]()  # type: ignore[type-var]  # pyright: ignore[reportInvalidTypeArguments]


# ---- Messages


def one_frame(socket: zmq.Socket, copy: bool, track: bool) -> None:
    assert_type(socket.recv(), bytes)
    assert_type(socket.recv(zmq.NOBLOCK), bytes)
    assert_type(socket.recv(flags=zmq.DONTWAIT), bytes)
    assert_type(socket.recv(copy=True), bytes)
    assert_type(socket.recv(copy=False), zmq.Frame)
    assert_type(socket.recv(0, False), zmq.Frame)
    assert_type(socket.recv(copy=False, track=True), zmq.Frame)
    assert_type(socket.recv(copy=copy), bytes | zmq.Frame)
    assert_type(socket.recv_into(bytearray(10)), int)
    assert_type(socket.recv_into(memoryview(bytearray(10)), nbytes=5, flags=zmq.NOBLOCK), int)

    socket.send(b"bytes")
    socket.send(bytearray(b"bytearray"), zmq.SNDMORE | zmq.NOBLOCK)
    socket.send(memoryview(b"memoryview"), flags=zmq.SNDMORE)
    socket.send(mmap.mmap(-1, 4096), copy=False)
    socket.send(zmq.Frame(b"frame"), copy=False)
    socket.send(b"", routing_id=1, group="group")
    assert_type(socket.send(b"", copy=False, track=True), zmq.MessageTracker)
    assert_type(socket.send(b"", 0, False, True), zmq.MessageTracker)
    assert_type(socket.send(b"", copy=copy, track=track), zmq.MessageTracker | None)
    nothing: None = socket.send(b"")
    assert_type(nothing, None)
    assert_type(socket.send(b"", copy=False), zmq.MessageTracker | None)
    socket.send("text")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    socket.send(1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    socket.send(b"", cpoy=False)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    socket.recv().encode()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def multipart(socket: zmq.Socket, copy: bool, track: bool) -> None:
    routing_id, _, request = socket.recv_multipart()
    assert_type(request, bytes)
    assert_type(socket.recv_multipart(), list[bytes])
    assert_type(socket.recv_multipart(zmq.NOBLOCK, copy=True), list[bytes])
    assert_type(socket.recv_multipart(copy=False), list[zmq.Frame])
    assert_type(socket.recv_multipart(0, False), list[zmq.Frame])
    assert_type(socket.recv_multipart(copy=copy), list[bytes] | list[zmq.Frame])

    socket.send_multipart([routing_id, b"", b"reply"])
    socket.send_multipart((b"a", bytearray(b"b"), zmq.Frame(b"c")), copy=False)
    socket.send_multipart(frame for frame in (b"a", b"b"))
    socket.send_multipart(socket.recv_multipart(copy=False), copy=False)
    assert_type(socket.send_multipart([b""], copy=False, track=True), zmq.MessageTracker)
    assert_type(socket.send_multipart([b""], 0, False, True), zmq.MessageTracker)
    assert_type(socket.send_multipart([b""], copy=copy, track=track), zmq.MessageTracker | None)
    socket.send_multipart(["a"])  # type: ignore[list-item]  # pyright: ignore[reportCallIssue, reportArgumentType]
    socket.send_multipart(b"abc")  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]


def serialized(socket: zmq.Socket) -> None:
    socket.send_string("text")
    socket.send_string("text", zmq.SNDMORE, encoding="latin-1", routing_id=1)
    assert_type(socket.send_string("text", copy=False, track=True), zmq.MessageTracker | None)
    assert_type(socket.recv_string(), str)
    assert_type(socket.recv_unicode(zmq.NOBLOCK), str)
    socket.send_json({"a": 1}, sort_keys=True)
    assert_type(socket.recv_json(), Any)
    socket.send_pyobj(object(), protocol=-1, copy=False)
    assert_type(socket.recv_pyobj(), Any)
    socket.send_serialized(3, lambda number: [bytes(number)])
    assert_type(socket.recv_serialized(len), int)
    assert_type(socket.recv_serialized(decode_all, copy=False), list[str])
    socket.send_string(b"text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    socket.send_string("text", encodnig="ascii")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def decode_all(frames: list[bytes]) -> list[str]:
    return [bytes(frame).decode() for frame in frames]


def frames(socket: zmq.Socket) -> None:
    frame = socket.recv(copy=False)
    assert_type(frame.bytes, bytes)
    assert_type(bytes(frame), bytes)
    assert_type(frame.buffer, memoryview)
    assert_type(memoryview(frame), memoryview)
    assert_type(len(frame), int)
    assert_type(frame.more, bool)
    assert_type(frame.tracker, zmq.MessageTracker | None)
    assert_type(frame.get(zmq.SHARED), int)
    assert_type(frame.get("User-Id"), str)
    assert_type(frame.get("routing_id"), int)
    assert_type(frame["Peer-Address"], str)
    assert_type(frame.group, str)
    frame.group = b"group"
    frame.routing_id = 5
    frame.set("group", "group")
    assert_type(zmq.Message(b""), zmq.Frame)
    zmq.Frame("text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    print(frame.bytse)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    frame.more = True  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def zero_copy(socket: zmq.Socket) -> None:
    large = zmq.Frame(bytearray(1_000_000), track=True, copy=False)
    tracker = socket.send(large, copy=False, track=True)
    assert_type(tracker, zmq.MessageTracker)
    assert_type(tracker.done, bool)
    tracker.wait(timeout=1.5)
    zmq.MessageTracker(large, tracker).wait()
    if large.tracker_event is not None:
        assert_type(large.tracker_event.is_set(), bool)
        assert_type(large.tracker_event.wait(1), bool)
    zmq.MessageTracker(b"")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# ---- Patterns


def request_reply(endpoint: str) -> str:
    with zmq.Context() as context, context.socket(zmq.REQ) as client, context.socket(zmq.REP) as service:
        port = service.bind_to_random_port("tcp://127.0.0.1")
        assert_type(port, int)
        client.connect(f"tcp://127.0.0.1:{port}")
        client.send(b"hello")
        service.send(service.recv().upper())
        return client.recv().decode()


def publish_subscribe() -> None:
    with zmq.Context() as context, context.socket(zmq.XPUB) as publisher, context.socket(zmq.SUB) as subscriber:
        publisher.bind("inproc://news")
        subscriber.connect("inproc://news")
        subscriber.subscribe("news")
        subscriber.subscribe(b"")
        subscriber.unsubscribe("news")
        subscriber.setsockopt(zmq.SUBSCRIBE, b"weather")
        subscriber.setsockopt_string(zmq.SUBSCRIBE, "weather")
        assert_type(publisher.recv(), bytes)
        subscriber.subscribe(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def router(context: zmq.Context) -> None:
    socket = context.socket(zmq.ROUTER)
    socket.router_mandatory = 1
    try:
        peer, *body = socket.recv_multipart(zmq.NOBLOCK)
        assert_type(peer, bytes)
        assert_type(body, list[bytes])
        socket.send_multipart([peer, *body])
    except zmq.Again:
        return
    except zmq.ContextTerminated:
        socket.close()
    except zmq.ZMQError as error:
        assert_type(error.errno, int | None)
        assert_type(error.strerror, str | None)
        if error.errno == zmq.EHOSTUNREACH:
            raise ZMQBaseError from error
    else:
        assert_type(socket.getsockopt(zmq.RCVMORE), int)


def poller_loop(control: zmq.Socket, work: zmq.Socket) -> None:
    poller = zmq.Poller()
    poller.register(control, zmq.POLLIN)
    poller.register(work, zmq.POLLIN | zmq.POLLOUT)
    poller.register(plain_sockets.socket())
    poller.register(0, zmq.POLLIN)
    poller.modify(work, zmq.POLLIN)
    while control in poller:
        events = dict(poller.poll(1000))
        if events.get(control, 0) & zmq.POLLIN:
            poller.unregister(control)
        if work in events and events[work] == zmq.POLLIN:
            assert_type(work.recv(), bytes)
    for socket, mask in poller.poll():
        assert_type(socket, Any)
        assert_type(mask, int)
    assert_type(poller.sockets, list[tuple[Any, int]])
    assert_type(control.poll(0.5), int)
    assert_type(control.poll(timeout=10, flags=zmq.POLLOUT), int)
    if work.poll(0):
        readable, _writable, _failed = zmq.select([control, work], [work], [0], timeout=1.0)
        assert_type(readable, list[Any])
    zmq.select([control], [], [])
    zmq.zmq_poll([(control, zmq.POLLIN), (0, zmq.POLLOUT)], 10)
    poller.register(control, "in")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def proxies(frontend: zmq.Socket, backend: zmq.Socket, control: zmq.Socket[Any]) -> None:
    zmq.proxy(frontend, backend)
    zmq.proxy(frontend, backend, capture=control)
    zmq.proxy_steerable(frontend, backend, None, control)
    zmq.device(zmq.QUEUE, frontend, backend)
    zmq.proxy(frontend)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


# ---- Options


def options_of_sockets(socket: zmq.Socket) -> None:
    socket.linger = 0
    socket.sndhwm = socket.rcvhwm = 10
    socket.hwm = 1000
    socket.immediate = True
    socket.routing_id = b"me"
    socket.plain_username = b"user"
    socket.curve_serverkey = bytes(32)
    socket.LINGER = 0
    socket.IDENTITY = b"me"
    socket.SUBSCRIBE = b"news"
    socket.SUBSCRIBE = "news"


def reading_options_of_sockets(socket: zmq.Socket) -> None:
    assert_type(socket.linger, int)
    assert_type(socket.hwm, int)
    assert_type(socket.affinity, int)
    assert_type(socket.maxmsgsize, int)
    assert_type(socket.ipv6, int)
    assert_type(socket.rcvmore, int)
    assert_type(socket.RCVMORE, int)
    assert_type(socket.LINGER, int)
    assert_type(socket.IDENTITY, bytes)
    assert_type(socket.LAST_ENDPOINT, bytes)
    assert_type(socket.routing_id, bytes)
    assert_type(socket.identity, bytes)
    assert_type(socket.last_endpoint, bytes)
    assert_type(socket.last_endpoint.decode(), str)
    assert_type(socket.curve_publickey, bytes)
    if socket.events & zmq.POLLIN:
        assert_type(socket.fd, int)
    assert_type(socket.fileno(), int)


def wrong_options_of_sockets(socket: zmq.Socket) -> None:
    socket.linger = "0"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.linger = b"0"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.linger = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.lingr = 0  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    socket.routing_id = "me"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.routing_id = bytearray(b"me")  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.LINGER = "0"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.LINGR = 0  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    socket.plain_username = 1  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.rcvmore = 1  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.last_endpoint = b""  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]


def options_by_number(socket: zmq.Socket, option: int) -> None:
    assert_type(socket.get(zmq.LINGER), int)
    assert_type(socket.getsockopt(zmq.FD), int)
    assert_type(socket.getsockopt(zmq.EVENTS), int)
    assert_type(socket.getsockopt(zmq.TYPE), int)
    assert_type(socket.get(zmq.LAST_ENDPOINT), bytes)
    assert_type(socket.getsockopt(zmq.IDENTITY), bytes)
    assert_type(socket.get(zmq.SocketOption.CURVE_PUBLICKEY), bytes)
    assert_type(socket.get(option), int | bytes)
    assert_type(socket.get_string(zmq.LAST_ENDPOINT), str)
    assert_type(socket.getsockopt_string(zmq.LAST_ENDPOINT, encoding="ascii"), str)
    socket.set(zmq.LINGER, 0)
    socket.setsockopt(zmq.IDENTITY, b"me")
    socket.set_string(zmq.ROUTING_ID, "me")
    socket.set_hwm(10)
    assert_type(socket.get_hwm(), int)
    socket.set("linger", 0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    socket.set(zmq.ROUTING_ID, "me")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def options_of_contexts(context: zmq.Context) -> None:
    context.linger = 0
    context.io_threads = 2
    context.max_sockets = 10


def reading_options_of_contexts(context: zmq.Context) -> None:
    assert_type(context.io_threads, int)
    assert_type(context.max_sockets, int)
    assert_type(context.linger, int)
    assert_type(context.routing_id, bytes)
    assert_type(context.get(zmq.IO_THREADS), int)
    context.set(zmq.IO_THREADS, 4)
    context.setsockopt(zmq.LINGER, 0)
    assert_type(context.getsockopt(zmq.LINGER), int | bytes)
    assert_type(context.sockopts, dict[int, int | bytes])
    context.linger = "0"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    context.io_thread = 1  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    context.io_threads = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    context.set(zmq.IO_THREADS, b"4")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def curve(server: zmq.Socket, client: zmq.Socket) -> None:
    public, secret = zmq.curve_keypair()
    assert_type(public, bytes)
    assert_type(zmq.curve_public(secret), bytes)
    server.curve_server = True
    server.curve_secretkey = secret
    client.curve_serverkey = public
    client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
    assert_type(zmq.has("curve"), bool)


# ---- Monitors, decorators, and the rest


def monitors(socket: zmq.Socket) -> None:
    monitor = socket.get_monitor_socket(zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED)
    assert_type(monitor, zmq.Socket[bytes])
    event = recv_monitor_message(monitor)
    assert_type(event, MonitorMessage)
    assert_type(event["event"], zmq.Event)
    assert_type(event["value"], int)
    assert_type(event["endpoint"], bytes)
    assert_type(parse_monitor_message(monitor.recv_multipart()), MonitorMessage)
    socket.disable_monitor()
    socket.monitor("inproc://monitor", zmq.Event.ALL)
    socket.monitor(None, 0)
    print(event["vlaue"])  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]


@with_context()
@with_socket(zmq.PUSH)
def decorated(context: zmq.Context, socket: zmq.Socket) -> int:
    return socket.linger


@with_context("ctx", io_threads=2)
@with_socket("push", zmq.PUSH, context_name="ctx")
def decorated_by_name(number: int, *, ctx: zmq.Context, push: zmq.Socket) -> str:
    return f"{ctx} {push} {number}"


def call_decorated() -> None:
    assert_type(decorated(), int)
    assert_type(decorated_by_name(1), str)


def constants(kind: zmq.SocketType) -> None:
    push: Literal[zmq.SocketType.PUSH] = zmq.PUSH
    assert_type(push, Literal[zmq.SocketType.PUSH])
    linger: Literal[zmq.SocketOption.LINGER] = zmq.LINGER
    assert_type(linger, Literal[zmq.SocketOption.LINGER])
    assert_type(zmq.SocketType.PUB.name, Literal["PUB"])
    assert_type(zmq.POLLIN | zmq.POLLOUT, zmq.PollEvent)
    assert_type(zmq.SNDMORE | zmq.NOBLOCK, zmq.Flag)
    assert_type(zmq.constants.PUB, Literal[zmq.SocketType.PUB])
    assert_type(zmq.SocketType(1), zmq.SocketType)
    if kind == zmq.PUB or kind in (zmq.XPUB, zmq.RADIO):
        number: int = kind
        print(number)
    print(zmq.PUBB)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def versions() -> None:
    assert_type(zmq.__version__, str)
    assert_type(zmq.zmq_version(), str)
    assert_type(zmq.zmq_version_info(), tuple[int, int, int])
    assert_type(zmq.pyzmq_version(), str)
    assert_type(zmq.pyzmq_version_info(), tuple[int | float, ...])
    assert_type(zmq.get_includes(), list[str])
    assert_type(zmq.strerror(zmq.EAGAIN), str)
    assert_type(zmq.zmq_errno(), int)
    assert_type(zmq.DRAFT_API, bool)
    assert_type(zmq.COPY_THRESHOLD, int)
    assert_type(zmq.EXIT_TIMEOUT_S, float)
    assert_type(zmq.utils.jsonapi.dumps({}), bytes)
    assert_type(zmq.error.NotDone(), zmq.NotDone)
    raise zmq.ZMQError(zmq.EINVAL, "cannot")


# ---- Sockets that return something to await, as zmq.asyncio has them


class FutureSocket(zmq.Socket[Future[Any]]):
    def recv_string(self, flags: int = 0, encoding: str = "utf-8") -> Future[str]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        raise NotImplementedError


def awaited(socket: FutureSocket, context: zmq.Context[FutureSocket]) -> None:
    text = socket.recv_string()
    _ = assert_type(text, Future[str])
    assert_type(context.socket(zmq.PUSH), FutureSocket)
    takes_any_socket(socket)
    takes_socket(socket)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
