# Finds or builds libzmq: the first of
#   1. ZMQ_PREFIX   an installation prefix (include/zmq.h, lib/libzmq.*)
#   2. system       what pkg-config knows as libzmq, 4.3.4 or later
#   3. bundled      a static build of pinned upstream sources, see bundle.cmake
# ZMQ_BUNDLE=1 goes straight to 3, ZMQ_BUNDLE=0 forbids it. Each is a CMake variable or comes from the environment.
#
# Provides the targets zmq (headers and library, for backend/libzmq only), zmq_headers (for all other modules), and
# LIBZMQ_LINK, LIBZMQ_DESCRIPTION, LIBZMQ_H, LIBZMQ_H_VERSION, LIBZMQ_DRAFTS.
foreach(var ZMQ_PREFIX ZMQ_BUNDLE ZMQ_DRAFTS LIBZMQ_SOURCE LIBSODIUM_SOURCE)
  if(NOT DEFINED ${var} AND NOT "$ENV{${var}}" STREQUAL "")
    set(${var} "$ENV{${var}}")
  endif()
endforeach()

add_library(zmq INTERFACE)
add_library(zmq_headers INTERFACE)
target_link_libraries(zmq INTERFACE zmq_headers)
set(oldest 4.3.4) # the oldest that the tests have passed on; also in backend/libzmq.pyx

if(ZMQ_PREFIX)
  set(LIBZMQ_LINK prefix)
  cmake_path(ABSOLUTE_PATH ZMQ_PREFIX BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  find_file(LIBZMQ_H zmq.h PATHS "${ZMQ_PREFIX}/include" NO_DEFAULT_PATH NO_CACHE)
  find_library(LIBZMQ_DESCRIPTION NAMES zmq libzmq PATHS "${ZMQ_PREFIX}/lib" "${ZMQ_PREFIX}/lib64"
    PATH_SUFFIXES "${CMAKE_LIBRARY_ARCHITECTURE}" NO_DEFAULT_PATH NO_CACHE)
  foreach(found LIBZMQ_H LIBZMQ_DESCRIPTION)
    if(NOT ${found})
      stop("zmq-core cannot be built: ZMQ_PREFIX is ${ZMQ_PREFIX}, but there is no include/zmq.h or no lib/libzmq.*")
    endif()
  endforeach()
  set(library "${LIBZMQ_DESCRIPTION}")
elseif(NOT ZMQ_BUNDLE)
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    unset(__pkg_config_checked_LIBZMQ CACHE) # check again: PKG_CONFIG_PATH may have changed since the last build
    pkg_check_modules(LIBZMQ QUIET IMPORTED_TARGET libzmq>=${oldest})
    if(NOT LIBZMQ_FOUND)
      unset(__pkg_config_checked_LIBZMQ_OF_ANY_AGE CACHE)
      pkg_check_modules(LIBZMQ_OF_ANY_AGE QUIET libzmq)
    endif()
  endif()
  if(LIBZMQ_FOUND)
    set(LIBZMQ_LINK system)
    pkg_get_variable(include libzmq includedir)
    find_file(LIBZMQ_H zmq.h HINTS ${LIBZMQ_INCLUDE_DIRS} ${include} NO_CACHE)
    list(JOIN LIBZMQ_LINK_LIBRARIES " " LIBZMQ_DESCRIPTION)
    if(NOT LIBZMQ_H)
      stop("zmq-core cannot be built: pkg-config knows libzmq ${LIBZMQ_VERSION}, but there is no zmq.h in "
        "${LIBZMQ_INCLUDE_DIRS} ${include}. Install its development files (Debian: libzmq3-dev, Fedora: zeromq-devel).")
    endif()
    if(CMAKE_C_COMPILER)
      set(library PkgConfig::LIBZMQ)
    endif()
  endif()
endif()

set(wanted "libzmq ${oldest} or later with its header files")
if(LIBZMQ_OF_ANY_AGE_FOUND)
  message(STATUS "the system's libzmq ${LIBZMQ_OF_ANY_AGE_VERSION} is too old: ${oldest} is the oldest that is supported")
  string(APPEND wanted " (the ${LIBZMQ_OF_ANY_AGE_VERSION} here is too old)")
endif()
set(libzmq_packages DEBIAN libzmq3-dev pkg-config FEDORA zeromq-devel pkgconf-pkg-config MACOS "brew install zeromq pkgconf")
if(NOT LIBZMQ_LINK AND DEFINED ZMQ_BUNDLE AND NOT ZMQ_BUNDLE)
  lack("${wanted}, known to pkg-config (ZMQ_BUNDLE=0 forbids to build one)" ${libzmq_packages}
    OTHERWISE "or name its installation prefix in ZMQ_PREFIX.")
elseif(NOT LIBZMQ_LINK)
  set(LIBZMQ_LINK bundled)
  check_language(CXX)
  named(CXX)
  if(NOT CMAKE_CXX_COMPILER AND ZMQ_BUNDLE)
    lack("a C++ compiler, to build the bundled libzmq${named}" DEBIAN g++ FEDORA gcc-c++ MACOS "xcode-select --install"
      WINDOWS "${visual_studio}")
  elseif(NOT CMAKE_CXX_COMPILER)
    lack("${wanted}, known to pkg-config" ${libzmq_packages}
      WINDOWS "${visual_studio}"
      OTHERWISE "With a C++ compiler (g++) instead, the build makes a libzmq of its own.")
  else()
    enable_language(CXX)
    unfit(unfit CXX "#include <atomic>
      int main() { std::atomic<int> one{1}; auto more = [&] { return one.load(); }; return more(); }")
    if(unfit)
      lack("a C++ compiler that knows C++11, such as g++ 5, clang 3.6 or Visual Studio 2019, or later${unfit}"
        DEBIAN g++ FEDORA gcc-c++ MACOS "xcode-select --install" WINDOWS "${visual_studio}")
    endif()
  endif()
endif()
stop_if_lacking()

if(LIBZMQ_LINK STREQUAL "bundled")
  include("${CMAKE_CURRENT_LIST_DIR}/bundle.cmake")
else()
  target_link_libraries(zmq INTERFACE "${library}")
endif()

cmake_path(GET LIBZMQ_H PARENT_PATH include)
target_include_directories(zmq_headers INTERFACE "${include}")
file(STRINGS "${LIBZMQ_H}" lines REGEX "define ZMQ_VERSION_(MAJOR|MINOR|PATCH)")
string(REGEX REPLACE "[^0-9]+" "." LIBZMQ_H_VERSION "${lines}")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" LIBZMQ_H_VERSION "${LIBZMQ_H_VERSION}")
if(LIBZMQ_H_VERSION VERSION_LESS oldest)
  stop("zmq-core cannot be built: it needs libzmq ${oldest} or later, but ${LIBZMQ_H} is ${LIBZMQ_H_VERSION}")
endif()

# Checks for the draft functions by linking: the header always declares them.
if(LIBZMQ_LINK STREQUAL "bundled")
  set(LIBZMQ_DRAFTS "${ZMQ_DRAFTS}")
else()
  include(CheckCSourceCompiles)
  string(MAKE_C_IDENTIFIER "drafts_${LIBZMQ_DESCRIPTION}_${LIBZMQ_H_VERSION}" drafts) # a cache entry for each libzmq
  set(CMAKE_REQUIRED_INCLUDES "${include}")
  set(CMAKE_REQUIRED_LIBRARIES "${library}") # not the target zmq: a trial build would take it for the system's -lzmq
  set(CMAKE_REQUIRED_QUIET ON)
  check_c_source_compiles("
    #define ZMQ_BUILD_DRAFT_API
    #include <zmq.h>
    int main(void) {
      return zmq_join(0, 0) + zmq_connect_peer(0, 0) + zmq_socket_monitor_versioned(0, 0, 0, 2, 0)
        + zmq_socket_monitor_pipes_stats(0) + zmq_socket_get_peer_state(0, 0, 0);
    }" ${drafts})
  set(LIBZMQ_DRAFTS "${${drafts}}")
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
endif()
if(LIBZMQ_DRAFTS)
  set(LIBZMQ_DRAFTS True)
  target_compile_definitions(zmq INTERFACE ZMQ_BUILD_DRAFT_API)
else()
  set(LIBZMQ_DRAFTS False)
endif()
message(STATUS "libzmq ${LIBZMQ_H_VERSION}: ${LIBZMQ_LINK}, ${LIBZMQ_DESCRIPTION}, draft API: ${LIBZMQ_DRAFTS}")
