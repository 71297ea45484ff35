from zmq.backend.instances cimport Instance


# The classes that derive from these have a __weakref__ of their own: Cython clears the weak references to an object
# before the fields of the class that has that, and after those of derived classes.  The finalizers of what the fields
# refer to must not get hold of the object by a weak reference: without the GIL CPython gives them one that is dying.
cdef class Target:
    cdef void *ptr
    cdef int generation  # of the process that may use it: see waiting
    cdef bint foreign  # whether other code has made it
    cdef list pointers  # weak references to the Pointers at this Target

    cdef int describe(self) except -1
    cdef int aim(self, Pointer pointer, void *ptr) except -1
    cdef bint is_used(self) except -1
    cdef int moved(self, void *ptr) except -1


cdef class Pointer(Instance):
    cdef void *handle
    cdef void *target  # the address of the Target: for comparison only
    cdef bint dropped  # whether its finalizer has begun


cdef Target target_at(object targets, type kind, size_t address)
cdef int clear_after_fork(object targets) except -1
