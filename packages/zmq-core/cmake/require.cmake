# The requirements of the build. If some are missing, it ends with a short text that says what to install, instead of a
# page of compiler output: lack() collects them, stop_if_lacking() prints the text, hatch_build.py repeats it at the
# end.

# stop(TEXT ...): ends the build with TEXT.
function(stop)
  list(JOIN ARGV "" text)
  if(DEFINED ENV{ZMQ_BUILD_PROBLEM})
    file(WRITE "$ENV{ZMQ_BUILD_PROBLEM}" "${text}")
  endif()
  message(FATAL_ERROR "${text}")
endfunction()

# lack(WHAT [DEBIAN ...] [FEDORA ...] [MACOS ...] [WINDOWS ...] [OTHERWISE text]): records that WHAT is missing, and the
# packages to install.
set_property(GLOBAL PROPERTY lacking "")
function(lack what)
  cmake_parse_arguments(install "" "OTHERWISE" "DEBIAN;FEDORA;MACOS;WINDOWS" ${ARGN})
  set_property(GLOBAL APPEND_STRING PROPERTY lacking "  - ${what}\n")
  foreach(system DEBIAN FEDORA MACOS WINDOWS)
    set_property(GLOBAL APPEND PROPERTY install_${system} ${install_${system}})
  endforeach()
  if(install_OTHERWISE)
    set_property(GLOBAL APPEND_STRING PROPERTY otherwise "${install_OTHERWISE}\n")
  endif()
endfunction()

function(stop_if_lacking)
  get_property(lacking GLOBAL PROPERTY lacking)
  if(NOT lacking)
    return()
  endif()
  set(text "zmq-core cannot be built: this machine lacks\n${lacking}Install what is missing and try again:\n")
  foreach(line IN ITEMS "DEBIAN|Debian, Ubuntu:  apt-get install |" "FEDORA|Fedora, RHEL:    dnf install |"
      "MACOS|macOS:           | && " "WINDOWS|Windows:         | and ")
    string(REPLACE "|" ";" line "${line}")
    list(POP_FRONT line system prefix separator)
    get_property(packages GLOBAL PROPERTY install_${system})
    list(REMOVE_DUPLICATES packages)
    if(packages)
      if(NOT separator)
        set(separator " ")
      endif()
      list(JOIN packages "${separator}" packages)
      string(APPEND text "  ${prefix}${packages}\n")
    endif()
  endforeach()
  get_property(otherwise GLOBAL PROPERTY otherwise)
  stop("${text}${otherwise}")
endfunction()

# named(VARIABLE): sets named to a note about a compiler that does not work, or to the empty string.
function(named variable)
  set(named "" PARENT_SCOPE)
  if(NOT "$ENV{${variable}}" STREQUAL "")
    set(named " (${variable} is $ENV{${variable}}, which does not work)" PARENT_SCOPE)
  endif()
endfunction()

# unfit(VARIABLE LANGUAGE SOURCE): sets VARIABLE to a note about a compiler that is too old for SOURCE, or to the empty
# string.
include(CheckSourceCompiles)
function(unfit variable language source)
  set(CMAKE_REQUIRED_QUIET ON)
  unset(${language}_FIT CACHE) # check again: the compiler may be another one than in the last build
  check_source_compiles(${language} "${source}" ${language}_FIT)
  set(${variable} "" PARENT_SCOPE)
  if(NOT ${language}_FIT)
    set(flags "${CMAKE_${language}_FLAGS}")
    if(flags)
      string(PREPEND flags " with ")
    endif()
    set(which "${CMAKE_${language}_COMPILER}, ${CMAKE_${language}_COMPILER_ID} ${CMAKE_${language}_COMPILER_VERSION}")
    set(${variable} " (${which}${flags}, does not)" PARENT_SCOPE)
  endif()
endfunction()

set(oldest_python 3.10)
# Only the interpreter first: for missing headers FindPython would stop with its own message, and for an old one, too.
find_package(Python REQUIRED COMPONENTS Interpreter)
if(Python_VERSION VERSION_LESS oldest_python)
  stop("zmq-core cannot be built: it needs Python ${oldest_python} or later, and ${Python_EXECUTABLE} is "
    "${Python_VERSION}. Install a later one, and use its pip: python3.13 -m pip install ...")
endif()

include(CheckLanguage)
check_language(C)
set(visual_studio "the Visual Studio Build Tools with 'Desktop development with C++'")
if(CMAKE_C_COMPILER)
  enable_language(C)
  # what Cython writes, and our atomics.h
  unfit(unfit C "static inline long one(long *at) {
      // C99
      for (int i = 0; i < 1; i++) *at += i;
    #ifndef _MSC_VER
      return __atomic_add_fetch(at, 1, __ATOMIC_SEQ_CST);
    #else
      return *at;
    #endif
    }
    int main(void) { long at = 0; return (int) one(&at); }")
  if(unfit)
    lack("a C compiler that knows C11, such as gcc 5, clang 3.6 or Visual Studio 2019, or later${unfit}"
      DEBIAN gcc libc6-dev FEDORA gcc MACOS "xcode-select --install" WINDOWS "${visual_studio}")
  endif()
else()
  named(CC)
  lack("a C compiler${named}" DEBIAN gcc libc6-dev FEDORA gcc MACOS "xcode-select --install"
    WINDOWS "${visual_studio}")
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

if(NOT Python_INCLUDE_DIR)
  execute_process(COMMAND "${Python_EXECUTABLE}" -c "import sysconfig; print(sysconfig.get_path('include'), end='')"
    OUTPUT_VARIABLE Python_INCLUDE_DIR COMMAND_ERROR_IS_FATAL ANY)
endif()
if(NOT EXISTS "${Python_INCLUDE_DIR}/Python.h")
  set(series "${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}")
  lack("the header files of Python ${series} (${Python_INCLUDE_DIR}/Python.h)"
    DEBIAN python${series}-dev FEDORA python${series}-devel MACOS "brew install python@${series}"
    WINDOWS "Python ${series} from python.org")
elseif(CMAKE_C_COMPILER)
  find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
endif()
if(CMAKE_CROSSCOMPILING)
  set(Python_SOABI "${SKBUILD_SOABI}") # from SETUPTOOLS_EXT_SUFFIX; the interpreter knows only its own
endif()
if(WIN32 AND Python_SOABI MATCHES "^cp[0-9]+t-") # not run yet
  # Its pyconfig.h is that of builds with the GIL, too. CMake knows that since 3.30, and not in cross builds.
  add_compile_definitions(Py_GIL_DISABLED=1)
endif()

execute_process(COMMAND "${Python_EXECUTABLE}" -c "import Cython; print(Cython.__version__, end='')"
  OUTPUT_VARIABLE CYTHON_VERSION ERROR_QUIET)
if(NOT CYTHON_VERSION)
  stop("zmq-core cannot be built: no Cython for ${Python_EXECUTABLE}. Without build isolation, install the packages "
    "listed as build-system.requires in pyproject.toml yourself.")
endif()
