cdef extern from "zmq/backend/pypy.h":
    pass


cdef class Target:
    cdef list pointers  # weak references to the Pointers at this Target
    cdef object __weakref__

    cdef int aim(self, Pointer pointer, void *ptr) except -1
    cdef int moved(self, void *ptr) except -1


cdef class Pointer:
    cdef void *handle
    cdef void *target  # the address of the Target: for comparison only
    cdef object __weakref__


cdef int clear_after_fork(object targets) except -1
