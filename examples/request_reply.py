"""Ask and answer in lock-step: REQ and REP.

REQ sends a request and then must receive the reply; REP the other way round. The client can connect and send before the
server exists: the request waits in the queue of the client.
"""

from __future__ import annotations

import threading

import zmq


def serve(server: zmq.Socket) -> None:
    """Reply with the request in capitals, until a request is empty."""
    with server:
        while request := server.recv_string():
            server.send_string(request.upper())
        server.send_string("goodbye")


def main() -> None:
    """Run the server in a thread, over tcp as on another machine."""
    with zmq.Context() as context:
        server = context.socket(zmq.REP)
        server.bind("tcp://127.0.0.1:*")  # any free port: see socket.last_endpoint
        endpoint = server.get_string(zmq.LAST_ENDPOINT)
        # Any thread may use a socket; simultaneous calls run one after the other.
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()

        with context.socket(zmq.REQ) as client:
            client.connect(endpoint)
            for request in ("hello", "how are you?", ""):
                client.send_string(request)
                print(f"{request!r} -> {client.recv_string()!r}")
        thread.join()


if __name__ == "__main__":
    main()
