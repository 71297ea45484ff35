"""The demo: count the words of many files with several processes, and prove that no message was lost.

    source --tcp--> broker --tcp--> workers --ipc--> sink --ipc--> service <--tcp, CURVE--> client
           PUSH/PULL  |    PUSH/PULL        PUSH/PULL     PUSH/PULL    |      REQ/REP
                  monitored queue                                authenticator

All processes publish their progress and logs (XPUB/SUB, ipc). The process started here is the supervisor
(ROUTER/DEALER, ipc), the viewer and the client. ``conduct.py`` describes a run; each role has a file.
"""

from __future__ import annotations

import argparse
import signal
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

from conduct import conduct
from crew import DemoFailed
from settings import Settings
from summary import print_summary

import zmq

EXIT_INTERRUPTED = 130  # the convention of shells: 128 + SIGINT


def main() -> int:
    """Run the demo and return its exit status: 0 only if nothing was lost."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the default skips the clean-up
    options = _parse()
    print(f"zmq {zmq.__version__}, libzmq {zmq.zmq_version()}, Python {sys.version.split()[0]}", flush=True)
    try:
        # Holds all files of the run, and is removed afterwards.
        with TemporaryDirectory(prefix="zmq-demo-") as folder:
            outcome = conduct(
                Settings(
                    path=options.path,
                    messages=options.messages,
                    workers=options.workers,
                    curve=not options.no_curve and zmq.has("curve"),
                    folder=folder,
                )
            )
    except DemoFailed as failure:
        print(f"\nFAILED: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted: all processes ended.", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0 if print_summary(outcome) else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Count words with many processes, and prove that no message was lost.")
    parser.add_argument("--workers", type=_positive, default=2, metavar="N", help="worker processes (%(default)s)")
    parser.add_argument(
        "--path", type=_existing, default=sysconfig.get_path("stdlib"), help="file or folder of text (%(default)s)"
    )
    parser.add_argument(
        "--messages", type=_positive, default=300_000, metavar="N", help="send this many lines at most (%(default)s)"
    )
    parser.add_argument("--no-curve", action="store_true", help="do not encrypt questions and answers")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return number


def _existing(text: str) -> str:
    if not Path(text).exists():
        raise argparse.ArgumentTypeError(f"there is no {text!r}")
    return text


if __name__ == "__main__":
    sys.exit(main())
