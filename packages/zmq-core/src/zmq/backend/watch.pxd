from zmq.backend.handle cimport Handle, Watcher
from zmq.backend.socket cimport Socket


cdef class Watch(Watcher):
    cdef Handle handle
    cdef object callback
    cdef bint told
    cdef bint looked_ready
    cdef int refused_events  # they looked ready and were refused; the loop looks again a little later
    cdef long trying_in  # the thread; 0 while none tries
    # The events that are waited for; 0 while nothing waits.
    cdef public int interest
    # Whether the socket was closed, or entered a loop in C: stop watching fd at once, another file may get its number.
    cdef readonly bint lost
    cdef object __weakref__

    cdef void call(self) noexcept
    cpdef int events(self) except -1
    cpdef int begin_try(self) except -1
    cpdef int end_try(self) except -1
    cdef bint alone(self) except -1
    cdef bint sleep_refused(self) except -1
    cpdef int close(self) except -1


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
    cdef bint call_in_thread(self, tuple call) except -1
    cdef Watch watched(self, Socket socket)
    cdef int keep_watching(self, bint look_again) except -1
    cdef int park(self) except -1


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
