"""An alias of ``zmq.eventloop.ioloop``, from the distribution zmq-eventloop."""

from zmq.eventloop.ioloop import *  # noqa: F403
