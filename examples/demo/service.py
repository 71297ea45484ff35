"""The service: answers questions about the tally, encrypted with CURVE, for clients whose keys it knows."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack

from link import Link
from news import News
from questions import Index, Question
from settings import Settings, local_endpoint
from wire import unpack_counts

import zmq
from zmq.auth.thread import ThreadAuthenticator

__all__ = ["run_service"]

logger = logging.getLogger(__name__)


def run_service(context: zmq.Context, link: Link, news: News, settings: Settings) -> None:
    """Wait for the tally of the sink, then answer until the supervisor reports the last question."""
    report = news.report
    with ExitStack() as stack:
        public = b""
        if settings.curve:
            guard = stack.enter_context(ThreadAuthenticator(context, log=logging.getLogger("guard")))
            guard.configure_curve(location=settings.certificates)
        tallies = stack.enter_context(context.socket(zmq.PULL))
        desk = stack.enter_context(context.socket(zmq.REP))
        if settings.curve:
            # The secret key never leaves this process; clients need only the public key, to verify the server.
            public, desk.curve_secretkey = zmq.curve_keypair()
            desk.curve_server = True
        tallies.bind(local_endpoint(settings.folder, "tallies"))
        desk.bind("tcp://127.0.0.1:*")
        link.meet(
            tallies=tallies.get_string(zmq.LAST_ENDPOINT),
            service=desk.get_string(zmq.LAST_ENDPOINT),
            service_key=public.decode(),
        )
        index = Index(unpack_counts(tallies.recv()))
        link.say("open")
        poller = zmq.Poller()
        poller.register(desk, zmq.POLLIN)
        poller.register(link.socket, zmq.POLLIN)
        while link.socket not in (ready := dict(poller.poll())):
            if desk in ready:
                question: Question = json.loads(desk.recv())
                report.received += 1
                desk.send_json(index.answer(question))
                report.sent += 1
        link.hear("finish")
    logger.info("answered %d questions", report.sent)
    link.say("report", report.pack())
