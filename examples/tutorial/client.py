"""Step 3: a client that retries if it gets no reply."""

import sys

import zmq

TIMEOUT_MS = 2_000
TRIES = 5


def ask(context: zmq.Context, endpoint: str, name: str) -> str:
    """Return the reply; raise TimeoutError if no attempt got one."""
    for number in range(1, TRIES + 1):
        with context.socket(zmq.REQ) as client:
            client.linger = 0  # discard a request without a reply
            client.connect(endpoint)
            client.send_string(name)
            if client.poll(TIMEOUT_MS):
                return client.recv_string()
        print(f"no answer (try {number})", file=sys.stderr)
    raise TimeoutError(f"{endpoint} does not answer")


if __name__ == "__main__":
    with zmq.Context() as context:
        for name in sys.argv[2:] or ["World"]:
            print(ask(context, sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555", name))
