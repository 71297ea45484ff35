"""The futures that wait for a socket, and the run that serves them: try; if libzmq refuses, have the loop watch it."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable
from typing import Any

import zmq
from zmq.eventloop._done import Done, Received
from zmq.eventloop._operations import IN, OUT, RCVMORE, Attempt, get, has_to_wait, recv_multipart
from zmq.eventloop._returned import Place, Returned
from zmq.eventloop._waiting import Polling, Receiving, Sending, Waiting
from zmq.eventloop._watching import Loop, Watching

__all__ = ["NOWHERE", "Queues"]

NOWHERE: Any = object()
"""Stands for a loop that never runs."""


class Queues(Watching):
    """What waits for one Python socket.

    All methods but ``take_back`` are for the thread of the loop.

    Attributes:
        receivers, senders, pollers: The futures that wait.
        delivered: The places of the messages that futures have which waited, and nobody has taken from them.
        returned: What was given back.
        received: How many receives there were.
        receives_in: The loop in which a receive need not care for others, nor for what was given back; else NOWHERE.
        sends_in: The same for sends.
        spare_done, spare_received: Futures of the loop to be used again.
    """

    __slots__ = (
        "delivered",
        "pollers",
        "received",
        "receivers",
        "receives_in",
        "returned",
        "senders",
        "sends_in",
        "spare_done",
        "spare_received",
    )

    def __init__(self, socket: zmq.Socket[Any], default: Callable[[], Loop]) -> None:
        super().__init__(socket, default)
        self.receivers: deque[Receiving] = deque()
        self.senders: deque[Sending] = deque()
        self.pollers: deque[Polling] = deque()
        self.delivered: set[Place] = set()
        self.returned = Returned()
        self.received = 0
        self.receives_in: Loop = NOWHERE
        self.sends_in: Loop = NOWHERE
        self.spare_done: Done | None = None
        self.spare_received: Received | None = None

    def is_waited_for(self) -> bool:
        """Whether a future waits."""
        return bool(self.receivers or self.senders or self.pollers)

    def waiting(self) -> list[Waiting]:
        """Return all futures that wait."""
        return [*self.receivers, *self.senders, *self.pollers]

    def changed(self) -> None:
        """Fewer may wait, or less was given back: find out which operations need not care any more."""
        loop = NOWHERE if self.loop is None else self.loop
        self.sends_in = NOWHERE if self.senders else loop
        # in this order: another thread may give something back meanwhile
        self.receives_in = loop
        # The tasks that wait for what was delivered go on in the order of their messages: a receive at once would
        # overtake them.
        if self.receivers or self.delivered or self.returned.messages or self.returned.more is not None:
            self.receives_in = NOWHERE

    def taken(self, place: Place) -> None:
        """A message that was delivered has been taken."""
        if place in self.delivered:
            self.delivered.remove(place)
            if not self.delivered:
                self.changed()

    def move(self, loop: Loop) -> None:
        """Wait in *loop* from now on."""
        super().move(loop)
        self.spare_done = self.spare_received = None
        self.changed()

    # ---- the run

    def run(self) -> None:
        """Do what can be done for those who wait, and have the rest watched; stop watching when nobody waits."""
        socket = self.socket()
        if socket is None or not self.is_waited_for():
            self.park()  # there was news, which nobody waits for: the socket may be closed
            return
        self._running = True
        try:
            watch = self.watch(socket)
            served = look_again = True
            while True:
                watch.interest = interest = self._interest()
                if not interest:
                    break
                if served:
                    ready = watch.events()  # after each operation: it may have eaten an edge
                    if self.returned.messages:
                        ready |= IN
                    if not ready & interest:
                        look_again = False
                        break
                else:
                    # It says ready and refuses: a mandatory ROUTER does, or an XPUB that is full and must not drop.
                    pause_s = watch.pause()
                    if pause_s != 0:
                        look_again = pause_s is not None
                        break
                    watch.trying = True
                    try:
                        served = self._serve(socket, interest)
                    finally:
                        watch.trying = False
                    continue
                served = self._serve(socket, ready)
                if self.pollers and self._answer_polls(watch.events()):
                    served = True
            if interest:
                self.keep_watching(watch, look_again=look_again)
            else:
                self.rest()
        except zmq.ZMQError as error:
            self.park()
            for future in self.waiting():
                future.fail(copy.copy(error))
        finally:
            self._running = False

    def run_scheduled(self) -> None:
        """Run, in the turn of those who have waited only for that: most find what they wait for, and need no Watch."""
        socket = self.socket()
        if socket is not None and self._watch is None:
            self._serve(socket, IN | OUT)
        self.run()

    def _interest(self) -> int:
        """Return the events that somebody waits for."""
        interest = IN if self.receivers else 0
        if self.senders:
            interest |= OUT
        for poller in self.pollers:
            interest |= poller.events
        return interest

    def _serve(self, socket: zmq.Socket[Any], events: int) -> bool:
        """Do what *events* promise; return whether anything was done."""
        served = False
        senders, receivers = self.senders, self.receivers
        while senders and events & OUT:
            sending = senders[0]
            try:
                result = sending.attempt(socket, *sending.arguments)
            except zmq.Again:
                break
            except Exception as error:
                sending.fail(error)
            else:
                sending.set_result(result)
            served = True
        while receivers and (events & IN or self.returned.messages):
            receiving = receivers[0]
            try:
                message, number, more = self.take(socket, receiving.attempt, receiving.arguments)
            except Exception as error:
                if has_to_wait(error):
                    break
                receiving.fail(error)
            else:
                self.delivered.add(number)
                receiving.deliver(self, message, number, more)
            served = True
            # One that nobody holds any more gives its message back here, for the next.
            del receiving
        return served

    def _answer_polls(self, events: int) -> bool:
        answered = False
        if self.returned.messages:
            events |= IN
        for poller in tuple(self.pollers):
            found = events & poller.events
            if found:
                poller.set_result(found)
                answered = True
        return answered

    # ---- messages

    def take(self, socket: zmq.Socket[Any], attempt: Attempt, arguments: tuple[Any, ...]) -> tuple[Any, Place, bool]:
        """Receive what was given back, else from the C socket.

        Returns:
            The message, its place in the order, and whether it goes on.
        """
        if self.returned.messages:
            return self.returned.take(socket, attempt, arguments)
        message = attempt(socket, *arguments)
        self.received = number = self.received + 1
        self.returned.more = None
        if attempt is recv_multipart:
            return message, number, False
        return message, number, bool(message.more if isinstance(message, zmq.Frame) else get(socket, RCVMORE))

    def take_back(self, number: Place, message: Any, more: bool) -> None:
        """Keep a message for the next receive.  Any thread: futures may be collected in any."""
        self.delivered.discard(number)
        self.returned.add(number, message, more)
        self.receives_in = NOWHERE
        if self.receivers or self.pollers:
            self.woken()
