from libc.stdint cimport int64_t

from zmq.backend.waiting cimport Waker, core_pollfd


cdef class DescriptorSet:
    cdef dict masks  # descriptor: what is asked of it, as PollEvent flags
    cdef set files  # those of them that the program may close unseen: all but those of libzmq's sockets
    cdef object kernel  # the kernel's own set; None while poll(2) does
    cdef dict refused  # what the kernel's set cannot hold, with what poll(2) would say: regular files, closed ones
    cdef bint misled  # whether the kernel's set may hold files that were closed here
    cdef list retired  # kernel's sets that other threads still sleep on
    cdef int asked  # how often with poll(2)
    cdef int64_t number  # of the kernel's set: another one each time, while descriptors' numbers are used again
    cdef int64_t used  # when the kernel's set was asked last, in questions of the process
    cdef long asleep  # how many wait; atomic
    cdef Waker waker
    cdef int generation
    cdef object __weakref__

    cdef int put(self, object fd, int mask, bint is_file) except -1
    cdef int remove(self, object fd) except -1
    cdef int recheck(self) except -1
    cdef list ask(self, int64_t left)
    cdef int fall_asleep(self) except -1
    cdef int wake_up(self) except -1
    cdef bint can_be_woken(self) noexcept
    cdef int wake(self) except -1
    cdef object fileno(self)
    cdef int close(self) except -1


cdef int to_bits(int mask) noexcept

cdef int from_bits(int bits) noexcept

cdef int poll_now(core_pollfd *fds, unsigned long count, int timeout_ms) except -1

cdef int descriptor_of(object pollable) except? -1
