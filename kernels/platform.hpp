#pragma once

// The only place that asks which compiler this is.

#if defined(__CUDACC__)
#define WEND_HD __host__ __device__ __forceinline__
#else
#define WEND_HD inline __attribute__((always_inline))
#endif
