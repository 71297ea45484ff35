"""The owners of C sockets and contexts, each found by its address; and the field ``handle`` of the objects in Python.

That is the C pointer, which extensions in Cython read, as they do with pyzmq.  This project does not read it.  It is
kept in step with the C object, also if that is closed through another Python object.  It is NULL while the C object
must not be used: after it was closed, while it is inside a loop in C, and in the child of a fork.
"""
import os
from _thread import RLock
from functools import partial
from types import GenericAlias
from weakref import ref

from zmq.backend.instances cimport Instance
from zmq.backend.waiting cimport generation

_finding = RLock()  # reentrant: finalizers may run while it is held


cdef class Target:
    """The owner of a C object; updates the Pointers at it.  Its methods are called in its critical section."""

    def __cinit__(self):
        self.pointers = []

    cdef int describe(self) except -1:
        """Find out what there is to know of the C object."""
        return 0

    cdef int aim(self, Pointer pointer, void *ptr) except -1:
        """Set *pointer* to *ptr*, and update it from now on."""
        pointer.handle = ptr
        pointer.target = <void *>self
        self.pointers = [*(known for known in self.pointers if known() is not None), ref(pointer)]
        return 0

    cdef bint is_used(self) except -1:
        """Return whether a Pointer at this Target was not dropped."""
        cdef Pointer pointer
        for known in self.pointers:
            pointer = known()
            if pointer is not None and not pointer.dropped:
                return True
        return False

    cdef int moved(self, void *ptr) except -1:
        """Set every Pointer at this Target to *ptr*."""
        cdef Pointer pointer
        for known in self.pointers:
            pointer = known()
            if pointer is not None and pointer.target == <void *>self:  # else it has another Target
                pointer.handle = ptr
        return 0


cdef class Pointer(Instance):
    """The base of the classes that have a ``handle`` for extensions.  Both are generic."""

    def __class_getitem__(cls, item):
        return GenericAlias(cls, item)


cdef Target target_at(object targets, type kind, size_t address):
    """Return the Target of the C object at *address*; that of one that we did not make is foreign.

    Args:
        targets: The Targets of that *kind*, by the address.
    """
    cdef Target target
    with _finding:  # one Target for a C object
        target = targets.get(address)
        if target is None:
            target = kind.__new__(kind)
            target.ptr = <void *>address
            target.generation = generation
            target.foreign = True
            target.describe()
            targets[address] = target
    return target


cdef int clear_after_fork(object targets) except -1:
    """Set every Pointer to NULL in the child of a fork: the C objects belong to the parent.

    Args:
        targets: A mapping whose values are all Targets.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=partial(_clear, targets))
    return 0


def _clear(targets):
    cdef Target target
    for target in list(targets.values()):
        target.moved(NULL)
