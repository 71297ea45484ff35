"""``python -m zmq.log URL``: print log messages as they arrive.

Exit status: 130 after Ctrl-C; 0 when the reader of a pipe has closed it; 1 when the output cannot be written, such as
to a full disk; 2 when the arguments are wrong or an endpoint cannot be used.
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
        argv: The arguments; None reads them from the command line.

    Returns:
        The exit status.
    """
    parser = _parser()
    # "--color URL" is "--color=always URL": argparse would take the URL for the value.
    arguments = sys.argv[1:] if argv is None else argv
    options = parser.parse_args(["--color=always" if argument == "--color" else argument for argument in arguments])
    out = sys.stdout
    if out is None:
        parser.error("cannot print messages: standard output is closed")
    prepare(out)
    try:
        with zmq.Context() as context, context.socket(zmq.SUB) as socket:
            for topic in options.topic or [""]:
                socket.subscribe(topic.encode("utf-8", "surrogateescape"))  # neither need be UTF-8
            try:
                _open(socket, options.url, bind=options.bind)
            except (zmq.ZMQError, UnicodeError) as error:  # UnicodeError: an argument that is not UTF-8
                parser.error(str(error))
            _show(socket, out, options)
    except KeyboardInterrupt:
        if out.isatty():
            out.write("\n")  # the terminal has echoed ^C
        return 130
    except OSError as error:  # from writing: errors of libzmq are ZMQError
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # so that flushing the buffer at exit succeeds
        if not isinstance(error, BrokenPipeError):
            print(f"{parser.prog}: cannot print messages: {error.strerror}", file=sys.stderr)
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
    """Print the messages that *socket* receives, until interrupted or until the reader of *out* closes it."""
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
                width = min(width, room // 3)  # a single long topic must not push all messages out of the window
        now = time.strftime(options.dateformat) if options.timestamp else ""
        out.write(render(message, style, time=now, width=width))


def _receive(socket: zmq.Socket, out: TextIO) -> Iterator[list[bytes]]:
    """Yield the messages that *socket* receives.

    Raises:
        BrokenPipeError: *out* is a pipe, and its reader has closed it.
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
        description="Print the log messages that zmq.log.handlers.PUBHandler publishes, as they arrive.",
        epilog="Control characters in messages are escaped. Lines that continue a message are indented.",
    )
    add = parser.add_argument
    add("url", nargs="+", metavar="URL", help="endpoint of a publisher, such as tcp://127.0.0.1:5555")
    add("--bind", action="store_true", help="bind to the URLs, for publishers that connect")
    group = parser.add_argument_group("filters")
    add = group.add_argument
    add("-t", "--topic", action="append", help="only topics with this prefix; may be repeated")
    add("-l", "--level", action="append", type=_level_name, default=[], help="only this level; may be repeated")
    add("-m", "--min-level", type=_level, default=0, metavar="LEVEL", help="only this level and those above it")
    group = parser.add_argument_group("format")
    add = group.add_argument
    add("--timestamp", action="store_true", help="print the local time of arrival before each message")
    add("--dateformat", default="%Y-%m-%d %H:%M:%S", metavar="FORMAT", help="its format, as for strftime")
    add("--separator", default=" | ", help="between topic and message (default: %(default)r)")
    add("--align", action="store_true", help="align messages by the longest topic so far")
    add(
        "--color",
        choices=["auto", "always", "never"],
        default="auto",
        metavar="{auto,always,never}",
        help="colour messages by level; auto (the default) means in a terminal unless NO_COLOR is set; "
        "--color means --color=always",
    )
    return parser


def _level_name(name: str) -> str:
    """Return the spelling of a level's name in topics."""
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
