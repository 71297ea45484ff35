"""The service: answers questions about the tally, encrypted with CURVE."""

from __future__ import annotations

import json

from link import Link
from questions import Index, Question
from settings import Settings, local_endpoint
from wire import Report, unpack_counts

import zmq

__all__ = ["run_service"]


def run_service(context: zmq.Context, link: Link, settings: Settings) -> None:
    """Wait for the sink's tally, then answer until the supervisor says that no more questions will come."""
    report = Report("service")
    with context.socket(zmq.PULL) as tallies, context.socket(zmq.REP) as desk:
        public = b""
        if settings.curve:
            # The secret key never leaves this process; clients need the public one only, to know whom they talk to.
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
        link.say("report", report.pack())
