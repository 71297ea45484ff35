"""PyInstaller's hook for ``zmq``: modules imported by compiled modules or by a computed name, which it cannot find."""

from pkgutil import iter_modules

import zmq.backend
import zmq.utils

hiddenimports = [
    f"{package.__name__}.{module.name}"
    for package in (zmq.backend, zmq.utils)
    for module in iter_modules(package.__path__)
]
