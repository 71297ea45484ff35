"""The client: asks the service many questions and compares the answers with what it knows from the sink."""

from __future__ import annotations

import json
from collections.abc import Mapping

from questions import Answer, Index, Question, make_questions
from supervisor import Supervisor

import zmq

__all__ = ["ask_all"]

MOST_WORDS = 1000


def ask_all(
    context: zmq.Context, supervisor: Supervisor, endpoint: str, server_key: bytes, tally: Mapping[str, int]
) -> tuple[int, list[str]]:
    """Return how many questions were asked, and those that were answered wrongly."""
    index = Index(tally)
    asked = 0
    wrong: list[str] = []
    with context.socket(zmq.REQ) as desk:
        if server_key:
            desk.curve_serverkey = server_key  # a server without the secret key to this one is not talked to
            desk.curve_publickey, desk.curve_secretkey = zmq.curve_keypair()
        desk.connect(endpoint)
        for question in make_questions(tally, MOST_WORDS):
            if _ask(desk, supervisor, question) != index.answer(question):
                wrong.append(" ".join(question))
            asked += 1
    return asked, wrong


def _ask(desk: zmq.Socket, supervisor: Supervisor, question: Question) -> Answer:
    desk.send_json(question)
    supervisor.wait_readable(desk)
    answer: Answer = json.loads(desk.recv())
    return answer
