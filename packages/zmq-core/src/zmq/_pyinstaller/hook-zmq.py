"""PyInstaller's hook for ``zmq``: what it cannot see, for it is imported in compiled modules, or by a computed name."""

from pkgutil import iter_modules

import zmq.backend
import zmq.utils

hiddenimports = [
    f"{package.__name__}.{module.name}"
    for package in (zmq.backend, zmq.utils)
    for module in iter_modules(package.__path__)
]
