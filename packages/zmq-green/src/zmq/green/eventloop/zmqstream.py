"""An alias of ``zmq.eventloop.zmqstream``, from the distribution zmq-eventloop."""

from zmq.eventloop.zmqstream import *  # noqa: F403
