"""The main function of each process."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import parent_process

from broker import run_broker
from link import Link
from news import News
from service import run_service
from settings import Settings
from sink import run_sink
from source import run_source
from worker import run_worker

import zmq

__all__ = ["play"]


def play(name: str, settings: Settings) -> None:
    """Run the role called *name* until its work is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the supervisor ends its children
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    with (
        zmq.Context() as context,
        Link(context, settings.control, name) as link,
        News(context, settings.news, name) as news,
    ):
        if name == "source":
            run_source(context, link, news, settings)
        elif name == "broker":
            run_broker(context, link, news)
        elif name == "sink":
            run_sink(context, link, news, settings)
        elif name == "service":
            run_service(context, link, news, settings)
        else:
            run_worker(context, link, news, number=int(name.removeprefix("worker-")))


def _exit_with_parent() -> None:
    """End this process when the supervisor has ended in any way: no other process would end it."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
