"""PyInstaller's hook before the import of ``zmq``: adds the package folders of the other distributions."""

from typing import Any

import zmq


def pre_safe_import_module(api: Any) -> None:
    """Add the folders of ``zmq.__path__`` beyond that of zmq-core."""
    for folder in zmq.__path__[1:]:
        api.append_package_path(folder)
