# libfa, automata of regular expressions, is a part of Augeas, whose package file names it only for
# static linking, behind libaugeas, which is not needed.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(augeas QUIET augeas)
endif()
if(augeas_FOUND)
  find_path(Fa_INCLUDE_DIR fa.h HINTS ${augeas_INCLUDEDIR})
  find_library(Fa_LIBRARY fa HINTS ${augeas_LIBDIR})
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Fa REQUIRED_VARS Fa_LIBRARY Fa_INCLUDE_DIR)
if(Fa_FOUND AND NOT TARGET Fa::fa)
  add_library(Fa::fa UNKNOWN IMPORTED)
  set_target_properties(Fa::fa PROPERTIES IMPORTED_LOCATION "${Fa_LIBRARY}"
                                          INTERFACE_INCLUDE_DIRECTORIES "${Fa_INCLUDE_DIR}")
endif()
mark_as_advanced(Fa_INCLUDE_DIR Fa_LIBRARY)
