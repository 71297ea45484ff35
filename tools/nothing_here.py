"""The build backend of the root folder: it fails with a message that names the folders of the distributions."""

from __future__ import annotations

_SAID = """
The root of this repository cannot be installed: it contains eight distributions.
    pip install ./packages/zmq-core                        sockets: everything that `import zmq` needs
    pip install ./packages/zmq-core ./packages/zmq-auth    with extensions, except zmq-devices
    python3 dev.py build                                   wheels of all distributions in dist; then:
    pip install --find-links dist "zmq>=28"                      everything"""


def _stop(*_: object) -> None:
    raise SystemExit(_SAID)


get_requires_for_build_wheel = get_requires_for_build_editable = get_requires_for_build_sdist = _stop
build_wheel = build_editable = build_sdist = _stop
