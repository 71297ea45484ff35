cdef int fail(int errno, str what) except -1
cdef int again() except -1
cdef int check(int rc, str what) except -1
cdef bint interrupted(int rc) except -1
cdef str name_of(object members, int number)
