# Decides whether the CUDA backend is built: WEND_CUDA_FOUND, and on what: WEND_CUDA_RUNTIME is the
# library with CUDA's runtime. WEND_CUDA_EMULATED: the tests' emulation of a device, which is never
# installed (docs/cuda.md).
set(WEND_CUDA_FOUND OFF)
set(WEND_CUDA_EMULATED OFF)
if(WEND_CUDA STREQUAL "emulated")
  set(WEND_CUDA_FOUND ON)
  set(WEND_CUDA_EMULATED ON)
  set(WEND_CUDA_RUNTIME cuda_emulation)
  set(WEND_INSTALL OFF CACHE BOOL "An emulated device is for tests" FORCE)
  message(STATUS "wend: CUDA on an emulated device, for tests")
elseif(WEND_CUDA STREQUAL "AUTO" OR WEND_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES ${WEND_CUDA_ARCHITECTURES})
    endif()
    enable_language(CUDA)
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
      # CMake 3.25 does not know that nvcc 12 and later have C++20.
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    endif()
    set(CMAKE_CUDA_STANDARD 20)
    set(CMAKE_CUDA_STANDARD_REQUIRED ON)
    set(CMAKE_CUDA_EXTENSIONS OFF)
    find_package(CUDAToolkit REQUIRED)
    set(WEND_CUDA_FOUND ON)
    set(WEND_CUDA_RUNTIME CUDA::cudart_static)
    message(STATUS "wend: CUDA ${CUDAToolkit_VERSION}, for ${CMAKE_CUDA_ARCHITECTURES}")
  elseif(WEND_CUDA STREQUAL "AUTO")
    message(STATUS "wend: no nvcc, so the CUDA backend is left out")
  else()
    message(FATAL_ERROR "WEND_CUDA is ON, but there is no nvcc: put it on the PATH or set CUDACXX")
  endif()
else()
  message(STATUS "wend: the CUDA backend is left out, as WEND_CUDA says")
endif()

# wend_cuda_sources(<source>...): compiles .cu files, with the host's compiler where the device is
# emulated. Call in the folder of the target that they are part of.
function(wend_cuda_sources)
  if(WEND_CUDA_EMULATED)
    set(options -include cuda_runtime.h -Wno-unknown-pragmas)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # `extern __shared__` is an extern thread_local, which nothing has to initialise.
      list(APPEND options -fno-extern-tls-init)
    endif()
    set_source_files_properties(
      ${ARGN} PROPERTIES LANGUAGE CXX COMPILE_DEFINITIONS __CUDA_ARCH__=900 COMPILE_OPTIONS
                                                                          "${options}")
  endif()
endfunction()
