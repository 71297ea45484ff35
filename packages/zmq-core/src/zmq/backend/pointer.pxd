cdef class Target:
    cdef list pointers  # weak references to the Pointers at it
    cdef object __weakref__

    cdef int aim(self, Pointer pointer, void *ptr) except -1
    cdef int moved(self, void *ptr) except -1


cdef class Pointer:
    cdef void *handle
    cdef void *target  # of the Target: to compare with, not to use
    cdef object __weakref__


cdef int clear_after_fork(object targets) except -1
