cdef class Descriptor:
    cdef object hub
    cdef object file
    cdef object listener
    cdef object __weakref__

    cpdef object ready(self)


cdef class NestedSet:
    cdef object kernel
    cdef int number  # of its descriptor
    cdef object owner
    cdef dict watched  # by descriptor
    cdef object __weakref__

    cdef bint look(self, object cls) except -1
    cdef int _register(self, object fd, list sharing) except -1
    cdef bint _notify(self, object fd, object cls) except -1
