# What every target of the project is compiled with.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_CXX_COMPILER_ID MATCHES
                                                               "GNU|Clang")
  # The widths of kernels/lanes/simd.hpp with lanes of their own, and what each is compiled with.
  set(WEND_LANES avx2)
  if(NOT WEND_SANITIZE)
    # Instructions that sanitizers do not look into, and minutes to compile.
    list(APPEND WEND_LANES avx512)
  endif()
  set(WEND_avx2_OPTIONS -mavx2 -mbmi2)
  set(WEND_avx512_OPTIONS -mavx512f -mavx512bw -mavx512dq -mavx512vl)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 warns of its own header (its bug 105593).
    list(APPEND WEND_avx512_OPTIONS -Wno-maybe-uninitialized -Wno-uninitialized)
  endif()
else()
  set(WEND_LANES "")
endif()

# wend_target(<target>): warnings, sanitizers and the root of the include paths.
function(wend_target target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(
    ${target} PRIVATE WEND_AVX2=$<IN_LIST:avx2,${WEND_LANES}>
                      WEND_AVX512=$<IN_LIST:avx512,${WEND_LANES}>)
  target_compile_options(
    ${target}
    PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion>"
            "$<$<COMPILE_LANGUAGE:CXX>:-Wsign-conversion>"
            # A fused product and sum would give other bits where there is an instruction for it.
            "$<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>"
            # nvcc writes host code of its own, which the other warnings do not fit.
            "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow>")
  if(WEND_PORTABLE AND WEND_CUDA_FOUND AND CUDAToolkit_VERSION VERSION_GREATER_EQUAL 12.8)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--compress-mode=size>)
  endif()
  if(WEND_WERROR)
    target_compile_options(
      ${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:-Werror>"
                        "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xcompiler=-Werror>")
  endif()
  if(WEND_SANITIZE)
    # Null pointers and ends of objects are the address sanitizer's; checks of every load's alignment
    # double the time to compile, and only a GPU minds: the CUDA sources have them.
    set(sanitize -fsanitize=address,undefined
                 -fno-sanitize=null,object-size,vptr,pointer-overflow,alignment
                 -fno-sanitize-recover=all -fno-omit-frame-pointer)
    # GCC's flow analysis loses its way in instrumented code (std::regex, std::function).
    target_compile_options(${target} PRIVATE ${sanitize} -Wno-maybe-uninitialized)
    target_link_options(${target} PUBLIC ${sanitize})
    target_compile_definitions(${target} PRIVATE WEND_SANITIZED=1)
  endif()
endfunction()

# wend_program(<target>): an executable; with WEND_PORTABLE one that looks for libraries in ../lib.
function(wend_program target)
  wend_target(${target})
  if(WEND_PORTABLE)
    # An RPATH rather than a RUNPATH: it holds for the libraries of the libraries too.
    target_link_options(${target} PRIVATE -s -Wl,--disable-new-dtags)
    set_target_properties(${target} PROPERTIES BUILD_RPATH "\$ORIGIN/../lib")
  endif()
endfunction()

# wend_gpu_program(<target>): one of those that `./dev gpu` runs.
function(wend_gpu_program target)
  set_property(GLOBAL APPEND PROPERTY WEND_GPU_PROGRAMS ${target})
endfunction()

# wend_lane_sources(<target> <source>...): compiles the sources once for each lane width, with its
# instructions, as parts of the target: only they may hold such instructions, since they run after
# the CPU has been asked.
function(wend_lane_sources target)
  foreach(lanes ${WEND_LANES})
    string(SUBSTRING ${lanes} 0 1 initial)
    string(TOUPPER ${initial} initial)
    string(SUBSTRING ${lanes} 1 -1 rest)
    set(part ${target}-${lanes})
    add_library(${part} OBJECT ${ARGN})
    wend_target(${part})
    target_compile_options(${part} PRIVATE ${WEND_${lanes}_OPTIONS})
    target_compile_definitions(${part} PRIVATE WEND_SIMD=k${initial}${rest}
                                               WEND_LANES_HEADER="kernels/lanes/${lanes}.hpp")
    target_include_directories(${part} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    target_link_libraries(${part} PRIVATE Random123::Random123)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${part}>)
  endforeach()
endfunction()
