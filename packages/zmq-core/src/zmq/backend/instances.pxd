cdef class Instance:
    cdef dict attributes
