"""Watch the connections of a socket: monitor sockets.

libzmq connects, reconnects and drops peers in the background. It reports these events to a monitor, an ordinary PAIR
socket.
"""

from __future__ import annotations

import zmq
from zmq.utils.monitor import recv_monitor_message

NAMES = {
    int(getattr(zmq, name)): name.removeprefix("EVENT_")
    for name in dir(zmq)
    if name.startswith("EVENT_") and "ALL" not in name
}


def show_until(monitor: zmq.Socket, last_event: int) -> None:
    """Print events up to and including *last_event*."""
    event = None
    while event != last_event:
        if not monitor.poll(10_000):
            raise TimeoutError(f"waited in vain for {NAMES[last_event]}")
        message = recv_monitor_message(monitor)
        event = message["event"]
        # The value is a descriptor, an error number or a delay in milliseconds, depending on the event.
        print(f"  {NAMES.get(event, event)} value={message['value']} {message['endpoint'].decode()}")


def main() -> None:
    """Watch a server while a client connects and disconnects."""
    # Some events only: get_monitor_socket(zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED).
    with zmq.Context() as context, context.socket(zmq.REP) as server, server.get_monitor_socket() as monitor:
        server.bind("tcp://127.0.0.1:*")
        print("the server binds:")
        show_until(monitor, zmq.EVENT_LISTENING)

        with context.socket(zmq.REQ) as client:
            client.connect(server.get_string(zmq.LAST_ENDPOINT))
            print("a client connects:")
            show_until(monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)
        print("the client closes:")
        show_until(monitor, zmq.EVENT_DISCONNECTED)

        server.disable_monitor()


if __name__ == "__main__":
    main()
