"""``AttributeSetter``: a base for socket-like classes of programs, with options as attributes."""

from __future__ import annotations

from typing import Any

from zmq import constants
from zmq.backend.instances import set_declared
from zmq.constants import Errno
from zmq.error import ZMQError

__all__ = ["AttributeSetter"]


class AttributeSetter:
    """Maps attributes that are named like a constant, in any letter case, to ``get()`` and ``set()``.

    Subclasses override ``get()`` and ``set()``, or ``_get_attr_opt()`` and ``_set_attr_opt()``.  An attribute that the
    class declares, by a value or an annotation, is an ordinary attribute.  ``zmq.Socket`` uses descriptors instead.
    """

    def get(self, option: int) -> Any:
        """Return the value of an option; *option* is a constant, such as zmq.LINGER.  Subclasses override this.

        Raises:
            NotImplementedError: The subclass does not override it.
        """
        raise NotImplementedError("override in subclass")

    def set(self, option: int, value: Any) -> None:
        """Set an option to *value*; *option* is a constant, such as zmq.LINGER.  Subclasses override this.

        Raises:
            NotImplementedError: The subclass does not override it.
        """
        raise NotImplementedError("override in subclass")

    def _get_attr_opt(self, name: str, opt: int) -> Any:
        try:
            return self.get(opt)
        except ZMQError as error:
            if error.errno not in (Errno.EINVAL, Errno.EFAULT):
                raise
            raise AttributeError(f"{name} attribute is write-only") from None

    def _set_attr_opt(self, name: str, opt: int, value: Any) -> None:  # noqa: ARG002  # overridden by programs
        self.set(opt, value)

    def __getattr__(self, key: str) -> Any:
        return self._get_attr_opt(key.upper(), self._option(key))

    __setattr__ = set_declared

    def _set_by_name(self, name: str, value: Any) -> None:
        self._set_attr_opt(name.upper(), self._option(name), value)

    def _option(self, key: str) -> int:
        option = getattr(constants, key.upper(), None)
        if not isinstance(option, int):
            raise AttributeError(f"{type(self).__name__} has no such option: {key.upper()}")  # noqa: TRY004
        return option
