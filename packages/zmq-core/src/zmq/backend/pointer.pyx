"""The field ``handle`` of sockets and contexts: the C pointer that extensions in Cython read, as they do with pyzmq.

Nothing in this project reads it.  It follows the C object, also when that is closed through another Python object: NULL
while the C object must not be used, which is when it is closed, when it is inside a loop in C, and after fork.
"""
import os
from functools import partial
from weakref import ref


cdef class Target:
    """What owns a C object that Pointers point at."""

    def __cinit__(self):
        self.pointers = []

    cdef int aim(self, Pointer pointer, void *ptr) except -1:
        """Let *pointer* show *ptr* from now on, and follow it."""
        pointer.handle = ptr
        pointer.target = <void *>self
        self.pointers = [*(known for known in self.pointers if known() is not None), ref(pointer)]
        return 0

    cdef int moved(self, void *ptr) except -1:
        """Let every Pointer that was aimed here show *ptr*."""
        cdef Pointer pointer
        for known in self.pointers:
            pointer = known()
            if pointer is not None and pointer.target == <void *>self:  # else it was initialised again
                pointer.handle = ptr
        return 0


cdef class Pointer:
    """Base of what extensions ask for its ``handle``."""


cdef int clear_after_fork(object targets) except -1:
    """Let no Pointer in a forked child show a C object of its parent's.

    Args:
        targets: A mapping with every Target as a value.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=partial(_clear, targets))
    return 0


def _clear(targets):
    cdef Target target
    for target in list(targets.values()):
        target.moved(NULL)
