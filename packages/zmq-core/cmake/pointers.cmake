# Writes zmq_h.pxi, which libzmq.pyx includes: for each pointer that libzmq.pxd declares, the declaration of the function
# of zmq.h, and its assignment to the pointer. So a function of libzmq stands in one list. As a script (cmake -P) it writes
# to the working folder.
set(pxd "${CMAKE_CURRENT_LIST_DIR}/../src/zmq/backend/libzmq.pxd")
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${pxd}")
endif()
file(READ "${pxd}" declarations)
string(REGEX MATCHALL "cdef [^()]*\\(\\*zmq_[a-z0-9_]*\\)\\([^()]*\\)" pointers "${declarations}")
set(functions "from libc.stdint cimport uint8_t, uint32_t, uint64_t\n\ncdef extern from \"zmq.h\" nogil:\n")
set(assignments "")
foreach(pointer IN LISTS pointers)
  string(REGEX MATCH "^cdef (.*)\\(\\*(zmq_[a-z0-9_]*)\\)(.*)$" matched "${pointer}")
  string(APPEND functions "    ${CMAKE_MATCH_1}h_${CMAKE_MATCH_2} \"${CMAKE_MATCH_2}\"${CMAKE_MATCH_3}\n")
  string(APPEND assignments "${CMAKE_MATCH_2} = h_${CMAKE_MATCH_2}\n")
endforeach()
file(CONFIGURE OUTPUT zmq_h.pxi CONTENT "${functions}\n${assignments}" @ONLY)
