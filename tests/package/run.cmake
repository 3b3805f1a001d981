# Installs wend to a scratch prefix, builds a consumer that finds it there, and runs both programs.
#   cmake -DBUILD=<build folder> -DCOMPILER=<C++ compiler> -DCONFIG=<build type> -DSCRATCH=<folder>
#         -P run.cmake
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${SCRATCH}/build -G Ninja
    -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_BUILD_TYPE=${CONFIG})
run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
run(${SCRATCH}/build/consumer)
run(${SCRATCH}/build/c_consumer)
run(${SCRATCH}/prefix/bin/wend --version)
# Nothing of the emulated device that tests run on.
file(GLOB_RECURSE installed ${SCRATCH}/prefix/*)
foreach(file ${installed})
  file(STRINGS ${file} found REGEX "cuda_emulation|emulated, for tests" LIMIT_COUNT 1)
  if(found OR file MATCHES "cuda_emulation")
    message(FATAL_ERROR "${file} has a part of the emulated device")
  endif()
endforeach()
file(GLOB_RECURSE licence ${SCRATCH}/prefix/share/*/LICENSE)
if(NOT licence)
  message(FATAL_ERROR "the licence was not installed")
endif()
