"""PUBHandler: what it publishes, on which socket, and that it never disturbs the program."""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

import zmq
from zmq.log.handlers import TOPIC_DELIM, PUBHandler

Received = Callable[[], list[bytes]]


def subscribe(handler: PUBHandler, subscriber: zmq.Socket) -> None:
    """Subscribe to all that *handler* publishes over inproc; returns when it knows."""
    subscriber.subscribe("")
    subscriber.connect(handler.socket.last_endpoint.decode())
    handler.socket.get(zmq.EVENTS)  # takes the subscription in


# ---- messages


@pytest.mark.parametrize(
    ("level", "line"),
    [
        ("DEBUG", r"DEBUG {here} - text\n"),
        ("INFO", r"text\n"),
        ("WARNING", r"WARNING {here} - text\n"),
        ("ERROR", r"ERROR {here} - text\n"),
        ("CRITICAL", r"CRITICAL {here} - text\n"),
    ],
)
def test_a_message_is_topic_and_text(logger: logging.Logger, received: Received, level: str, line: str) -> None:
    logger.log(getattr(logging, level), "text")
    here = f"test_handlers.py:{sys._getframe().f_lineno - 1}"
    assert received() == [level.encode(), line.replace(r"\n", "\n").format(here=here).encode()]


def test_the_root_topic_comes_first(logger: logging.Logger, handler: PUBHandler, received: Received) -> None:
    handler.root_topic = "app"
    logger.info("one")
    handler.setRootTopic("other.app")
    logger.info("sub.topic::two")
    handler.root_topic = b"bytes"
    logger.info("three")
    assert [received()[0] for _ in range(3)] == [b"app.INFO", b"other.app.INFO.sub.topic", b"bytes.INFO"]
    assert handler.root_topic == "bytes"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("db.slow::it took %d s", 3), [b"INFO.db.slow", b"it took 3 s\n"]),
        ((TOPIC_DELIM.join(("db", "text")),), [b"INFO.db", b"text\n"]),
        (("db::a::b",), [b"INFO.db", b"a::b\n"]),
        (("::text",), [b"INFO", b"text\n"]),
        (("%s", "no::topic"), [b"INFO", b"no::topic\n"]),
        (("50%%::%d%%", 50), [b"INFO.50%", b"50%\n"]),
        (("%(a)s", {"a": 1}), [b"INFO", b"1\n"]),
        ((None,), [b"INFO", b"None\n"]),
        ((42,), [b"INFO", b"42\n"]),
        ((ValueError("db::wrong"),), [b"INFO.db", b"wrong\n"]),
        (("two\nlines",), [b"INFO", b"two\nlines\n"]),
        (("",), [b"INFO", b"\n"]),
        (("t\u00f8pic::h\u00e9llo \U0001f600",), ["INFO.t\u00f8pic".encode(), "h\u00e9llo \U0001f600\n".encode()]),
        (("\udc80::\udcff",), [b"INFO.\\udc80", b"\\udcff\n"]),
    ],
)
def test_anything_can_be_logged(
    logger: logging.Logger, received: Received, arguments: tuple[Any, ...], message: list[bytes]
) -> None:
    logger.info(*arguments)
    assert received() == message


def test_exceptions_are_published_with_their_traceback(logger: logging.Logger, received: Received) -> None:
    try:
        int("wrong")
    except ValueError:
        logger.exception("db::it failed")
    topic, text = received()
    assert topic == b"ERROR.db"
    assert b"- it failed\nTraceback (most recent call last):\n" in text
    assert text.endswith(b"ValueError: invalid literal for int() with base 10: 'wrong'")


def test_other_handlers_get_the_unchanged_record(logger: logging.Logger, received: Received) -> None:
    records: list[logging.LogRecord] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger.addHandler(Keeper())
    logger.info("db::it took %d s", 3)
    assert received() == [b"INFO.db", b"it took 3 s\n"]
    assert (records[0].msg, records[0].args) == ("db::it took %d s", (3,))


def test_a_subclass_may_compute_the_root_topic(
    logger: logging.Logger, published: tuple[zmq.Socket, zmq.Socket]
) -> None:
    class Numbered(PUBHandler):
        number = 1

        @property  # type: ignore[misc]  # read-only, as in real programs
        def root_topic(self) -> str:
            return f"engine.{self.number}"

    handler = Numbered(published[0])
    logger.addHandler(handler)
    logger.info("one")
    handler.number = 2
    logger.info("two")
    assert [published[1].recv_multipart()[0] for _ in range(2)] == [b"engine.1.INFO", b"engine.2.INFO"]


# ---- formatters


def test_each_level_can_have_a_formatter(logger: logging.Logger, handler: PUBHandler, received: Received) -> None:
    handler.setFormatter(logging.Formatter("i %(message)s"), logging.INFO)
    handler.setFormatter(logging.Formatter("w %(message)s"), "WARNING")
    handler.formatters[logging.ERROR] = logging.Formatter("e %(message)s")
    logger.info("text")
    logger.warning("text")
    logger.error("text")
    assert [received() for _ in range(3)] == [[b"INFO", b"i text"], [b"WARNING", b"w text"], [b"ERROR", b"e text"]]


def test_a_formatter_without_a_level_applies_to_all_levels(
    logger: logging.Logger, handler: PUBHandler, received: Received
) -> None:
    handler.setFormatter(logging.Formatter("special %(message)s"), 25)
    handler.setFormatter(logging.Formatter("all %(message)s"))
    for level in (5, 10, 20, 25, 30, 40, 50, 60):
        logger.log(level, "text")
        assert received()[1] == b"all text"


def test_other_levels_take_the_formatter_of_the_next_lower_one(
    logger: logging.Logger, handler: PUBHandler, received: Received
) -> None:
    for level in handler.formatters:
        handler.setFormatter(logging.Formatter(f"{level} %(message)s"), level)
    for level, formatter in ((5, 10), (15, 10), (25, 20), (60, 50)):
        logger.log(level, "text")
        assert received() == [b"Level %d" % level, b"%d text" % formatter]


def test_none_restores_the_default_formatter(logger: logging.Logger, handler: PUBHandler, received: Received) -> None:
    handler.setFormatter(logging.Formatter("all %(message)s"))
    handler.setFormatter(None, logging.INFO)
    logger.info("text")
    logger.error("text")
    handler.setFormatter(logging.Formatter("special %(message)s"), 25)
    handler.setFormatter(None, 25)
    logger.log(25, "text")
    handler.setFormatter(None)
    logger.critical("text")
    handler.formatters.clear()
    logger.critical("text")
    texts = [received()[1] for _ in range(5)]
    assert texts[:3] == [b"text\n", b"all text", b"text\n"]
    assert texts[3].startswith(b"CRITICAL test_handlers.py:")
    assert texts[4] == b"text"


def test_wrong_formatters_and_levels_are_refused(handler: PUBHandler) -> None:
    with pytest.raises(ValueError, match="unknown level 'LOUD'"):
        handler.setFormatter(None, "LOUD")
    with pytest.raises(TypeError, match=r"logging.Formatter\('%\(message\)s'\)"):
        handler.setFormatter("%(message)s")  # type: ignore[arg-type]


def test_handlers_do_not_share_formatters(published: tuple[zmq.Socket, zmq.Socket]) -> None:
    one, other = PUBHandler(published[0]), PUBHandler(published[0])
    one.setFormatter(logging.Formatter("mine %(message)s"), logging.INFO)
    assert other.formatters[logging.INFO] is not one.formatters[logging.INFO]


# ---- sockets


def test_a_given_socket_stays_open(logger: logging.Logger, handler: PUBHandler, received: Received) -> None:
    socket = handler.socket
    assert handler.ctx is socket.context
    handler.close()
    assert not socket.closed
    logger.info("still here")
    assert received() == [b"INFO", b"still here\n"]


def test_an_endpoint_is_bound_in_a_new_context(logger: logging.Logger, errors: list[logging.LogRecord]) -> None:
    handler = PUBHandler("inproc://log", root_topic="app")
    logger.addHandler(handler)
    with handler.ctx.socket(zmq.SUB) as subscriber:
        subscribe(handler, subscriber)
        logger.info("text")
        assert subscriber.recv_multipart() == [b"app.INFO", b"text\n"]
    handler.close()
    assert handler.socket.closed
    assert handler.ctx.closed
    logger.info("dropped")
    handler.close()
    assert errors == []


def test_closing_a_handler_closes_all_sockets_of_its_context(
    monkeypatch: pytest.MonkeyPatch, dead_endpoint: str
) -> None:
    monkeypatch.setattr("zmq.log.handlers.LINGER_MS", 10)
    handler = PUBHandler("inproc://log")
    forgotten = handler.ctx.socket(zmq.PUSH)
    forgotten.connect(dead_endpoint)
    forgotten.send(b"never received")
    handler.close()
    assert forgotten.closed


def test_an_endpoint_is_bound_in_a_given_context(
    logger: logging.Logger, context: zmq.Context, sockets: Callable[[int], zmq.Socket]
) -> None:
    handler = PUBHandler("inproc://log", context)
    logger.addHandler(handler)
    subscriber = sockets(zmq.SUB)
    subscribe(handler, subscriber)
    logger.info("text")
    assert subscriber.recv_multipart() == [b"INFO", b"text\n"]
    handler.close()
    assert handler.socket.closed
    assert not context.closed


def test_a_handler_can_connect(
    logger: logging.Logger, context: zmq.Context, sockets: Callable[[int], zmq.Socket]
) -> None:
    collector = sockets(zmq.SUB)
    collector.subscribe("")
    collector.bind("inproc://collector")
    handler = PUBHandler("inproc://collector", context, connect=True)
    logger.addHandler(handler)
    collector.get(zmq.EVENTS)  # sends the subscription
    handler.socket.get(zmq.EVENTS)  # receives it
    logger.info("text")
    assert collector.recv_multipart() == [b"INFO", b"text\n"]
    handler.close()


def test_a_wrong_endpoint_raises_and_leaves_nothing_open(context: zmq.Context) -> None:
    with pytest.raises(zmq.ZMQError, match="cannot bind 'nowhere'"):
        PUBHandler("nowhere")
    with pytest.raises(zmq.ZMQError, match="cannot connect to 'nowhere'"):
        PUBHandler("nowhere", context, connect=True)
    with pytest.raises(TypeError, match="endpoints are str"):
        PUBHandler(None)  # type: ignore[arg-type]


def test_a_socket_has_its_own_context_and_connections(
    context: zmq.Context, published: tuple[zmq.Socket, zmq.Socket]
) -> None:
    with zmq.Context() as other:
        assert PUBHandler(published[0], other).ctx is context
    with pytest.raises(TypeError, match="connect=True needs an endpoint"):
        PUBHandler(published[0], connect=True)


def test_a_root_topic_must_be_str_or_bytes(handler: PUBHandler) -> None:
    with pytest.raises(TypeError, match="a root topic must be a str .empty for none.: got None"):
        handler.root_topic = None  # type: ignore[assignment]
    with pytest.raises(TypeError, match="got 7"):
        PUBHandler(handler.socket, root_topic=7)  # type: ignore[arg-type]


def test_sockets_of_event_loops_send_at_once(
    logger: logging.Logger, context: zmq.Context, sockets: Callable[[int], zmq.Socket]
) -> None:
    class Waits(zmq.Socket):
        def send_multipart(self, *args: Any, **kwargs: Any) -> Any:
            raise AssertionError("would return a future, or wait for an event loop")

    puller = sockets(zmq.PULL)
    puller.bind("inproc://pull")
    with Waits(context, zmq.PUSH) as pusher:
        pusher.connect("inproc://pull")
        logger.addHandler(PUBHandler(pusher))
        logger.info("text")
        assert puller.recv_multipart() == [b"INFO", b"text\n"]


# ---- errors


def test_errors_of_formatting_are_passed_to_handle_error(
    logger: logging.Logger, handler: PUBHandler, received: Received, errors: list[logging.LogRecord]
) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise ValueError("no text")

    logger.info("%d", "no number")
    logger.info("db::%d", "no number")
    logger.info(Unprintable())
    handler.setFormatter(logging.Formatter("%(nothing)s"), logging.ERROR)
    logger.error("text")
    assert len(errors) == 4
    logger.info("the next one is published")
    assert received() == [b"INFO", b"the next one is published\n"]


def test_errors_of_closed_sockets_and_contexts_are_passed_to_handle_error(
    logger: logging.Logger, errors: list[logging.LogRecord], published: tuple[zmq.Socket, zmq.Socket]
) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PUB)
    logger.addHandler(PUBHandler(socket))
    socket.close()
    logger.info("closed")
    assert [record.msg for record in errors] == ["closed"]
    handler = PUBHandler("inproc://log", context)
    logger.addHandler(handler)
    context.destroy(linger=0)
    logger.info("terminated")
    assert [record.msg for record in errors[1:]] == ["terminated", "terminated"]


def test_errors_are_printed_on_stderr(
    logger: logging.Logger, handler: PUBHandler, capsys: pytest.CaptureFixture[str]
) -> None:
    logger.info("%d", "no number")
    assert "--- Logging error ---" in capsys.readouterr().err


def test_records_that_cannot_be_sent_at_once_are_dropped_and_counted(
    logger: logging.Logger, sockets: Callable[[int], zmq.Socket], errors: list[logging.LogRecord], dead_endpoint: str
) -> None:
    pusher = sockets(zmq.PUSH)
    pusher.sndtimeo = -1
    handler = PUBHandler(pusher)
    logger.addHandler(handler)
    logger.info("no subscriber")
    assert handler.dropped == 1
    pusher.sndhwm = 10
    pusher.connect(dead_endpoint)
    for _ in range(10 + 2):
        logger.info("for the queue")
    assert handler.dropped == 1 + 2
    assert errors == []


def test_many_threads_log_whole_messages(
    logger: logging.Logger, sockets: Callable[[int], zmq.Socket], background: Callable[..., Future[Any]]
) -> None:
    publisher, subscriber = sockets(zmq.XPUB), sockets(zmq.SUB)
    publisher.sndhwm = subscriber.rcvhwm = 0  # before bind and connect
    publisher.bind("inproc://many")
    subscriber.subscribe("")
    subscriber.connect("inproc://many")
    assert publisher.recv() == b"\x01"
    for root in ("one", "two"):  # two handlers, so two locks, on one socket
        logger.addHandler(PUBHandler(publisher, root_topic=root))

    def log(thread: int) -> None:
        for number in range(100):
            logger.info(f"{thread}::{number}")  # noqa: G004 (arguments cannot choose the topic)

    for done in [background(log, thread) for thread in range(8)]:
        done.result()
    messages = {tuple(subscriber.recv_multipart()) for _ in range(2 * 8 * 100)}
    assert messages == {
        (f"{root}.INFO.{thread}".encode(), b"%d\n" % number)
        for root in ("one", "two")
        for thread in range(8)
        for number in range(100)
    }


# ---- processes, and the end


def test_closing_does_not_wait_for_a_subscriber_that_does_not_read(
    logger: logging.Logger, sockets: Callable[[int], zmq.Socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zmq.log.handlers.LINGER_MS", 10)
    handler = PUBHandler("tcp://127.0.0.1:*")
    logger.addHandler(handler)
    subscriber = sockets(zmq.SUB)
    subscriber.rcvhwm = 1
    subscriber.subscribe("")
    subscriber.connect(handler.socket.last_endpoint.decode())
    while not subscriber.poll(20):
        logger.info("until the subscription is there")
    for _ in range(200):
        logger.info("more than the buffers of both systems take" * 10_000)
    handler.close()
    assert handler.ctx.closed


@pytest.mark.skipif(not zmq.has("ipc"), reason="needs an endpoint that comes to life later")
def test_logging_does_not_wait_for_a_handler_that_closes(
    logger: logging.Logger,
    sockets: Callable[[int], zmq.Socket],
    background: Callable[..., Future[Any]],
    wait_until: Callable[[Callable[[], object]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zmq.log.handlers.LINGER_MS", -1)
    handler = PUBHandler("inproc://log")
    logger.addHandler(handler)
    with tempfile.TemporaryDirectory() as folder:  # tmp_path is too long for an endpoint
        pusher, puller = handler.ctx.socket(zmq.PUSH), sockets(zmq.PULL)
        pusher.connect(f"ipc://{folder}/later")
        pusher.send(b"waits for its peer")
        closing = background(handler.close)
        try:
            wait_until(lambda: pusher.closed)  # close() now waits until the message is sent
            background(logger.info, "dropped").result()
            assert not closing.done()
        finally:
            puller.bind(f"ipc://{folder}/later")
            puller.recv()
            closing.result()


@pytest.fixture
def collector(sockets: Callable[[int], zmq.Socket]) -> zmq.Socket:
    """A bound socket that subscribes to everything, for handlers that connect."""
    collector = sockets(zmq.SUB)
    collector.subscribe("")
    collector.bind("tcp://127.0.0.1:*")
    return collector


def test_the_last_record_before_exit_arrives(
    collector: zmq.Socket, start_script: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start_script(
        """
        import logging, select, sys
        from zmq.log.handlers import PUBHandler

        logging.getLogger().addHandler(PUBHandler(sys.argv[1], connect=True))
        while not select.select([sys.stdin], [], [], 0.02)[0]:
            logging.error("until the subscription is there")
        logging.error("last::record")
        """,
        collector.last_endpoint.decode(),
    )
    assert collector.recv_multipart()[0] == b"ERROR"
    assert process.communicate("enough", timeout=60) == ("", "")
    while collector.recv_multipart()[0] != b"ERROR.last":
        pass


@pytest.mark.parametrize("connect", [False, True])
def test_exit_does_not_hang(run_script: Callable[..., str], dead_endpoint: str, connect: bool) -> None:
    run_script(
        """
        import logging, sys
        from zmq.log.handlers import PUBHandler
        logging.getLogger().addHandler(PUBHandler(sys.argv[1], connect=sys.argv[2] == "True"))
        logging.error("never received")
        """,
        dead_endpoint if connect else "tcp://127.0.0.1:*",
        connect,
    )


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is not there")


@needs_fork
def test_a_bound_handler_reports_records_of_a_forked_child(start_script: Callable[..., subprocess.Popen[str]]) -> None:
    process = start_script(
        """
        import logging, os, sys
        from zmq.log.handlers import PUBHandler

        logging.getLogger().addHandler(PUBHandler("tcp://127.0.0.1:*"))
        if child := os.fork():
            logging.error("parent")
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        logging.error("child")
        """,
        options=["-W", "error", "-W", "ignore:This process:DeprecationWarning"],
    )
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert err.count("--- Logging error ---") == 1
    assert "inherited through fork" in err


@needs_fork
def test_a_connected_handler_opens_its_own_socket_in_a_forked_child(
    collector: zmq.Socket, start_script: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start_script(
        """
        import logging, os, select, sys
        from zmq.log.handlers import PUBHandler

        handler = PUBHandler(sys.argv[1], root_topic="parent", connect=True)
        logging.getLogger().addHandler(handler)
        logging.error("text")
        child = os.fork()
        if not child:
            handler.root_topic = "child"
        while not select.select([sys.stdin], [], [], 0.02)[0]:
            logging.error("text")
        if child:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
        collector.last_endpoint.decode(),
        options=["-W", "error", "-W", "ignore:This process:DeprecationWarning"],
    )
    left = {b"parent.ERROR", b"child.ERROR"}
    while left:
        left.discard(collector.recv_multipart()[0])
    assert process.communicate("", timeout=60) == ("", "")
    assert process.returncode == 0


@needs_fork
def test_a_handler_that_was_closed_before_fork_stays_closed(run_script: Callable[..., str]) -> None:
    run_script(
        """
        import logging, os, sys
        from zmq.log.handlers import PUBHandler

        handler = PUBHandler("tcp://127.0.0.1:1", connect=True)
        logging.getLogger().addHandler(handler)
        handler.close()
        if child := os.fork():
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        logging.error("child")
        assert handler.socket.closed
        """
    )


CHILD = """
import logging, multiprocessing, sys
from zmq.log.handlers import PUBHandler

def log(endpoint, received):
    logger = logging.getLogger("child")
    logger.addHandler(PUBHandler(endpoint, root_topic="child", connect=True))
    while not received.wait(0.001):
        logger.error("waiting")
    for number in range(500):
        logger.error("%d", number)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    received = context.Event()
    child = context.Process(target=log, args=(sys.argv[1], received))
    child.start()
    sys.stdin.read()
    received.set()
    child.join()
    sys.exit(child.exitcode)
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_the_last_records_of_a_multiprocessing_child_arrive(
    collector: zmq.Socket, start_script: Callable[..., subprocess.Popen[str]], tmp_path: Path, method: str
) -> None:
    file = tmp_path / "program.py"
    file.write_text(CHILD)
    process = start_script(
        "import sys; __file__ = sys.argv.pop(1); exec(compile(open(__file__).read(), __file__, 'exec'))",
        file,
        collector.last_endpoint.decode(),
        method,
        options=["-W", "ignore"],
    )
    assert collector.recv_multipart()[0] == b"child.ERROR"
    assert process.communicate("go on", timeout=60) == ("", "")
    assert process.returncode == 0
    texts: list[bytes] = []
    while not texts or texts[-1] != b"499":
        texts += [text for text in [collector.recv_multipart()[1].rpartition(b" - ")[2].strip()] if text.isdigit()]
    assert texts == [b"%d" % number for number in range(500)]
