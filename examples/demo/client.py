"""The client: shows which clients the service admits, asks questions, and compares the answers with the sink's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from questions import Answer, Index, Question, make_questions
from supervisor import Supervisor

import zmq
from zmq.auth import load_certificate
from zmq.utils.monitor import recv_monitor_message

__all__ = ["ask_all", "is_let_in"]

MOST_WORDS = 1000
DENIED = zmq.EVENT_HANDSHAKE_FAILED_AUTH
LET_IN = zmq.EVENT_HANDSHAKE_SUCCEEDED


def is_let_in(
    context: zmq.Context, supervisor: Supervisor, endpoint: str, server_key: bytes, certificate: Path
) -> bool:
    """Connect with the keys of *certificate*, and return whether the service accepts them."""
    with context.socket(zmq.REQ) as desk, desk.get_monitor_socket(DENIED | LET_IN) as events:
        _identify(desk, server_key, certificate)
        desk.connect(endpoint)
        supervisor.wait_readable(events)
        return recv_monitor_message(events)["event"] == LET_IN


def ask_all(
    context: zmq.Context,
    supervisor: Supervisor,
    endpoint: str,
    server_key: bytes,
    certificate: Path,
    tally: Mapping[str, int],
) -> tuple[int, list[str]]:
    """Return the number of questions, and the questions with a wrong answer."""
    index = Index(tally)
    asked = 0
    wrong: list[str] = []
    with context.socket(zmq.REQ) as desk:
        if server_key:
            _identify(desk, server_key, certificate)
        desk.connect(endpoint)
        for question in make_questions(tally, MOST_WORDS):
            if _ask(desk, supervisor, question) != index.answer(question):
                wrong.append(" ".join(question))
            asked += 1
    return asked, wrong


def _identify(desk: zmq.Socket, server_key: bytes, certificate: Path) -> None:
    desk.curve_serverkey = server_key  # the client refuses a server without the secret key of this public key
    desk.curve_publickey, desk.curve_secretkey = load_certificate(certificate)


def _ask(desk: zmq.Socket, supervisor: Supervisor, question: Question) -> Answer:
    desk.send_json(question)
    supervisor.wait_readable(desk)
    answer: Answer = json.loads(desk.recv())
    return answer
