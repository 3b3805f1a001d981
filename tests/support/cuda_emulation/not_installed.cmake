# A build on the emulated device installs nothing of wend.
#   cmake -DBUILD=<build folder> -DSCRATCH=<folder> -P not_installed.cmake
file(REMOVE_RECURSE ${SCRATCH})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}
                        COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE installed ${SCRATCH}/*wend* ${SCRATCH}/*emulat*)
if(installed)
  message(FATAL_ERROR "installed: ${installed}")
endif()
