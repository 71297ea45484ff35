"""The build backend of the repository's root: it says that the distributions are in ``packages``."""

from __future__ import annotations

_SAID = """
Nothing is installed from the root of this repository: it holds eight distributions.
    pip install ./packages/zmq-core                        sockets, and all that `import zmq` takes
    pip install ./packages/zmq-core ./packages/zmq-auth    with others, except zmq-devices
    python3 dev.py build                                   wheels of all of them, in dist; then:
    pip install --find-links dist "zmq>=28"                      everything"""


def _stop(*_: object) -> None:
    raise SystemExit(_SAID)


get_requires_for_build_wheel = get_requires_for_build_editable = get_requires_for_build_sdist = _stop
build_wheel = build_editable = build_sdist = _stop
