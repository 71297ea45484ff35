"""Fairness: a greenlet whose operations never wait lets the other greenlets run after every hundred operations."""

from __future__ import annotations

import gevent
from gevent.hub import get_hub

__all__ = ["BUDGET", "Turn", "turn"]

BUDGET = 100
"""How many operations may succeed without waiting before the other greenlets run."""


class Turn:
    """The rest of the budget.  All threads share one, so that a thread may only yield earlier than it needs to."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Start a new turn, after other greenlets have run."""
        self.left = BUDGET

    def give_way(self) -> None:
        """Let the other greenlets run."""
        self.renew()
        if gevent.getcurrent() is not get_hub():  # callbacks of the loop cannot switch
            gevent.sleep(0)


turn = Turn()
