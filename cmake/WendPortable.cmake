# cmake -DBIN=<folder of programs> -DLIB=<folder to fill> -P WendPortable.cmake
# Copies the shared libraries that the programs need beside them, but for those of glibc, which
# every machine has.
file(GLOB programs ${BIN}/*)
list(FILTER programs EXCLUDE REGEX "\\.(txt|json)$")
# What an earlier build copied would be found beside what the system has.
file(REMOVE_RECURSE ${LIB})
file(GET_RUNTIME_DEPENDENCIES
  EXECUTABLES ${programs}
  RESOLVED_DEPENDENCIES_VAR libraries
  UNRESOLVED_DEPENDENCIES_VAR missing
  PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|mvec|resolv)\\.so")
if(missing)
  message(FATAL_ERROR "not found: ${missing}")
endif()
file(MAKE_DIRECTORY ${LIB})
foreach(library ${libraries})
  if(NOT library MATCHES "^${LIB}/")
    file(COPY ${library} DESTINATION ${LIB} FOLLOW_SYMLINK_CHAIN)
  endif()
endforeach()
