"""A pool of gevent workers behind one address: ROUTER and DEALER, joined by a proxy, all in one thread.

While one worker waits, here only for a timer, the other workers run. More workers can be started, in this process or
in other processes: the proxy distributes the requests among all of them.
"""

from __future__ import annotations

from contextlib import suppress

import gevent

import zmq.green as zmq

WORKERS = 3
CLIENTS = 4
QUESTIONS = 5


def work(context: zmq.Context, name: str) -> None:
    """Reply to requests until the context is terminated."""
    with context.socket(zmq.REP) as socket:
        socket.connect("inproc://workers")
        with suppress(zmq.ContextTerminated):
            while True:
                number = int(socket.recv())
                gevent.sleep(0.001 * number)  # ask a database, fetch a page, ...
                socket.send_multipart([b"%d" % (number * number), name.encode()])


def ask(context: zmq.Context, endpoint: str) -> list[tuple[int, str]]:
    """Send requests, one after the other; return the replies, with the name of the worker."""
    answers = []
    with context.socket(zmq.REQ) as socket:
        socket.connect(endpoint)
        for number in range(QUESTIONS):
            socket.send(b"%d" % number)
            answer, name = socket.recv_multipart()
            answers.append((int(answer), name.decode()))
    return answers


def deal(frontend: zmq.Socket, backend: zmq.Socket) -> None:
    """Pass requests and replies until the context is terminated."""
    with frontend, backend, suppress(zmq.ContextTerminated):
        zmq.proxy(frontend, backend)


def main() -> None:
    """Run the pool and its clients."""
    context = zmq.Context()
    frontend, backend = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    port = frontend.bind_to_random_port("tcp://127.0.0.1")
    backend.bind("inproc://workers")
    gevent.spawn(deal, frontend, backend)
    for number in range(1, WORKERS + 1):
        gevent.spawn(work, context, f"worker-{number}")

    clients = [gevent.spawn(ask, context, f"tcp://127.0.0.1:{port}") for _ in range(CLIENTS)]
    answers = [answer for client in gevent.joinall(clients, raise_error=True) for answer in client.get()]
    context.term()  # the greenlets get ContextTerminated, and close their sockets
    print(f"{len(answers)} answers; their sum is {sum(answer for answer, _ in answers)}")
    print("from", ", ".join(sorted({name for _, name in answers})))


if __name__ == "__main__":
    main()
