# A static libzmq with libsodium (for CURVE), from pinned sources, as part of this build: one ninja graph, the caller's
# compilers and flags, no autotools. LIBZMQ_SOURCE and LIBSODIUM_SOURCE name a local tarball or an unpacked directory.
set(libsodium_URL https://download.libsodium.org/libsodium/releases/libsodium-1.0.20.tar.gz)
set(libsodium_SHA256 ebb65ef6ca439333c2bb41a0c1990587288da07f6c7fd07cb3a18cc18d30ce19)
set(libzmq_URL https://github.com/zeromq/libzmq/releases/download/v4.3.5/zeromq-4.3.5.tar.gz)
set(libzmq_SHA256 6653ef5910f17954861fe72332e68b03ca6e4d9c7160eb3a8de5a5a913bfab43)

# fetch(NAME VARIABLE): sets NAME_DIR to the unpacked sources: those in VARIABLE, or the release.
function(fetch name variable)
  set(local "${${variable}}")
  set(url "${${name}_URL}")
  set(sha256 ${${name}_SHA256})
  if(IS_DIRECTORY "${local}")
    cmake_path(ABSOLUTE_PATH local)
    if(NOT EXISTS "${local}/configure.ac")
      stop("zmq-core cannot be built: ${variable} is ${local}, but that holds no source tree of ${name}")
    endif()
    set(${name}_DIR "${local}" PARENT_SCOPE)
    return()
  endif()
  set(work "${CMAKE_BINARY_DIR}/sources/${name}")
  set(tarball "${local}")
  if(NOT local)
    set(tarball "${work}.tar.gz")
    if(EXISTS "${tarball}")
      file(SHA256 "${tarball}" have)
    endif()
    if(NOT have STREQUAL sha256)
      message(STATUS "downloading ${url}")
      file(DOWNLOAD "${url}" "${tarball}" STATUS status TIMEOUT 300 INACTIVITY_TIMEOUT 30)
      list(POP_FRONT status code reason)
      file(SHA256 "${tarball}" have)
      if(NOT code EQUAL 0)
        set(failure "it could not be downloaded (${reason})")
      elseif(NOT have STREQUAL sha256)
        set(failure "what was downloaded is not that file (its SHA-256 is ${have})")
      endif()
    endif()
  elseif(NOT EXISTS "${tarball}")
    set(failure "there is no ${tarball}, which ${variable} names")
  endif()
  if(failure)
    stop("zmq-core cannot be built: the bundled libzmq needs ${url}, but ${failure}.\n"
      "Either install libzmq itself, which is then used instead:\n"
      "  Debian, Ubuntu:  apt-get install libzmq3-dev pkg-config\n"
      "  Fedora, RHEL:    dnf install zeromq-devel pkgconf-pkg-config\n"
      "  macOS:           brew install zeromq pkgconf\n"
      "or get the two files in another way and name them (tarballs or unpacked directories):\n"
      "  LIBZMQ_SOURCE     ${libzmq_URL}\n"
      "  LIBSODIUM_SOURCE  ${libsodium_URL}")
  endif()
  file(SHA256 "${tarball}" have)
  if(NOT EXISTS "${work}/${have}") # a marker: unpacked already
    file(REMOVE_RECURSE "${work}")
    file(MAKE_DIRECTORY "${work}")
    # not file(ARCHIVE_EXTRACT): it would end the build with its own message
    execute_process(COMMAND "${CMAKE_COMMAND}" -E tar xf "${tarball}" WORKING_DIRECTORY "${work}"
      RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
    if(failed)
      string(REGEX REPLACE "^CMake Error: ([^\n]*).*" "\\1" said "${said}")
      stop("zmq-core cannot be built: ${tarball} cannot be unpacked, as the tarball of ${name} (${said})")
    endif()
    file(TOUCH "${work}/${have}")
  endif()
  file(GLOB top LIST_DIRECTORIES true "${work}/*/configure.ac")
  cmake_path(GET top PARENT_PATH top)
  if(NOT top)
    stop("zmq-core cannot be built: ${tarball} holds no source tree of ${name}")
  endif()
  set(${name}_DIR "${top}" PARENT_SCOPE)
endfunction()
fetch(libsodium LIBSODIUM_SOURCE)
fetch(libzmq LIBZMQ_SOURCE)

# The wheel must contain both licences, because it is redistributed with these libraries.
foreach(name libsodium libzmq)
  file(GLOB licences "${${name}_DIR}/LICENSE*" "${${name}_DIR}/COPYING*")
  install(FILES ${licences} DESTINATION zmq/licenses/${name})
endforeach()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_POLICY_VERSION_MINIMUM 3.5) # libzmq names a minimum that CMake 4 refuses
set(CMAKE_WARN_DEPRECATED OFF CACHE BOOL "")

# ---- libsodium
set(dir "${libsodium_DIR}/src/libsodium")
file(STRINGS "${libsodium_DIR}/configure.ac" lines REGEX "^(AC_INIT|SODIUM_LIBRARY_VERSION_M)")
string(REGEX MATCH "AC_INIT\\(\\[libsodium\\],[^0-9]*([0-9.]+)" _ "${lines}")
set(VERSION "${CMAKE_MATCH_1}")
foreach(part MAJOR MINOR)
  string(REGEX MATCH "SODIUM_LIBRARY_VERSION_${part}=([0-9]+)" _ "${lines}")
  set(SODIUM_LIBRARY_VERSION_${part} "${CMAKE_MATCH_1}")
endforeach()
set(include "${CMAKE_BINARY_DIR}/sodium/include")
file(COPY "${dir}/include/" DESTINATION "${include}")
configure_file("${dir}/include/sodium/version.h.in" "${include}/sodium/version.h" @ONLY)
file(GLOB_RECURSE sources "${dir}/*.c")
add_library(sodium STATIC EXCLUDE_FROM_ALL ${sources})
target_include_directories(sodium PUBLIC "${include}" PRIVATE "${include}/sodium")
target_compile_definitions(sodium PUBLIC SODIUM_STATIC PRIVATE CONFIGURED=1 _GNU_SOURCE=1)
target_compile_options(sodium PRIVATE -w)
if(UNIX)
  target_compile_definitions(sodium PRIVATE HAVE_INLINE_ASM HAVE_ATOMIC_OPS HAVE_GCC_MEMORY_FENCES HAVE_WEAK_SYMBOLS
    HAVE_PTHREAD HAVE_MMAP HAVE_MLOCK HAVE_MADVISE HAVE_MPROTECT HAVE_SYS_MMAN_H HAVE_SYS_PARAM_H HAVE_RAISE HAVE_SYSCONF
    HAVE_GETPID HAVE_NANOSLEEP HAVE_CLOCK_GETTIME HAVE_POSIX_MEMALIGN HAVE_CATCHABLE_SEGV HAVE_CATCHABLE_ABRT
    TLS=_Thread_local)
  if(CMAKE_C_BYTE_ORDER STREQUAL BIG_ENDIAN)
    target_compile_definitions(sodium PRIVATE NATIVE_BIG_ENDIAN)
  else()
    target_compile_definitions(sodium PRIVATE NATIVE_LITTLE_ENDIAN)
  endif()
  if(CMAKE_SIZEOF_VOID_P EQUAL 8)
    target_compile_definitions(sodium PRIVATE HAVE_TI_MODE)
  endif()
endif()
if(CMAKE_SYSTEM_NAME STREQUAL Linux)
  target_compile_definitions(sodium PRIVATE HAVE_SYS_RANDOM_H HAVE_GETRANDOM HAVE_SYS_AUXV_H HAVE_GETAUXVAL
    ASM_HIDE_SYMBOL=.hidden)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    enable_language(ASM)
    file(GLOB_RECURSE asm "${dir}/*.S")
    target_sources(sodium PRIVATE ${asm})
    target_compile_definitions(sodium PRIVATE HAVE_AMD64_ASM HAVE_AVX_ASM HAVE_CPUID HAVE_MMINTRIN_H HAVE_EMMINTRIN_H
      HAVE_PMMINTRIN_H HAVE_TMMINTRIN_H HAVE_SMMINTRIN_H HAVE_AVXINTRIN_H HAVE_AVX2INTRIN_H HAVE_WMMINTRIN_H HAVE_RDRAND)
  endif()
endif()

# ---- libzmq, which finds the libsodium above
file(WRITE "${CMAKE_FIND_PACKAGE_REDIRECTS_DIR}/sodium-config.cmake" "
  set(SODIUM_FOUND TRUE)
  set(SODIUM_INCLUDE_DIRS \"${include}\")")
foreach(option BUILD_SHARED BUILD_TESTS WITH_PERF_TOOL WITH_DOCS WITH_DOC ENABLE_CPACK WITH_TLS WITH_LIBBSD
    ZMQ_BUILD_TESTS ENABLE_PRECOMPILED)
  set(${option} OFF CACHE BOOL "")
endforeach()
foreach(option BUILD_STATIC ENABLE_CURVE WITH_LIBSODIUM WITH_LIBSODIUM_STATIC)
  set(${option} ON CACHE BOOL "")
endforeach()
set(ENABLE_DRAFTS "${ZMQ_DRAFTS}" CACHE BOOL "" FORCE)
add_subdirectory("${libzmq_DIR}" libzmq EXCLUDE_FROM_ALL)
target_compile_options(libzmq-static PRIVATE -w)

set(LIBZMQ_H "${libzmq_DIR}/include/zmq.h")
set(LIBZMQ_DESCRIPTION "static, with libsodium ${VERSION}")
target_link_libraries(zmq INTERFACE libzmq-static sodium)
target_compile_definitions(zmq_headers INTERFACE ZMQ_STATIC)
include(CheckLinkerFlag)
check_linker_flag(CXX "-Wl,--exclude-libs,ALL" EXCLUDE_LIBS) # libzmq's symbols stay ours
if(EXCLUDE_LIBS)
  target_link_options(zmq INTERFACE "-Wl,--exclude-libs,ALL")
endif()
