# Installs wend to a scratch prefix, builds consumers that find it there, and runs them.
#   cmake -DBUILD=<build folder> -DCOMPILER=<C++ compiler> -DCONFIG=<build type> -DSCRATCH=<folder>
#         -DEMULATED=<whether CUDA is> -DSANITIZE=<whether the build is> -P run.cmake
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
if(EMULATED)
  set(part --component package_test)  # of which `cmake --install` knows nothing otherwise
endif()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}/prefix ${part})
if(SANITIZE)
  set(sanitize "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer")
endif()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${SCRATCH}/build -G Ninja
    -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_BUILD_TYPE=${CONFIG} "-DCMAKE_C_FLAGS=${sanitize}" "-DCMAKE_CXX_FLAGS=${sanitize}"
    -DEMULATED=${EMULATED})
run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
run(${SCRATCH}/build/consumer)
run(${SCRATCH}/build/c_consumer)
run(${SCRATCH}/prefix/bin/wend --version)
if(NOT EMULATED)
  # Nothing of the emulated device that tests run on.
  file(GLOB_RECURSE installed ${SCRATCH}/prefix/*)
  foreach(file ${installed})
    file(STRINGS ${file} found REGEX "cuda_emulation|emulated, for tests" LIMIT_COUNT 1)
    if(found OR file MATCHES "cuda_emulation")
      message(FATAL_ERROR "${file} has a part of the emulated device")
    endif()
  endforeach()
endif()
file(GLOB_RECURSE licence ${SCRATCH}/prefix/share/*/LICENSE)
if(NOT licence)
  message(FATAL_ERROR "the licence was not installed")
endif()
