"""Generate the result types of ``Socket.get()`` in ``zmq/backend/options.pyi``: ``python tools/option_types.py``.

Run it with zmq-core installed in place, after a change of ``zmq/sugar/options.py``.
"""

from __future__ import annotations

from pathlib import Path

import zmq
from zmq.sugar.options import SocketOptions

STUB = Path(zmq.__file__).parent / "backend" / "options.pyi"


def literals() -> str:
    """Return the source of two type aliases: the options that hold an int, and those that hold bytes."""
    by_type: dict[str, list[str]] = {"_HoldsInt": [], "_HoldsBytes": []}
    for name in zmq.SocketOption.__members__:
        attribute = vars(SocketOptions)[name]
        if attribute.readable:
            by_type["_HoldsBytes" if "bytes" in attribute.holds else "_HoldsInt"].append(name)
    return "".join(
        f"{alias}: TypeAlias = Literal[  # noqa: PYI047  # used in socket.pyi\n"
        + "".join(f"    SocketOption.{name},\n" for name in names)
        + "]\n"
        for alias, names in by_type.items()
    )


def main() -> None:
    """Replace the aliases at the end of the stub."""
    head = STUB.read_text(encoding="utf-8").partition("_HoldsInt: ")[0]
    STUB.write_text(head + literals(), encoding="utf-8")


if __name__ == "__main__":
    main()
