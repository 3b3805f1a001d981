#pragma once

// The only place that asks which compiler this is.

#if defined(__CUDACC__)
#define WEND_HD __host__ __device__ __forceinline__
// `#pragma GCC unroll`, which is for the CPU's vectors: a CUDA thread has one.
#pragma nv_diag_suppress 1675
#else
#define WEND_HD inline __attribute__((always_inline))
#endif
