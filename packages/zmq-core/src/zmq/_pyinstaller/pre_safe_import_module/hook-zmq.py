"""PyInstaller's hook before the import of ``zmq``: adds the package folders of the other distributions."""

from typing import Protocol

import zmq


class PackagePath(Protocol):
    """The argument of the hook."""

    def append_package_path(self, directory: str) -> None:
        """Add a folder to the search path of the package."""


def pre_safe_import_module(api: PackagePath) -> None:
    """Add the folders of ``zmq.__path__`` beyond that of zmq-core."""
    for folder in zmq.__path__[1:]:
        api.append_package_path(folder)
