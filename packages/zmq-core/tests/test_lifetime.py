"""Dropped and unclosed objects: nothing blocks or leaks, and unsent messages are kept for LINGER."""

from __future__ import annotations

import gc
import os
import resource
import sys
import warnings
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import zmq

Run: TypeAlias = Callable[..., str]
Make: TypeAlias = Callable[[int], zmq.Socket]
MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"
WaitUntil: TypeAlias = Callable[[Callable[[], object]], None]
Reclaim: TypeAlias = Callable[[], object]
Waiting: TypeAlias = "Callable[..., Future[Any]]"

FDS = Path("/proc/self/fd")
needs_proc = pytest.mark.skipif(not FDS.exists(), reason="cannot count descriptors here")

UNCLOSED = ("-W", "error", "-W", "ignore::ResourceWarning")


def _descriptors() -> int:
    return len(list(FDS.iterdir()))


# ---- sockets that stay open until their context terminates


def test_a_kept_socket_stays_open_when_it_is_dropped() -> None:
    context = zmq.Context()
    kept = context.socket(zmq.PULL)
    kept.bind("inproc://kept")
    context._kept_open.add(kept)
    del kept
    gc.collect()
    with context.socket(zmq.PUSH) as sender:
        sender.linger = 0
        sender.connect("inproc://kept")
        assert sender.poll(0, zmq.POLLOUT)
    context.term()


@pytest.mark.parametrize("end", [zmq.Context.term, zmq.Context.destroy])
def test_a_kept_socket_does_not_hold_up_termination(end: Callable[[zmq.Context], None]) -> None:
    context = zmq.Context()
    context._kept_open.add(context.socket(zmq.PULL))
    end(context)
    assert context.closed


def test_a_kept_socket_is_closed_after_all_others_have_stopped_receiving(context: zmq.Context, sockets: Make) -> None:
    seen: list[bool] = []

    class Guard(zmq.Socket[bytes]):
        def close(self, linger: int | None = None) -> None:
            if not self.closed:
                with pytest.raises(zmq.ContextTerminated):
                    guarded.recv(zmq.NOBLOCK)
                guarded.close()
                seen.append(True)
            super().close(linger)

    guarded = sockets(zmq.PULL)
    shadow = zmq.Context.shadow(context)  # does not know the sockets of the original
    shadow._kept_open.add(shadow.socket(zmq.PULL, socket_class=Guard))
    shadow.destroy()
    assert seen == [True]


@pytest.mark.pypy_skip("cycles of C code are not collected")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_kept_socket_is_collected_with_its_context() -> None:
    context = zmq.Context()
    kept = context.socket(zmq.PULL)
    alive = weakref.ref(kept)
    context._kept_open.add(kept)
    del kept, context
    gc.collect()
    assert alive() is None


# ---- unclosed sockets and contexts


def test_a_dropped_socket_gives_a_warning_that_names_it(context: zmq.Context, reclaim: Reclaim) -> None:
    socket = context.socket(zmq.XPUB)
    address = f"{socket.underlying:#x}"
    holder = [socket]
    del socket

    def drop() -> None:
        holder.clear()
        reclaim()

    with pytest.warns(ResourceWarning, match=rf"Unclosed socket .*XPUB.* at {address}"):
        drop()


def test_a_context_that_is_dropped_warns(reclaim: Reclaim) -> None:
    holder = [zmq.Context()]

    def drop() -> None:
        holder.clear()
        reclaim()

    with pytest.warns(ResourceWarning, match="Unclosed context"):
        drop()


def test_a_shadow_keeps_the_socket_open(context: zmq.Context) -> None:
    socket = context.socket(zmq.PULL)
    shadow = zmq.Socket.shadow(socket)
    del socket
    gc.collect()
    assert not shadow.closed
    shadow.close()


def test_a_socket_keeps_its_context(wait_until: WaitUntil) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    reference = weakref.ref(context)
    del context
    gc.collect()
    kept = reference()
    assert kept is not None
    socket.close()
    kept.term()


def test_sockets_and_contexts_in_reference_cycles_are_collected() -> None:
    class Owner:
        def __init__(self) -> None:
            self.me = self
            self.context = zmq.Context()
            self.socket = self.context.socket(zmq.PULL)
            self.poller = zmq.Poller()
            self.poller.register(self.socket, zmq.POLLIN)

    owner = Owner()
    made: list[object] = [owner.context, owner.socket, owner.poller]
    references = [weakref.ref(each) for each in made]
    del made
    del owner
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # pytest would keep references to the sources of the warnings
        gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_a_dropped_poller_releases_its_sockets(context: zmq.Context) -> None:
    with context.socket(zmq.PULL) as socket:
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        reference = weakref.ref(poller)
        del poller
        gc.collect()
        assert reference() is None
        socket.poll(0)


def test_the_c_socket_is_closed_even_if_warnings_are_errors(run_script: Run) -> None:
    # otherwise term() would hang
    run_script(
        """
        import gc, sys, zmq
        seen = []
        sys.unraisablehook = lambda unraisable: seen.append(unraisable.exc_type)
        sys.excepthook = lambda *_: None  # Cython reports an error in __del__ twice
        context = zmq.Context()
        socket = context.socket(zmq.PULL)
        del socket
        for _ in range(6):  # PyPy collects the objects of a chain one by one
            gc.collect()
        assert seen == [ResourceWarning], seen
        context.term()
        """
    )


def test_collecting_a_context_does_not_wait_for_unsent_messages(run_script: Run) -> None:
    run_script(
        """
        import gc, os, zmq
        context = zmq.Context()
        socket = context.socket(zmq.PUSH)
        socket.connect("tcp://127.0.0.1:1")
        socket.send(b"never delivered")
        del socket, context
        gc.collect()
        os._exit(0)  # the end of the process would wait
        """,
        options=UNCLOSED,
    )


def test_unsent_messages_of_a_dropped_context_arrive_when_the_peer_connects(
    run_script: Run, late_endpoint: str
) -> None:
    run_script(
        """
        import gc, sys, zmq
        endpoint = sys.argv[1]
        context = zmq.Context()
        socket = context.socket(zmq.PUSH)
        socket.reconnect_ivl = 10
        socket.connect(endpoint)
        for number in range(100):
            socket.send_multipart([b"%d" % number, b"tail"])
        del socket, context
        gc.collect()
        with zmq.Context() as late, late.socket(zmq.PULL) as peer:
            peer.bind(endpoint)
            peer.rcvtimeo = 30000
            assert [peer.recv_multipart() for _ in range(100)] == [[b"%d" % number, b"tail"] for number in range(100)]
        """,
        late_endpoint,
        options=UNCLOSED,
    )


# ---- the end of the interpreter

LEFT_OPEN = """
import atexit, gc, sys, threading, zmq
context = zmq.Context()
unsent, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
unsent.connect("tcp://127.0.0.1:1")
unsent.send_multipart([b"never delivered", bytes(100_000)], copy=False)
poller = zmq.Poller()
poller.register(pull, zmq.POLLIN)
poller.register(unsent, zmq.POLLIN)
"""


@pytest.mark.parametrize(
    "more",
    [
        "",
        "sys.exit()",
        "del context",
        "unsent.close()",
        "del poller; poll = unsent.close",
        "cycle = [pull, unsent, context, poller]; cycle.append(cycle)",
        "atexit.register(pull.close)",
        "atexit.register(pull.poll, 1)",
        "shared = zmq.Context.instance(); other = shared.socket(zmq.PUB)",
        "frames = [zmq.Frame(bytes(100_000), copy=False, track=True)]; unsent.send(frames[0])",
        "import builtins; builtins.kept = [context, unsent, pull, poller]",
        "class Late:\n    def __del__(self): unsent.close(); pull.closed\nlate = Late()",
        "monitor = pull.get_monitor_socket()",
    ],
)
def test_the_interpreter_ends_at_once_and_silently_with_everything_open(run_script: Run, more: str) -> None:
    run_script(LEFT_OPEN + more, options=UNCLOSED)


@pytest.mark.parametrize(
    "call",
    ["pull.recv()", "pull.poll()", "unsent2.send(b'x')", "poller.poll()", "tracker.wait()", "zmq.proxy(front, back)"],
)
def test_waiting_daemon_threads_do_not_delay_the_end_of_the_interpreter(run_script: Run, call: str) -> None:
    run_script(
        LEFT_OPEN
        + f"""
unsent2, front, back = context.socket(zmq.PUSH), context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
tracker = unsent.send(bytes(100_000), copy=False, track=True)
inside = threading.Event()
def wait():
    inside.set()
    {call}
threading.Thread(target=wait, daemon=True).start()
inside.wait()
""",
        options=UNCLOSED,
    )


@pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason="CPython 3.10 reads freed memory in threads that wait for the GIL when the interpreter ends",
)
def test_messages_flow_while_the_interpreter_ends(run_script: Run) -> None:
    # the I/O thread releases memory while the interpreter may be finalized already
    for _ in range(5):
        run_script(
            """
            import threading, zmq
            context = zmq.Context()
            pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
            pull.bind("tcp://127.0.0.1:*")
            push.connect(pull.last_endpoint.decode())
            def stream():
                while True:
                    push.send(bytes(70_000), copy=False, track=True)
            def drain():
                while True:
                    pull.recv(copy=False)
            threading.Thread(target=stream, daemon=True).start()
            threading.Thread(target=drain, daemon=True).start()
            for _ in range(100):
                pull.recv()
            """,
            options=UNCLOSED,
        )


def test_linger_zero_discards_unsent_messages_when_the_context_is_terminated(run_script: Run) -> None:
    run_script(
        """
        import zmq
        with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
            socket.linger = 0
            socket.connect("tcp://127.0.0.1:1")
            socket.send(b"never delivered")
        """
    )


@pytest.mark.pypy_skip("it has no sub-interpreters")
@pytest.mark.parametrize(
    "first",
    [
        pytest.param("import zmq", id="after the main interpreter"),
        pytest.param(
            "pass",
            marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="it has no GIL of its own"),
            id="before the main interpreter",
        ),
    ],
)
def test_subinterpreters_are_refused_with_an_error_that_names_them(run_script: Run, first: str) -> None:
    run_script(
        f"""
        {first}
        try:
            import _interpreters as interpreters
        except ImportError:  # until Python 3.12
            import _xxsubinterpreters as interpreters
        other = interpreters.create()
        try:
            failed = interpreters.run_string(other, "import zmq")
            said = str(failed and failed.msg)
        except interpreters.RunFailedError as error:  # until Python 3.12
            said = str(error)
        assert "zmq cannot be imported in a subinterpreter" in said, said
        assert "ProcessPoolExecutor" in said, said
        interpreters.destroy(other)
        import zmq
        with zmq.Context() as context, context.socket(zmq.PULL):
            pass
        """
    )


# ---- objects whose __init__ was never called


@pytest.mark.parametrize(
    "use",
    [
        "socket.send(b'x')", "socket.recv()", "socket.close()", "socket.closed", "socket.poll(0)", "repr(socket)",
        "socket.type", "socket.linger", "socket.underlying", "socket.send_multipart([b'x'])",
        "socket.bind('inproc://x')", "socket.monitor('inproc://x')", "socket.subscribe(b'')", "socket.fileno()",
        "socket.recv_into(bytearray(1))", "zmq.Socket.shadow(socket)", "zmq.Poller().register(socket)",
        "zmq.proxy(socket, socket)", "context.term()", "context.closed", "context.socket(zmq.PULL)",
        "context.destroy()",
        "zmq.Context.shadow(context)", "context.get(1)", "context.underlying", "repr(context)", "context.shutdown()",
        "poller.poll(0)", "poller.register(0)", "poller.sockets", "poller.unregister(0)", "0 in poller",
        "tracker.done", "tracker.wait(0)", "frame.bytes", "len(frame)", "frame.more", "frame.tracker", "bytes(frame)",
        "zmq.MessageTracker(frame)", "zmq.MessageTracker(tracker)", "zmq.Socket(context, zmq.PULL)",
    ],
)  # fmt: skip
def test_an_object_whose_init_was_not_called_does_not_crash(run_script: Run, use: str) -> None:
    run_script(
        f"""
        import zmq
        socket, context, poller, tracker, frame = (
            cls.__new__(cls) for cls in (zmq.Socket, zmq.Context, zmq.Poller, zmq.MessageTracker, zmq.Frame)
        )
        try:
            {use}
        except Exception as error:
            print(repr(error))
        """
    )


# ---- leaks


@needs_proc
def test_sockets_leave_no_descriptors_behind(wait_until: WaitUntil) -> None:
    def cycle() -> None:
        with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
            pull.bind("tcp://127.0.0.1:*")
            push.connect(pull.last_endpoint.decode())
            push.send(b"x")
            pull.recv()
            poller = zmq.Poller()
            poller.register(pull, zmq.POLLIN)
            poller.poll(1)
            zmq.select([pull], [], [], 0.001)

    cycle()
    before = _descriptors()
    for _ in range(20):
        cycle()
    wait_until(lambda: _descriptors() <= before + 2)  # libzmq closes some descriptors later


@needs_proc
def test_selects_and_pollers_that_sleep_leave_no_descriptors_behind(make_pair: MakePair) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    zmq.select([pull], [], [], 0.001)
    before = _descriptors()
    for _ in range(50):
        assert zmq.select([pull], [], [], 0.001) == ([], [], [])
    assert _descriptors() <= before


@needs_proc
def test_a_poller_that_is_filled_for_each_poll_and_emptied_takes_no_descriptors(make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    poller = zmq.Poller()
    before = _descriptors()
    for number in range(50):
        if number % 2:
            push.send(b"message")
        poller.register(pull, zmq.POLLIN)
        assert poller.poll(0) == [(pull, zmq.POLLIN)] * (number % 2)
        poller.unregister(pull)
        if number % 2:
            pull.recv()
    assert _descriptors() <= before


@needs_proc
def test_threads_that_waited_leave_no_descriptors_behind(
    make_pair: MakePair, waiting: Callable[..., Future[Any]]
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)

    def cycle() -> None:
        waiters = [waiting(pull.recv) for _ in range(3)]
        for _ in waiters:
            push.send(b"x")
        for waiter in waiters:
            waiter.result()

    cycle()
    before = _descriptors()
    for _ in range(10):
        cycle()
    assert _descriptors() <= before + 1


def test_calls_that_fail_leak_no_memory(context: zmq.Context) -> None:
    with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:

        def cycle() -> None:
            for socket, call, arguments in (
                (pull, "recv", (zmq.NOBLOCK,)),
                (pull, "recv_multipart", (zmq.NOBLOCK,)),
                (push, "send", (b"x" * 1000, zmq.NOBLOCK)),
                (push, "send_multipart", ([b"x" * 1000, bytearray(1000)], zmq.NOBLOCK)),
                (push, "send_multipart", ([b"x" * 1000, "text"], zmq.NOBLOCK)),
                (push, "connect", ("bad",)),
                (pull, "recv", (0,)),
            ):
                with pytest.raises((zmq.ZMQError, TypeError)):
                    getattr(socket, call)(*arguments)

        pull.rcvtimeo = 0
        _assert_no_growth(cycle, rounds=300)


@pytest.mark.parametrize("copy", [True, False])
def test_messages_leak_no_memory(make_pair: MakePair, copy: bool) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.copy_threshold = 0
    buffer = bytearray(5000)

    def cycle() -> None:
        push.send(bytes(5000), copy=copy)
        pull.recv(copy=copy)
        push.send_multipart([bytes(5000)] * 20, copy=copy, track=not copy)
        pull.recv_multipart(copy=copy)
        push.send(zmq.Frame(bytes(5000)))
        pull.recv_into(buffer)

    _assert_no_growth(cycle, rounds=500)


def _assert_no_growth(cycle: Callable[[], None], *, rounds: int) -> None:
    for _ in range(20):
        cycle()
    gc.collect()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc = pytest.importorskip("tracemalloc", reason="PyPy has none", exc_type=ImportError)
    tracemalloc.start()
    try:
        cycle()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(rounds):
            cycle()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - rss < 15_000  # KiB; leaking every message takes more


def test_collection_in_another_thread_closes_sockets(
    context: zmq.Context, background: Callable[..., Future[Any]], reclaim: Reclaim
) -> None:
    holder = [context.socket(zmq.PULL) for _ in range(10)]

    def drop() -> None:
        holder.clear()
        reclaim()

    with pytest.warns(ResourceWarning):
        background(drop).result()
    assert not context._open_sockets()


def test_a_context_may_be_dropped_in_any_thread(background: Callable[..., Future[Any]], reclaim: Reclaim) -> None:
    def use() -> None:
        context = zmq.Context()
        socket = context.socket(zmq.PUSH)
        socket.linger = 0
        socket.close()

    def use_and_drop() -> None:
        use()
        reclaim()

    with pytest.warns(ResourceWarning, match="Unclosed context"):
        background(use_and_drop).result()


# ---- descriptors that were closed while a Poller watches them


@pytest.fixture(params=[0, 100], ids=["alone", "among sockets"])
def poller(request: pytest.FixtureRequest, sockets: Make) -> zmq.Poller:
    """A Poller, and one of so many sockets that the kernel holds its set."""
    poller = zmq.Poller()
    for _ in range(request.param):
        poller.register(sockets(zmq.PAIR), zmq.POLLIN)
    for _ in range(20):
        poller.poll(0)
    return poller


@needs_proc
def test_a_closed_descriptor_is_an_error_to_a_poller(poller: zmq.Poller) -> None:
    reader, writer = os.pipe()
    poller.register(reader, zmq.POLLIN)
    assert poller.poll(0) == []
    os.close(reader)
    os.close(writer)
    assert poller.poll(0) == [(reader, zmq.POLLERR)]


@needs_proc
def test_a_poller_watches_the_file_that_reuses_a_closed_descriptor(poller: zmq.Poller) -> None:
    reader, writer = os.pipe()
    other_reader, other_writer = os.pipe()
    poller.register(reader, zmq.POLLIN)
    assert poller.poll(0) == []
    os.dup2(other_reader, reader)
    os.write(other_writer, b"x")
    assert poller.poll(0) == [(reader, zmq.POLLIN)]
    for fd in (reader, writer, other_reader, other_writer):
        os.close(fd)


@needs_proc
@pytest.mark.parametrize("again", [False, True], ids=["gone", "taken by another file"])
def test_a_file_with_a_duplicate_is_not_polled_under_its_closed_descriptor(
    poller: zmq.Poller, waiting: Waiting, again: bool
) -> None:
    # epoll keeps a closed descriptor while a duplicate, or a forked child, has it open
    reader, writer = os.pipe()
    elsewhere = os.dup(reader)
    end_reader, end_writer = os.pipe()
    poller.register(reader, zmq.POLLIN)
    poller.register(end_reader, zmq.POLLIN)
    assert poller.poll(0) == []
    os.close(reader)
    poller.unregister(reader)
    os.write(writer, b"x")
    other_reader, other_writer = os.pipe()
    if again:
        assert other_reader == reader
        poller.register(other_reader, zmq.POLLIN)
    polled = waiting(poller.poll)  # it sleeps; it does not spin
    os.write(end_writer, b"x")
    assert polled.result() == [(end_reader, zmq.POLLIN)]
    for fd in (elsewhere, writer, end_reader, end_writer, other_reader, other_writer):
        os.close(fd)


@needs_proc
def test_a_registered_descriptor_that_is_reused_refers_to_the_new_file(poller: zmq.Poller) -> None:
    reader, writer = os.pipe()
    elsewhere = os.dup(reader)
    other_reader, other_writer = os.pipe()
    poller.register(reader, zmq.POLLIN)
    assert poller.poll(0) == []
    os.dup2(other_reader, reader)
    os.write(writer, b"x")
    assert poller.poll(0) == []
    os.write(other_writer, b"x")
    assert poller.poll(0) == [(reader, zmq.POLLIN)]
    for fd in (reader, writer, elsewhere, other_reader, other_writer):
        os.close(fd)


# ---- Pollers that end in unusual ways


def test_a_poller_whose_subclass_has_a_finalizer_releases_its_sockets(make_pair: MakePair) -> None:
    class Quiet(zmq.Poller):
        def __del__(self) -> None:
            pass

    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    pollers = [Quiet() for _ in range(100)]
    for poller in pollers:
        poller.register(left, zmq.POLLIN)
        assert poller.poll(0) == []
    del poller, pollers
    _ = [bytearray(b"\xff" * size) for size in range(64, 512, 8) for _ in range(100)]  # in the memory of the Pollers
    left.send(b"x")  # notifies the remaining Pollers
    assert right.recv() == b"x"


def test_init_again_unregisters_everything(make_pair: MakePair) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    poller = zmq.Poller()
    poller.register(left, zmq.POLLIN)
    poller.__init__()  # type: ignore[misc]  # unusual, but must not crash
    assert poller.sockets == []
    right.send(b"x")
    assert poller.poll(0) == []
    poller.register(left, zmq.POLLIN)
    assert poller.poll(0) == [(left, zmq.POLLIN)]


@pytest.mark.pypy_skip("cycles of C code are not collected")
def test_objects_of_subclasses_with_del_in_one_cycle_are_collected(run_script: Callable[..., str]) -> None:
    run_script("""
        import gc
        import warnings
        import zmq
        from zmq.backend.watch import Watch

        warnings.simplefilter("ignore", ResourceWarning)
        finalized = []

        def with_del(base):
            class Subclass(base):
                others = None

                def __del__(self):
                    finalized.append(base)

            return Subclass

        OwnContext, OwnSocket, OwnPoller = map(with_del, (zmq.Context, zmq.Socket, zmq.Poller))
        OwnFrame, OwnTracker, OwnWatch = map(with_del, (zmq.Frame, zmq.MessageTracker, Watch))
        context = zmq.Context()
        first, second = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        first.bind("inproc://pair")
        second.connect("inproc://pair")
        memory = []
        for _ in range(30):
            own = OwnContext()
            socket = OwnSocket(own, zmq.PAIR)
            poller = OwnPoller()
            poller.register(socket)
            poller.register(first)
            poller.poll(0)
            frame = OwnFrame(bytearray(100_000), copy=False, track=True)
            second.send(frame, copy=False)
            tracker = OwnTracker(frame)
            objects = [own, socket, poller, frame, tracker, OwnWatch(socket, list)]
            for each in objects:
                each.others = objects
            del own, socket, poller, frame, tracker, objects, each
            gc.collect()
            memory.append([bytes([65]) * size for size in range(50, 400, 3)])
            first.recv()
        assert len(finalized) == 30 * 6
        first.close()
        second.close()
        context.term()
    """)
