"""Turns: a greenlet that never has to wait lets the others run from time to time all the same."""

from __future__ import annotations

import gevent
from gevent.hub import get_hub

__all__ = ["BUDGET", "Turn", "turn"]

BUDGET = 100
"""Operations that may succeed at once before the other greenlets get their turn."""


class Turn:
    """What is left of the budget.  Threads share it, which only moves the ends of their turns."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin a new turn: other greenlets have run."""
        self.left = BUDGET

    def give_way(self) -> None:
        """Let the other greenlets run."""
        self.renew()
        if gevent.getcurrent() is not get_hub():  # callbacks of the loop cannot wait
            gevent.sleep(0)


turn = Turn()
