from zmq.backend.socket cimport Socket
from zmq.backend.watch cimport Watch


cdef class Link:
    cdef object loop
    cdef object hub
    cdef object engine  # a weak reference
    cdef object running_loop
    cdef object default_loop
    cdef object hub_of
    cdef Watch watch
    cdef object reading
    cdef object late
    cdef bint scheduled

    cdef object choose(self)
    cdef int join(self, object loop) except -1
    cdef bint is_here(self) except -1
    cdef bint in_thread(self) except -1
    cdef bint takes_calls(self) except -1
    cdef int schedule(self, object function) except -1
    cdef int call_in_thread(self, object function) except -1
    cdef Watch watched(self, Socket socket)
    cdef int keep_watching(self, bint look_again) except -1
    cdef int park(self) except -1
