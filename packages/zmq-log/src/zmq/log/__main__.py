"""``python -m zmq.log URL``: show log messages as they come.

Ends on Ctrl-C with status 130, and with 0, quietly, when the program that reads its output has gone; with 2 when it
cannot start, and with 1 when its output cannot be written, to a full disk for one.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TextIO

import zmq
from zmq.log._lines import Style, Wanted, parse, plain, render
from zmq.log._terminal import columns, is_pipe, prepare, wants_color
from zmq.log.topics import LEVELS, level_number

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the viewer.

    Args:
        argv: The arguments; None takes the command line's.

    Returns:
        The exit status.
    """
    parser = _parser()
    # Without a value --color is complete, and must not take the URL that follows it for one.
    arguments = sys.argv[1:] if argv is None else argv
    options = parser.parse_args(["--color=always" if argument == "--color" else argument for argument in arguments])
    out = sys.stdout
    if out is None:
        parser.error("standard output is closed: there is nowhere to show messages")
    prepare(out)
    try:
        with zmq.Context() as context, context.socket(zmq.SUB) as socket:
            for topic in options.topic or [""]:
                socket.subscribe(topic.encode("utf-8", "surrogateescape"))  # arguments may be no UTF-8, as topics may
            try:
                _open(socket, options.url, bind=options.bind)
            except (zmq.ZMQError, UnicodeError) as error:  # arguments may be no UTF-8, as endpoints must
                parser.error(str(error))
            _show(socket, out, options)
    except KeyboardInterrupt:
        if out.isatty():
            out.write("\n")  # after the ^C
        return 130
    except OSError as error:  # in writing: libzmq has errors of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # for what is left in its buffer
        if not isinstance(error, BrokenPipeError):
            print(f"{parser.prog}: cannot show messages: {error.strerror}", file=sys.stderr)
            return 1
    return 0


def _open(socket: zmq.Socket, endpoints: Sequence[str], *, bind: bool) -> None:
    for endpoint in endpoints:
        if bind:
            socket.bind(endpoint)
            print("bound to", socket.last_endpoint.decode(), file=sys.stderr, flush=True)
        else:
            socket.connect(endpoint)


def _show(socket: zmq.Socket, out: TextIO, options: argparse.Namespace) -> None:
    """Show what *socket* receives, until interrupted, or until the reader of *out* has gone."""
    wanted = Wanted(options.level, options.min_level)
    style = Style(options.separator, wants_color(options.color, os.environ, is_terminal=out.isatty()))
    width = 0
    for frames in _receive(socket, out):
        message = parse(frames, wanted.names)
        if message not in wanted:
            continue
        if options.align:
            room = columns(out)
            width = max(width, len(plain(message.topic)))
            if room is not None:
                width = min(width, room // 3)  # one long topic must not push all texts out of the window
        now = time.strftime(options.dateformat) if options.timestamp else ""
        out.write(render(message, style, time=now, width=width))


def _receive(socket: zmq.Socket, out: TextIO) -> Iterator[list[bytes]]:
    """Yield the messages that *socket* receives.

    Raises:
        BrokenPipeError: *out* is a pipe, and its reader has gone.
    """
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    if is_pipe(out):
        poller.register(out, zmq.POLLERR)
    while True:
        if any(ready is not socket for ready, _ in poller.poll()):
            raise BrokenPipeError
        yield socket.recv_multipart()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m zmq.log",
        description="Show log messages that are published with zmq.log.handlers.PUBHandler, as they come.",
        epilog="Control characters in messages are shown as escapes. Lines that continue a message are indented.",
    )
    add = parser.add_argument
    add("url", nargs="+", metavar="URL", help="where messages are published, such as tcp://127.0.0.1:5555")
    add("--bind", action="store_true", help="bind to the URLs, for publishers that connect")
    group = parser.add_argument_group("what to show")
    add = group.add_argument
    add("-t", "--topic", action="append", help="only topics that begin with this; may be repeated")
    add("-l", "--level", action="append", type=_level_name, default=[], help="only this level; may be repeated")
    add("-m", "--min-level", type=_level, default=0, metavar="LEVEL", help="only this level and those above it")
    group = parser.add_argument_group("how to show it")
    add = group.add_argument
    add("--timestamp", action="store_true", help="put the local time of arrival in front")
    add("--dateformat", default="%Y-%m-%d %H:%M:%S", metavar="FORMAT", help="its format, as for strftime")
    add("--separator", default=" | ", help="between topic and message (default: %(default)r)")
    add("--align", action="store_true", help="align messages by the longest topic so far")
    add(
        "--color",
        choices=["auto", "always", "never"],
        default="auto",
        metavar="{auto,always,never}",
        help="colour by level; auto (the default) does so in a terminal unless NO_COLOR is set; "
        "--color alone is --color=always",
    )
    return parser


def _level_name(name: str) -> str:
    """Return the name of a level as it is in topics."""
    if name.upper() in LEVELS:
        return name.upper()
    return f"Level {name}" if name.isdigit() else name


def _level(name: str) -> int:
    number = level_number(name)
    if number is None:
        raise argparse.ArgumentTypeError(f"unknown level {name!r}: one of {', '.join(LEVELS)}, or a number")
    return number


if __name__ == "__main__":
    sys.exit(main())
