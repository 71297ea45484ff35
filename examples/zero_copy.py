"""Send and receive large messages without copying them.

With ``copy=False`` libzmq reads straight from the object's memory, so do not write to it until the tracker says that
libzmq is done. A received Frame lends its memory in turn, for as long as the frame or a view of it lives.
"""

from __future__ import annotations

import zmq

SIZE = 64 * 1024 * 1024


def main() -> None:
    """Send 64 MiB twice from the same memory."""
    block = bytearray(SIZE)
    with zmq.Context() as context, context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.get_string(zmq.LAST_ENDPOINT))

        for text in (b"first", b"second"):
            block[: len(text)] = text
            # Tracking costs a little, so it has to be asked for.
            tracker = push.send(block, copy=False, track=True)
            print(f"sent {len(block):,} bytes; may we write to them already? {tracker.done}")

            frame = pull.recv(copy=False)
            view = frame.buffer  # a memoryview of libzmq's own memory; frame.bytes would be a copy
            print(f"received {len(view):,} bytes that begin with {bytes(view[: len(text)])!r}")

            try:
                tracker.wait(timeout=10)  # seconds
            except zmq.NotDone:
                print("libzmq still reads from our memory")
            print(f"and now? {tracker.done}")

        # Below this size copying is cheaper than lending, and copy=False copies all the same.
        print(f"messages below {zmq.COPY_THRESHOLD:,} bytes are copied anyway")


if __name__ == "__main__":
    main()
