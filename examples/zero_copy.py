"""Send and receive large messages without copying them.

With ``copy=False`` libzmq reads the memory of the object directly, so do not write to it before the tracker is done.
The memory of a received Frame is valid as long as the Frame or a view of it exists.
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
            # Tracking has a small cost, so it must be requested.
            tracker = push.send(block, copy=False, track=True)
            print(f"sent {len(block):,} bytes; may we write to them already? {tracker.done}")

            frame = pull.recv(copy=False)
            view = frame.buffer  # a memoryview of libzmq's memory; frame.bytes would be a copy
            print(f"received {len(view):,} bytes that begin with {bytes(view[: len(text)])!r}")

            try:
                tracker.wait(timeout=10)  # seconds
            except zmq.NotDone:
                print("libzmq still reads from our memory")
            print(f"and now? {tracker.done}")

        # Below this size copying is cheaper than pinning, and copy=False copies nevertheless.
        print(f"messages below {zmq.COPY_THRESHOLD:,} bytes are copied anyway")


if __name__ == "__main__":
    main()
