# Finds the libraries that docs/dependencies.md lists. With WEND_FETCH those that are not installed
# are downloaded, at the versions that Debian 12 has.
include(GNUInstallDirs)
include(FetchContent)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# wend_dependency(<package> <target> <Debian package> <repository> <tag>)
macro(wend_dependency package target debian repository tag)
  find_package(${package} QUIET)
  if(NOT TARGET ${target})
    if(NOT WEND_FETCH)
      message(FATAL_ERROR "wend needs ${package}: install it (on Debian: ${debian}) or configure "
                          "with -DWEND_FETCH=ON to download it")
    endif()
    message(STATUS "wend: downloading ${package} ${tag}")
    FetchContent_Declare(${package} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON)
    FetchContent_MakeAvailable(${package})
  endif()
endmacro()

set(JSON_Install ON)
set(FMT_INSTALL ON)
wend_dependency(nlohmann_json nlohmann_json::nlohmann_json nlohmann-json3-dev
                https://github.com/nlohmann/json v3.11.2)
wend_dependency(fmt fmt::fmt libfmt-dev https://github.com/fmtlib/fmt 9.1.0)
wend_dependency(Eigen3 Eigen3::Eigen libeigen3-dev https://gitlab.com/libeigen/eigen 3.4.0)
wend_dependency(CLI11 CLI11::CLI11 libcli11-dev https://github.com/CLIUtils/CLI11 v2.3.2)

find_package(Random123 QUIET)
if(NOT Random123_FOUND AND WEND_FETCH)
  FetchContent_Declare(random123 GIT_REPOSITORY https://github.com/DEShawResearch/random123
                       GIT_TAG v1.14.0 GIT_SHALLOW ON)
  FetchContent_Populate(random123)
  set(Random123_INCLUDE_DIR ${random123_SOURCE_DIR}/include)
endif()
find_package(Random123 REQUIRED)

# Debian's CMake package of libzip names files that are not there, so pkg-config is asked.
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET GLOBAL libzip)

# Without it there are no regular expressions.
find_package(Fa QUIET)
if(NOT Fa_FOUND)
  message(STATUS "wend: without regular expressions, for want of libfa (on Debian: libaugeas-dev)")
endif()
