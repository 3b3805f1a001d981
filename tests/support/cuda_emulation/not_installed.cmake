# A build on the emulated device installs nothing.
#   cmake -DBUILD=<build folder> -DSCRATCH=<folder> -P not_installed.cmake
file(REMOVE_RECURSE ${SCRATCH})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH})
file(GLOB_RECURSE installed ${SCRATCH}/*)
if(installed)
  message(FATAL_ERROR "installed: ${installed}")
endif()
