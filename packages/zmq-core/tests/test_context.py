"""Contexts: creation and termination, options, and default options of sockets."""

from __future__ import annotations

import copy
import ctypes
import errno
import gc
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

import zmq

Make = Callable[[int], zmq.Socket]
Background = Callable[..., Future[Any]]


class CountingContext(zmq.Context):
    """A subclass with an attribute of its own."""

    count: int | None = None


class NamedSocket(zmq.Socket):
    """A subclass with an attribute of its own."""

    name: str = "anonymous"


@pytest.fixture
def closed_context() -> zmq.Context:
    context = zmq.Context()
    context.term()
    return context


@pytest.fixture
def instance() -> Iterator[zmq.Context]:
    """The shared context, terminated after the test."""
    with zmq.Context.instance() as context:
        yield context


# The shared context


def test_instance_is_one_context_for_the_process(instance: zmq.Context) -> None:
    assert zmq.Context.instance() is instance


def test_instance_is_the_same_in_other_threads(instance: zmq.Context, background: Background) -> None:
    assert background(zmq.Context.instance).result() is instance


def test_instance_is_made_once_however_many_threads_ask(background: Background) -> None:
    start = threading.Barrier(8)

    def ask() -> zmq.Context:
        start.wait()
        return zmq.Context.instance()

    contexts = {result.result() for result in [background(ask) for _ in range(8)]}
    assert len(contexts) == 1
    contexts.pop().term()


def test_instance_makes_a_new_context_after_term(instance: zmq.Context) -> None:
    instance.term()
    with zmq.Context.instance() as second:
        assert second is not instance
        assert not second.closed


def test_a_subclass_shares_the_instance_of_its_base_class(instance: zmq.Context) -> None:
    assert CountingContext.instance() is instance


def test_a_subclass_makes_the_instance_where_its_base_class_has_none() -> None:
    with CountingContext.instance() as context:
        assert type(context) is CountingContext
        assert CountingContext.instance() is context
        with zmq.Context.instance() as base:
            assert base is not context
            assert CountingContext.instance() is context


def test_a_subclass_can_have_an_instance_of_its_own(instance: zmq.Context) -> None:
    class Own(zmq.Context):
        _instance = None

    with Own.instance() as context:
        assert type(context) is Own
        assert context is not instance
        assert Own.instance() is context


def test_instance_can_be_reset(instance: zmq.Context) -> None:
    zmq.Context._instance = None
    with zmq.Context.instance() as second:
        assert second is not instance
    instance.term()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers")
def test_instance_in_a_signal_handler_does_not_wait_for_the_interrupted_call() -> None:
    asked: list[zmq.Context] = []

    class Slow(zmq.Context):
        _instance = None

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if not asked:
                asked.append(self)
                signal.raise_signal(signal.SIGUSR1)

    def handle(*_: object) -> None:
        asked.append(Slow.instance())

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        shared = Slow.instance()
    finally:
        signal.signal(signal.SIGUSR1, before)
    given_up, in_handler = asked
    assert shared is in_handler
    assert given_up.closed
    shared.term()


@pytest.mark.pypy_skip("the collector has no thresholds")
def test_instance_in_a_finalizer_does_not_wait_for_the_interrupted_call(run_script: Callable[..., str]) -> None:
    run_script(
        """
        import gc, zmq
        class Finalized:
            def __init__(self):
                self.me = self
            def __del__(self):
                zmq.Context.instance()
        for often in range(1, 60):
            gc.set_threshold(often)
            for _ in range(20):
                Finalized()
                zmq.Context.instance()
            zmq.Context.instance().term()
        gc.disable()
        """,
        options=("-W", "ignore"),
    )


def test_instance_uses_io_threads_when_it_is_created() -> None:
    with zmq.Context.instance(3) as context:
        assert context.get(zmq.IO_THREADS) == 3
        assert zmq.Context.instance(5) is context


# Creation and termination


def test_a_new_context_is_open(context: zmq.Context) -> None:
    assert context.closed is False


def test_term_closes_it() -> None:
    context = zmq.Context()
    context.term()
    assert context.closed is True


def test_a_second_term_has_no_effect(closed_context: zmq.Context) -> None:
    closed_context.term()
    closed_context.destroy()
    assert closed_context.closed


def test_term_waits_for_its_sockets_to_be_closed(context: zmq.Context, sockets: Make, background: Background) -> None:
    pull = sockets(zmq.PULL)
    terminated = background(context.term)
    with pytest.raises(zmq.ContextTerminated):  # while the socket is open the other thread waits
        pull.recv()
    assert not terminated.done()
    pull.close()
    terminated.result()


def test_a_context_that_is_being_terminated_cannot_be_used(
    context: zmq.Context, sockets: Make, background: Background
) -> None:
    socket = sockets(zmq.PAIR)
    received = background(socket.recv)
    terminated = background(context.term)
    assert isinstance(received.exception(), zmq.ContextTerminated)  # the termination has begun
    address = context.underlying
    assert address
    for use in (lambda: context.socket(zmq.PAIR), lambda: context.get(zmq.IO_THREADS), lambda: context.max_sockets):
        with pytest.raises(zmq.ContextTerminated, match="cannot use a context that is being terminated"):
            use()
    context.shutdown()  # no effect: term() has shut it down
    closed_before = context.closed
    socket.close()
    terminated.result()
    assert not closed_before
    assert context.closed
    assert not context.underlying


def test_a_context_whose_term_was_interrupted_is_closed_when_its_sockets_are(
    context: zmq.Context, sockets: Make, background: Background, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    class Interruption(Exception):
        pass

    def interrupt(*_: object) -> None:
        raise Interruption

    socket = sockets(zmq.PAIR)
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        main = threading.main_thread().ident
        assert main is not None

        def interrupt_term() -> None:
            with pytest.raises(zmq.ContextTerminated):
                socket.recv()
            signal.pthread_kill(main, signal.SIGUSR1)

        interrupting = background(interrupt_term)
        with pytest.raises(Interruption):
            context.term()
        interrupting.result()
    finally:
        signal.signal(signal.SIGUSR1, before)
    closed_before = context.closed
    socket.close()
    wait_until(lambda: context.closed)
    assert not closed_before
    with pytest.raises(zmq.ZMQError, match="cannot use a terminated context"):
        context.socket(zmq.PAIR)
    context.term()


def test_term_that_waits_for_a_socket_of_code_outside_can_be_interrupted(
    context: zmq.Context, system_libzmq: Any, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    # also where another thread gets the signal: that does not end a call of libzmq in the main thread
    class Interruption(Exception):
        pass

    done = threading.Event()

    def interrupt(*_: object) -> None:
        if not done.is_set():  # PyPy calls it again for a signal that came before
            done.set()
            raise Interruption

    def is_terminating() -> bool:
        try:
            context.get(zmq.IO_THREADS)
        except zmq.ContextTerminated:
            return True
        return False

    def send_signals() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
        wait_until(is_terminating)
        for _ in range(500):
            if done.wait(0.01):
                return
            signal.raise_signal(signal.SIGUSR1)
        system_libzmq.zmq_close(outside)

    system_libzmq.zmq_socket.restype = ctypes.c_void_p
    outside = ctypes.c_void_p(system_libzmq.zmq_socket(ctypes.c_void_p(context.underlying), int(zmq.PAIR)))
    before = signal.signal(signal.SIGUSR1, interrupt)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    sending = threading.Thread(target=send_signals)
    try:
        with pytest.raises(Interruption):
            sending.start()
            context.term()
        assert not context.closed
    finally:
        sending.join()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
        signal.signal(signal.SIGUSR1, before)
        if not context.closed:
            system_libzmq.zmq_close(outside)
    wait_until(lambda: context.closed)


def test_shutdown_ends_a_blocked_receive(context: zmq.Context, sockets: Make, background: Background) -> None:
    pull = sockets(zmq.PULL)
    received = background(pull.recv)
    context.shutdown()
    assert isinstance(received.exception(), zmq.ContextTerminated)


def test_every_operation_of_a_terminated_context_s_sockets_raises(context: zmq.Context, sockets: Make) -> None:
    pair = sockets(zmq.PAIR)
    context.shutdown()
    operations: list[Callable[[], object]] = [
        lambda: pair.send(b""),
        lambda: pair.send_multipart([b"", b""]),
        pair.recv,
        lambda: pair.recv(zmq.NOBLOCK),
        pair.recv_multipart,
        lambda: pair.recv_into(bytearray(1)),
        pair.poll,
        lambda: pair.poll(0),
        lambda: pair.bind("inproc://x"),
        lambda: pair.connect("inproc://x"),
        lambda: pair.get(zmq.EVENTS),
        lambda: pair.set(zmq.LINGER, 0),
    ]
    for operation in operations:
        with pytest.raises(zmq.ContextTerminated) as caught:
            operation()
        assert caught.value.errno == zmq.ETERM


def test_a_socket_cannot_be_created_after_shutdown(context: zmq.Context) -> None:
    context.shutdown()
    with pytest.raises(zmq.ContextTerminated):
        context.socket(zmq.PUSH)


def test_destroy_closes_its_sockets() -> None:
    context = zmq.Context()
    sockets = [context.socket(zmq.PUSH) for _ in range(3)]
    context.destroy()
    assert all(socket.closed for socket in sockets)
    assert context.closed


def test_destroy_with_linger_zero_discards_unsent_messages(dead_endpoint: str) -> None:
    context = zmq.Context()
    push = context.socket(zmq.PUSH)
    push.connect(dead_endpoint)
    push.send(b"never read")
    context.destroy(linger=0)  # otherwise it would wait for the message for ever
    assert push.closed


def test_destroy_leaves_the_linger_of_each_socket_alone_by_default(background: Background) -> None:
    context = zmq.Context()
    with zmq.Context() as other:
        pull = other.socket(zmq.PULL)
        pull.bind("tcp://127.0.0.1:*")
        push = context.socket(zmq.PUSH)
        push.connect(pull.last_endpoint.decode())
        push.send(b"kept")
        destroyed = background(context.destroy)
        assert pull.recv() == b"kept"
        destroyed.result()
        pull.close()


def test_destroy_finds_sockets_made_through_a_shadow_only_there(context: zmq.Context) -> None:
    with zmq.Context() as original:
        shadow = zmq.Context.shadow(original)
        socket = shadow.socket(zmq.PUSH)
        shadow.destroy()
        assert socket.closed


def test_with_terminates_at_the_end() -> None:
    with zmq.Context() as context:
        assert not context.closed
    assert context.closed


def test_with_warns_about_unclosed_sockets_and_closes_them() -> None:
    with pytest.warns(ResourceWarning, match=r"unclosed socket <zmq\.Socket\(zmq\.PUSH\)"), zmq.Context() as context:
        socket = context.socket(zmq.PUSH)
    assert socket.closed
    assert context.closed


def test_with_closes_the_sockets_also_when_warnings_are_errors() -> None:
    with pytest.raises(ResourceWarning), zmq.Context() as context:
        socket = context.socket(zmq.PUSH)
    assert socket.closed
    assert context.closed


def test_with_passes_exceptions_on() -> None:
    with pytest.raises(ZeroDivisionError), zmq.Context() as context:
        raise ZeroDivisionError
    assert context.closed


def test_an_unclosed_context_warns_when_it_is_collected(reclaim: Any) -> None:
    holder = [zmq.Context()]

    def drop() -> None:
        holder.clear()
        reclaim()

    with pytest.warns(ResourceWarning, match="Unclosed context"):
        drop()


def test_a_closed_context_is_collected_without_a_warning(closed_context: zmq.Context) -> None:
    del closed_context
    gc.collect()


@pytest.mark.parametrize("socket_type", [zmq.PUSH, -1, "PUSH", 2**40])
def test_a_closed_context_makes_no_socket(closed_context: zmq.Context, socket_type: Any) -> None:
    with pytest.raises(zmq.ZMQError, match="make a new one") as caught:
        closed_context.socket(socket_type)
    assert caught.value.errno == zmq.ENOTSUP


@pytest.mark.parametrize(
    "use",
    [
        lambda context: context.shutdown(),
        copy.copy,
        zmq.Context.shadow,
    ],
    ids=["shutdown", "copy", "shadow"],
)
def test_a_closed_context_cannot_be_used(closed_context: zmq.Context, use: Callable[[zmq.Context], object]) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot use a terminated context: .*; make a new one"):
        use(closed_context)


@pytest.mark.parametrize(
    "use",
    [
        lambda context: context.get(zmq.IO_THREADS),
        lambda context: context.set(zmq.IO_THREADS, 2),
        lambda context: context.set(zmq.IO_THREADS, "2"),
        lambda context: context.io_threads,
        lambda context: setattr(context, "IO_THREADS", 2),
    ],
    ids=["get", "set", "wrong", "attribute", "assignment"],
)
def test_options_of_a_closed_context_are_a_runtime_error(
    closed_context: zmq.Context, use: Callable[[zmq.Context], object]
) -> None:
    with pytest.raises(RuntimeError, match="terminated context: make a new one"):
        use(closed_context)


def test_a_closed_context_has_no_address(closed_context: zmq.Context) -> None:
    assert closed_context.underlying == 0


def test_a_context_whose_init_was_not_called_raises() -> None:
    context: zmq.Context = zmq.Context.__new__(zmq.Context)
    assert context.closed
    assert repr(context).endswith("closed>")
    context.term()
    with pytest.raises(zmq.ZMQError, match="__init__"):
        context.get(zmq.IO_THREADS)


def test_repr_counts_open_sockets_and_tells_whether_it_is_closed() -> None:
    context = zmq.Context()
    assert repr(context) == f"<zmq.Context() at {id(context):#x}>"
    with context.socket(zmq.PUSH), context.socket(zmq.PUSH):
        assert repr(context) == f"<zmq.Context(2 sockets) at {id(context):#x}>"
    context.term()
    assert repr(context) == f"<zmq.Context() at {id(context):#x} closed>"


def test_repr_names_the_subclass() -> None:
    with CountingContext() as context:
        assert "CountingContext()" in repr(context)


# Shadows and copies


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, zmq.Context.shadow, zmq.Context])
def test_a_shadow_shares_the_c_context(context: zmq.Context, how: Callable[[zmq.Context], zmq.Context]) -> None:
    shadow = how(context)
    assert shadow is not context
    assert shadow.underlying == context.underlying != 0


def test_a_shadow_of_an_address_is_the_context_there(context: zmq.Context, sockets: Make) -> None:
    shadow = zmq.Context.shadow(context.underlying)
    pull = sockets(zmq.PULL)
    pull.bind("inproc://shared")
    with shadow.socket(zmq.PUSH) as push:
        push.connect("inproc://shared")
        push.send(b"same context")
        assert pull.recv() == b"same context"


@pytest.mark.parametrize("kind", [ctypes.c_void_p, lambda n: ctypes.cast(n, ctypes.POINTER(ctypes.c_char))])
def test_a_shadow_takes_a_pointer_of_ctypes(context: zmq.Context, kind: Callable[[int], int]) -> None:
    assert zmq.Context.shadow(kind(context.underlying)).underlying == context.underlying


def test_a_shadow_ends_with_its_original() -> None:
    context = zmq.Context()
    shadow = zmq.Context.shadow(context)
    context.term()
    assert shadow.closed
    uses: list[Callable[[], object]] = [
        lambda: shadow.socket(zmq.PUSH),
        lambda: shadow.get(zmq.IO_THREADS),
        lambda: zmq.Context.shadow(shadow),
        shadow.shutdown,
    ]
    for use in uses:
        with pytest.raises(zmq.ZMQError, match="terminated through another object") as caught:
            use()
        assert caught.value.errno == zmq.EFAULT


def test_a_closed_context_has_no_shadow_and_no_shutdown(closed_context: zmq.Context) -> None:
    for use in (lambda: zmq.Context.shadow(closed_context), closed_context.shutdown):
        with pytest.raises(zmq.ZMQError, match="make a new one") as caught:
            use()
        assert caught.value.errno == zmq.ENOTSUP


def test_collecting_a_shadow_leaves_the_context_open(context: zmq.Context) -> None:
    shadow = zmq.Context.shadow(context)
    del shadow
    gc.collect()
    assert not context.closed
    assert context.get(zmq.IO_THREADS) == 1


def test_a_shadow_starts_with_the_defaults_of_the_original(context: zmq.Context) -> None:
    context.linger = 7
    shadow = copy.copy(context)
    shadow.sndhwm = 3
    assert shadow.linger == 7
    assert zmq.SNDHWM not in context.sockopts


def test_a_shadow_of_another_object_is_refused() -> None:
    with pytest.raises(ValueError, match="address"):
        zmq.Context.shadow("nonsense")  # type: ignore[arg-type]  # that is the point


# Options of the context


def test_io_threads_are_one_by_default(context: zmq.Context) -> None:
    assert context.get(zmq.IO_THREADS) == context.io_threads == context.IO_THREADS == 1


@pytest.mark.parametrize("arguments", [((3,), {}), ((), {"io_threads": 3})])
def test_io_threads_are_the_first_argument(arguments: tuple[tuple[int, ...], dict[str, int]]) -> None:
    with zmq.Context(*arguments[0], **arguments[1]) as context:
        assert context.io_threads == 3


@pytest.mark.parametrize("how", [zmq.Context, lambda n: zmq.Context(io_threads=n)])
def test_a_negative_number_of_io_threads_is_einval(how: Callable[[int], object]) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot create a context with -1 I/O threads: .*0 or more") as caught:
        how(-1)
    assert caught.value.errno == zmq.EINVAL


def test_a_number_of_io_threads_that_does_not_fit_into_an_int_is_an_overflow_error() -> None:
    with pytest.raises(OverflowError):
        zmq.Context(2**40)


@pytest.mark.parametrize("io_threads", ["1", None, b"1", []])
def test_io_threads_of_a_wrong_type_are_refused(io_threads: Any) -> None:
    with pytest.raises(TypeError, match="io_threads is a number of threads"):
        zmq.Context(io_threads)


@pytest.mark.parametrize("io_threads", [True, 1.0])
def test_io_threads_may_be_any_object_that_converts_to_an_int(io_threads: Any) -> None:
    with zmq.Context(io_threads) as context:
        assert context.io_threads == 1


def test_options_can_be_set_and_read(context: zmq.Context) -> None:
    context.set(zmq.MAX_SOCKETS, 17)
    assert context.get(zmq.MAX_SOCKETS) == context.max_sockets == 17


@pytest.mark.parametrize("name", ["max_sockets", "MAX_SOCKETS", "Max_Sockets"])
def test_options_are_attributes_in_any_case(context: zmq.Context, name: str) -> None:
    setattr(context, name, 42)
    assert getattr(context, name) == context.get(zmq.MAX_SOCKETS) == 42


@pytest.mark.parametrize("value", ["1", 1.5, None, b"1"])
def test_an_option_of_a_wrong_type_is_refused(context: zmq.Context, value: Any) -> None:
    with pytest.raises(TypeError, match="take an int"):
        context.set(zmq.IO_THREADS, value)
    assert context.io_threads == 1


@pytest.mark.parametrize("action", [lambda c: c.get(999), lambda c: c.set(999, 1)], ids=["get", "set"])
def test_an_unknown_context_option_is_refused(context: zmq.Context, action: Callable[[zmq.Context], object]) -> None:
    with pytest.raises(zmq.ZMQError, match="999.*libzmq has no such option") as caught:
        action(context)
    assert caught.value.errno == zmq.EINVAL


def test_an_option_out_of_range_is_refused_with_its_name_and_value(context: zmq.Context) -> None:
    with pytest.raises(zmq.ZMQError, match=r"IO_THREADS.*-1") as caught:
        context.set(zmq.IO_THREADS, -1)
    assert caught.value.errno == zmq.EINVAL


def test_an_option_that_libzmq_does_not_set_is_einval(context: zmq.Context) -> None:
    with pytest.raises(zmq.ZMQError, match="MSG_T_SIZE") as caught:
        context.msg_t_size = 3
    assert caught.value.errno == zmq.EINVAL


def test_the_socket_limit_is_read_under_the_number_of_the_thread_priority(context: zmq.Context) -> None:
    assert context.socket_limit == context.thread_priority >= context.max_sockets


@pytest.mark.parametrize("name", zmq.ContextOption.__members__)
def test_an_option_has_a_documented_attribute_in_upper_and_in_lower_case(name: str) -> None:
    assert getattr(zmq.Context, name) is getattr(zmq.Context, name.lower())
    assert getattr(zmq.Context, name).__doc__.startswith(f"{name}: ")


def test_dir_lists_the_options(context: zmq.Context) -> None:
    names = {*zmq.ContextOption.__members__, "LINGER", "linger", "io_threads", "socket"}
    assert names <= set(dir(context))


def test_an_option_that_libzmq_does_not_return_is_a_missing_attribute_of_the_context(context: zmq.Context) -> None:
    assert not hasattr(context, "thread_affinity_cpu_add")
    assert getattr(context, "THREAD_AFFINITY_CPU_ADD", None) is None


def test_an_option_may_be_minus_one(context: zmq.Context) -> None:
    assert context.get(zmq.THREAD_SCHED_POLICY) == context.thread_sched_policy == -1


def test_more_sockets_than_max_sockets_are_refused(context: zmq.Context, sockets: Make) -> None:
    context.max_sockets = 2
    first, _ = sockets(zmq.PUSH), sockets(zmq.PUSH)
    with pytest.raises(zmq.ZMQError, match=r"cannot create a socket zmq\.PUSH: .*MAX_SOCKETS") as caught:
        context.socket(zmq.PUSH)
    assert caught.value.errno == errno.EMFILE
    assert not first.closed


# Sockets


def test_a_socket_belongs_to_its_context(context: zmq.Context, sockets: Make) -> None:
    assert sockets(zmq.PUSH).context is context


@pytest.mark.parametrize("socket_type", [999, 12345])
def test_an_unknown_socket_type_is_refused(context: zmq.Context, socket_type: int) -> None:
    with pytest.raises(zmq.ZMQError, match=f"type {socket_type}.*libzmq has no such socket type") as caught:
        context.socket(socket_type)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("socket_type", ["PUSH", None, -5, zmq.Context])
def test_a_socket_type_must_be_an_int(context: zmq.Context, socket_type: Any) -> None:
    with pytest.raises(TypeError, match=r"zmq\.PUSH"):
        context.socket(socket_type)


def test_socket_class_makes_another_class(context: zmq.Context) -> None:
    with context.socket(zmq.PUSH, socket_class=NamedSocket) as socket:
        assert type(socket) is NamedSocket


def test_a_subclass_chooses_the_class_of_its_sockets() -> None:
    class NamingContext(zmq.Context):
        _socket_class = NamedSocket

    with NamingContext() as context, context.socket(zmq.PUSH) as socket:
        assert type(socket) is NamedSocket


def test_keyword_arguments_go_to_the_socket(context: zmq.Context) -> None:
    with context.socket(zmq.PUSH, copy_threshold=5) as socket:
        assert socket.copy_threshold == 5


# Defaults for sockets


@pytest.mark.parametrize("name", ["linger", "LINGER", "Linger"])
def test_a_default_is_an_attribute_in_any_case(context: zmq.Context, sockets: Make, name: str) -> None:
    setattr(context, name, 5)
    assert getattr(context, name) == context.linger == 5
    assert sockets(zmq.PUSH).linger == 5


def test_a_default_can_be_set_by_number(context: zmq.Context, sockets: Make) -> None:
    context.setsockopt(zmq.LINGER, 6)
    assert context.getsockopt(zmq.LINGER) == context.linger == 6
    assert context.sockopts == {zmq.LINGER: 6}
    assert sockets(zmq.PUSH).linger == 6


def test_a_default_holds_for_later_sockets_only(context: zmq.Context, sockets: Make) -> None:
    earlier = sockets(zmq.PUSH)
    before = earlier.linger
    context.linger = 8
    assert earlier.linger == before


def test_a_default_can_be_overridden_by_a_socket(context: zmq.Context, sockets: Make) -> None:
    context.linger = 8
    socket = sockets(zmq.PUSH)
    socket.linger = 9
    assert (context.linger, socket.linger) == (8, 9)


def test_a_default_can_be_deleted(context: zmq.Context) -> None:
    context.linger = 8
    del context.linger
    assert context.sockopts == {}
    with pytest.raises(AttributeError, match="no default is set for LINGER"):
        del context.linger


def test_a_default_that_is_zero_can_be_deleted(context: zmq.Context) -> None:
    context.linger = 0
    del context.linger
    assert context.sockopts == {}


def test_a_dict_that_makes_values_up_sets_no_default(context: zmq.Context) -> None:
    context.sockopts = defaultdict(int)
    assert not hasattr(context, "linger")


def test_a_default_that_is_not_set_cannot_be_read(context: zmq.Context) -> None:
    with pytest.raises(AttributeError, match="no default is set for RCVHWM"):
        _ = context.rcvhwm
    with pytest.raises(KeyError):
        context.getsockopt(zmq.RCVHWM)


def test_a_default_that_a_socket_type_lacks_is_ignored(context: zmq.Context, sockets: Make) -> None:
    context.subscribe = b"news"  # type: ignore[attr-defined]  # hidden from checkers
    assert not sockets(zmq.PUSH).closed
    assert sockets(zmq.SUB).type == zmq.SUB


def test_a_default_subscription_subscribes(context: zmq.Context, sockets: Make) -> None:
    context.subscribe = b"news"  # type: ignore[attr-defined]  # hidden from checkers
    xpub, sub = sockets(zmq.XPUB), sockets(zmq.SUB)
    xpub.bind("inproc://news")
    sub.connect("inproc://news")
    assert xpub.recv() == b"\x01news"


def test_a_default_subscription_can_be_read(context: zmq.Context) -> None:
    context.subscribe = b"news"  # type: ignore[attr-defined]  # hidden from checkers
    assert context.subscribe == b"news"  # type: ignore[attr-defined]  # hidden from checkers


def test_both_high_water_marks_are_one_default(context: zmq.Context, sockets: Make) -> None:
    context.hwm = 7
    socket = sockets(zmq.DEALER)
    assert (context.hwm, socket.sndhwm, socket.rcvhwm) == (7, 7, 7)


@pytest.mark.parametrize("name", ["lingr", "LINGR", "_private"])
def test_a_typo_raises(context: zmq.Context, name: str) -> None:
    with pytest.raises(AttributeError, match=f"no such option: {name.upper()}"):
        setattr(context, name, 0)
    with pytest.raises(AttributeError, match=f"no such option: {name.upper()}"):
        getattr(context, name)
    assert context.sockopts == {}


@pytest.mark.parametrize("value", ["5", b"5", 5.0, None])
def test_a_default_of_a_wrong_type_is_refused_when_a_socket_is_made(context: zmq.Context, value: Any) -> None:
    context.linger = value
    assert context.linger == context.getsockopt(zmq.LINGER) == value
    with pytest.raises(TypeError, match="LINGER takes an int"):
        context.socket(zmq.PUSH)  # closed, or the termination of the context would wait for it
    del context.linger
    assert not hasattr(context, "linger")
    context.socket(zmq.PUSH).close()


def test_a_default_out_of_range_is_refused_when_a_socket_is_made(context: zmq.Context) -> None:
    context.setsockopt(zmq.LINGER, 2**40)
    with pytest.raises(OverflowError, match="LINGER takes an int"):
        context.socket(zmq.PUSH)


@pytest.mark.parametrize("name", ["hwm", "HWM"])
def test_the_default_of_both_high_water_marks(context: zmq.Context, name: str) -> None:
    setattr(context, name, 5)
    assert context.hwm == context.HWM == 5
    with context.socket(zmq.DEALER) as socket:
        assert (socket.sndhwm, socket.rcvhwm) == (5, 5)


@pytest.mark.parametrize("name", ["subscribe", "SUBSCRIBE"])
def test_a_default_subscription(context: zmq.Context, name: str) -> None:
    setattr(context, name, b"news")
    assert context.sockopts == {zmq.SUBSCRIBE: b"news"}


def test_a_subclass_has_the_attributes_it_declares() -> None:
    with CountingContext() as context:
        context.count = 3
        assert context.count == 3
        assert context.sockopts == {}


def test_the_error_for_an_undeclared_attribute_shows_the_declaration() -> None:
    class Forgetful(zmq.Context):
        pass

    with (
        Forgetful() as context,
        pytest.raises(AttributeError, match="Forgetful .*in its body: forgotten = None"),
    ):
        context.forgotten = 1  # type: ignore[attr-defined]  # the mistake


# Types


def test_a_context_can_be_subscripted() -> None:
    assert zmq.Context[zmq.Socket[bytes]].__origin__ is zmq.Context  # type: ignore[attr-defined]  # an alias


def test_sync_context_is_a_context() -> None:
    with zmq.SyncContext() as context:
        assert type(context) is zmq.Context


def test_contexts_are_compared_by_identity(context: zmq.Context) -> None:
    assert context != copy.copy(context)
    assert len({context, context}) == 1


def test_the_socket_class_of_one_context_can_be_replaced_temporarily(context: zmq.Context) -> None:
    class Other(zmq.Socket[bytes]):
        __slots__ = ()

    context._socket_class = Other  # type: ignore[misc, method-assign]  # a class variable; programs set it
    with context.socket(zmq.PAIR) as socket:
        assert type(socket) is Other
    context._socket_class = zmq.Socket  # type: ignore[misc, method-assign]
    with context.socket(zmq.PAIR) as socket:
        assert type(socket) is zmq.Socket
    assert zmq.Context._socket_class is zmq.Socket


def test_term_does_not_wait_for_messages_that_were_sent_over_inproc(background: Background) -> None:
    context = zmq.Context()
    with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        pull.bind("inproc://x")
        push.connect("inproc://x")
        push.send(b"never received")
    with context.socket(zmq.PUSH) as push:
        push.connect("inproc://never bound")
        push.send(b"never received")
    background(context.term).result()
