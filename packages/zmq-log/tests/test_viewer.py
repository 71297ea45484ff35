"""``python -m zmq.log``: its options, and what it does when its output is a pipe."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import zmq
from zmq.log.__main__ import main
from zmq.log._terminal import columns, is_pipe, prepare, wants_color

VIEWER = "import runpy; runpy.run_module('zmq.log', run_name='__main__', alter_sys=True)"

View = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def publisher(sockets: Callable[[int], zmq.Socket]) -> zmq.Socket:
    """A socket that publishes, and receives the subscriptions (XPUB)."""
    publisher = sockets(zmq.XPUB)
    publisher.bind("tcp://127.0.0.1:*")
    return publisher


@pytest.fixture
def view(publisher: zmq.Socket, start_script: View) -> View:
    """Return a function that starts a viewer of the publisher; returns when it has subscribed."""

    def view(*options: str, topics: Sequence[bytes] = (b"",)) -> subprocess.Popen[str]:
        process = start_script(VIEWER, *options, publisher.last_endpoint.decode())
        assert {publisher.recv() for _ in topics} == {b"\x01" + topic for topic in topics}
        return process

    return view


def publish(publisher: zmq.Socket, *lines: str) -> None:
    """Publish messages, given as ``topic text``."""
    for line in lines:
        topic, text = line.split(" ", 1)
        publisher.send_multipart([topic.encode(), text.encode() + b"\n"])


def shown(process: subprocess.Popen[str], last: str) -> list[str]:
    """Return the lines that the viewer prints, up to the one that ends with *last*, without it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.endswith(f"{last}\n"):
            return lines[:-1]
    raise AssertionError(f"{last!r} is not shown: {lines}")


def test_messages_are_printed_as_they_arrive(publisher: zmq.Socket, view: View) -> None:
    process = view()
    for text in ("one", "two"):  # each at once, although it is a pipe
        publish(publisher, f"app.INFO {text}", "INFO end")
        assert shown(process, "end") == [f"app.INFO | {text}"]


def test_several_topics_filter_by_prefix(publisher: zmq.Socket, view: View) -> None:
    process = view("-t", "app.ERROR", "--topic", "db", topics=[b"app.ERROR", b"db"])
    publish(publisher, "app.INFO no", "app.ERROR yes", "app.ERROR.sub yes", "db2.INFO yes", "other no", "db end")
    assert shown(process, "end") == ["app.ERROR | yes", "app.ERROR.sub | yes", "db2.INFO | yes"]


def test_several_levels(publisher: zmq.Socket, view: View) -> None:
    process = view("-l", "error", "--level", "NOTICE", "-l", "25")
    publish(publisher, "a.INFO no", "a.ERROR yes", "NOTICE.x yes", "CRITICAL no", "none no")
    publisher.send_multipart([b"Level 25", b"yes"])
    publish(publisher, "ERROR end")
    assert shown(process, "end") == ["a.ERROR | yes", "NOTICE.x | yes", "Level 25 | yes"]


def test_a_lowest_level(publisher: zmq.Socket, view: View) -> None:
    process = view("--min-level", "warning")
    publish(publisher, "a.DEBUG no", "a.INFO.x no", "a.WARNING yes", "CRITICAL yes", "custom yes", "ERROR end")
    assert shown(process, "end") == ["a.WARNING | yes", "CRITICAL | yes", "custom | yes"]


def test_timestamp_separator_and_alignment(publisher: zmq.Socket, view: View) -> None:
    process = view("--timestamp", "--dateformat", "<%Y>", "--separator", ": ", "--align")
    publish(publisher, "INFO one", "app.INFO two", "INFO three", "INFO end")
    lines = shown(process, "end")
    year = lines[0].split(" ", 1)[0]
    assert year.strip("<>").isdigit()
    assert lines == [f"{year} INFO: one", f"{year} app.INFO: two", f"{year} INFO    : three"]


def test_colors_in_a_pipe_need_an_option(publisher: zmq.Socket, view: View) -> None:
    process = view("--color")  # the URL that follows must not become its value
    publish(publisher, "ERROR one")
    publisher.send_multipart([b"end"])
    assert shown(process, "end") == ["\x1b[31mERROR | one\x1b[0m"]


def test_messages_of_all_kinds_are_printed(publisher: zmq.Socket, view: View) -> None:
    process = view()
    for message in ([b"alone"], [b"INFO", b"a", b"b"], [b"", b""], [b"\xff\x1b[2J", b"\xfe\x07"], [b"end"]):
        publisher.send_multipart(message)
    assert shown(process, "end") == ["alone", "INFO | a b", "", r"\xff\x1b[2J | \xfe\x07"]


def test_it_ends_quietly_when_its_reader_closes_the_pipe(publisher: zmq.Socket, view: View) -> None:
    process = view()
    publish(publisher, "INFO one")
    assert process.stdout is not None
    assert process.stdout.readline() == "INFO | one\n"
    process.stdout.close()
    publish(publisher, "INFO two")  # for platforms that report it only when the viewer writes
    assert process.wait(30) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell before something is written")
def test_it_ends_when_its_reader_closes_the_pipe_while_no_message_arrives(view: View) -> None:
    process = view()
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(30) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_it_reports_why_its_output_cannot_be_written(publisher: zmq.Socket, start_script: View) -> None:
    process = start_script(
        "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n" + VIEWER, publisher.last_endpoint.decode()
    )
    assert publisher.recv() == b"\x01"
    publish(publisher, "INFO lost")
    assert process.communicate(timeout=60) == (
        "",
        "python -m zmq.log: cannot print messages: No space left on device\n",
    )
    assert process.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no Ctrl-C for one process")
def test_an_interrupt_ends_it_with_status_130(publisher: zmq.Socket, view: View) -> None:
    process = view()
    publish(publisher, "INFO end")
    shown(process, "end")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130


def test_several_publishers(publisher: zmq.Socket, sockets: Callable[[int], zmq.Socket], view: View) -> None:
    other = sockets(zmq.XPUB)
    other.bind("tcp://127.0.0.1:*")
    process = view(other.last_endpoint.decode())
    assert other.recv() == b"\x01"
    publish(other, "INFO other", "INFO end")
    assert shown(process, "end") == ["INFO | other"]
    publish(publisher, "INFO one", "INFO end")
    assert shown(process, "end") == ["INFO | one"]


def test_it_can_bind_for_publishers_that_connect(sockets: Callable[[int], zmq.Socket], start_script: View) -> None:
    process = start_script(VIEWER, "--bind", "tcp://127.0.0.1:*")
    assert process.stderr is not None
    words = process.stderr.readline().split()
    assert words[:2] == ["bound", "to"]
    for text in ("one", "two"):
        publisher = sockets(zmq.XPUB)
        publisher.connect(words[2])
        assert publisher.recv() == b"\x01"
        publish(publisher, f"INFO {text}", "INFO end")
        assert shown(process, "end") == [f"INFO | {text}"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: URL"),
        (["nowhere"], "cannot connect to 'nowhere'"),
        (["--bind", "nowhere"], "cannot bind 'nowhere'"),
        (["-m", "LOUD", "tcp://127.0.0.1:1"], "unknown level 'LOUD': one of DEBUG,"),
        (["tcp://\udcff:1"], "surrogates not allowed"),
        (["--color=blue", "tcp://127.0.0.1:1"], "invalid choice: 'blue'"),
    ],
)
def test_wrong_arguments_are_reported(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_it_does_not_start_without_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as Python does where the descriptor is closed
    with pytest.raises(SystemExit) as ended:
        main(["tcp://127.0.0.1:1"])
    assert ended.value.code == 2
    assert "standard output is closed" in capsys.readouterr().err


def test_help_names_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["-h"])
    assert not ended.value.code
    text = capsys.readouterr().out
    for option in (
        "--topic",
        "--level",
        "--min-level",
        "--timestamp",
        "--dateformat",
        "--separator",
        "--align",
        "--color",
        "--bind",
    ):
        assert option in text


# ---- standard output


@pytest.mark.parametrize(
    ("when", "environ", "is_terminal", "color"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_when_there_are_colors(when: str, environ: dict[str, str], is_terminal: bool, color: bool) -> None:
    assert wants_color(when, environ, is_terminal=is_terminal) is color


def test_an_output_needs_no_descriptor() -> None:
    out = io.StringIO()
    prepare(out)
    assert columns(out) is None
    assert not is_pipe(out)


def test_characters_that_the_encoding_lacks_are_escaped() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n")
    prepare(out)
    out.write("caf\u00e9\n")
    assert out.buffer.getvalue() == b"caf\\xe9\n"
