#pragma once

#include <cstdint>

#include "kernels/lanes/floats.hpp"
#include "kernels/platform.hpp"

// Products of many vectors with one matrix, in a way that no result depends on how many vectors
// there are. Element n of a result is one chain of fused sums, bias + x[0] w[n][0] + x[1] w[n][1] +
// .., in that order: tiles decide which chains run side by side, never what is in them. So every
// width, every tile and every machine come to the same bits.
namespace wend::kernels {

/// Outputs that lie side by side in a packed matrix: panel p has w[16 p .. 16 p + 15][k] at
/// [p][k][16], zeros behind the last output.
inline constexpr std::uint32_t kPanel = 16;

WEND_HD std::uint32_t panels_of(std::uint32_t outputs) { return (outputs + kPanel - 1) / kPanel; }
/// Floats of a row that has room for whole panels.
WEND_HD std::uint32_t padded(std::uint32_t outputs) { return panels_of(outputs) * kPanel; }

struct ProductJob {
  const float* weights;  ///< panels x inputs x 16
  const float* bias;     ///< panels x 16, or null
  const float* x;        ///< rows x x_stride
  float* y;              ///< rows x y_stride, at least panels x 16 of each are written
  std::uint64_t x_stride;
  std::uint64_t y_stride;
  std::uint32_t rows;
  std::uint32_t inputs;
  std::uint32_t panels;
};

template <class Lanes>
class Product {
 public:
  WEND_HD static void run(const ProductJob& job) {
    // A part of the inputs at a time, so that rows stay in a near cache while panels pass; chains
    // go on where the part before it left them.
    const std::uint32_t part = job.rows > kRows ? kPart : job.inputs;
    std::uint32_t begin = 0;
    do {
      const std::uint32_t count = job.inputs - begin < part ? job.inputs - begin : part;
      run_part(job, begin, count);
      begin += count;
    } while (begin < job.inputs);
  }

 private:
  using F32 = typename Lanes::F32;
  static constexpr std::uint32_t kRows = 6;
  static constexpr std::uint32_t kPart = 512;
  static constexpr std::uint32_t kVectors = kPanel / Lanes::kWidth;  // of a panel
  // Sums that run side by side, in registers beside what they add; vectors of one lane have none.
  static constexpr std::uint32_t kSums = Lanes::kWidth == 16 ? 24 : 12;

  template <std::uint32_t kTileRows>
  static constexpr std::uint32_t tile_panels() {
    constexpr std::uint32_t kFit = kSums / (kTileRows * kVectors);
    if constexpr (kFit <= 1) return 1;
    return kFit < 4 ? kFit : 4;
  }

  WEND_HD static void run_part(const ProductJob& job, std::uint32_t begin, std::uint32_t count) {
    if (job.rows <= kRows) {
      run_rows(job, begin, count, 0, job.rows, 0, job.panels);
      return;
    }
    for (std::uint32_t panel = 0; panel < job.panels; panel += 4) {
      const std::uint32_t end = job.panels - panel < 4 ? job.panels : panel + 4;
      std::uint32_t row = 0;
      for (; row + kRows <= job.rows; row += kRows)
        run_tiles<kRows>(job, begin, count, row, panel, end);
      if (row < job.rows) run_rows(job, begin, count, row, job.rows - row, panel, end);
    }
  }

  WEND_HD static void run_rows(const ProductJob& job, std::uint32_t begin, std::uint32_t count,
                               std::uint32_t row, std::uint32_t rows, std::uint32_t panel,
                               std::uint32_t end) {
    switch (rows) {
      case 1:
        return run_tiles<1>(job, begin, count, row, panel, end);
      case 2:
        return run_tiles<2>(job, begin, count, row, panel, end);
      case 3:
        return run_tiles<3>(job, begin, count, row, panel, end);
      case 4:
        return run_tiles<4>(job, begin, count, row, panel, end);
      case 5:
        return run_tiles<5>(job, begin, count, row, panel, end);
      case 6:
        return run_tiles<6>(job, begin, count, row, panel, end);
      default:
        return;
    }
  }

  template <std::uint32_t kTileRows>
  WEND_HD static void run_tiles(const ProductJob& job, std::uint32_t begin, std::uint32_t count,
                                std::uint32_t row, std::uint32_t panel, std::uint32_t end) {
    constexpr std::uint32_t kPanels = tile_panels<kTileRows>();
    for (; panel + kPanels <= end; panel += kPanels)
      run_tile<kTileRows, kPanels>(job, begin, count, row, panel);
    for (; panel < end; ++panel) run_tile<kTileRows, 1>(job, begin, count, row, panel);
  }

  template <std::uint32_t kTileRows, std::uint32_t kPanels>
  WEND_HD static void run_tile(const ProductJob& job, std::uint32_t begin, std::uint32_t count,
                               std::uint32_t row, std::uint32_t panel) {
    F32 sums[kTileRows][kPanels][kVectors];
    float* y = job.y + row * job.y_stride + std::uint64_t{panel} * kPanel;
#pragma GCC unroll 8
    for (std::uint32_t r = 0; r < kTileRows; ++r)
#pragma GCC unroll 8
      for (std::uint32_t p = 0; p < kPanels; ++p)
#pragma GCC unroll 16
        for (std::uint32_t v = 0; v < kVectors; ++v) {
          const std::uint32_t at = p * kPanel + v * Lanes::kWidth;
          if (begin != 0)
            sums[r][p][v] = Lanes::load(y + r * job.y_stride + at);
          else if (job.bias != nullptr)
            sums[r][p][v] = Lanes::load(job.bias + std::uint64_t{panel} * kPanel + at);
          else
            sums[r][p][v] = Lanes::splat(0.0F);
        }
    const std::uint64_t panel_floats = std::uint64_t{job.inputs} * kPanel;
    const float* w = job.weights + panel * panel_floats + std::uint64_t{begin} * kPanel;
    const float* x = job.x + row * job.x_stride + begin;
    for (std::uint32_t k = 0; k < count; ++k, w += kPanel)
      add_input<kTileRows, kPanels>(x + k, job.x_stride, w, panel_floats, sums);
#pragma GCC unroll 8
    for (std::uint32_t r = 0; r < kTileRows; ++r)
#pragma GCC unroll 8
      for (std::uint32_t p = 0; p < kPanels; ++p)
#pragma GCC unroll 16
        for (std::uint32_t v = 0; v < kVectors; ++v)
          Lanes::store(y + r * job.y_stride + p * kPanel + v * Lanes::kWidth, sums[r][p][v]);
  }

  /// What there is less of is loaded first and kept in registers.
  template <std::uint32_t kTileRows, std::uint32_t kPanels>
  WEND_HD static void add_input(const float* x, std::uint64_t x_stride, const float* w,
                                std::uint64_t panel_floats,
                                F32 (&sums)[kTileRows][kPanels][kVectors]) {
    if constexpr (kTileRows <= kPanels * kVectors) {
      F32 factors[kTileRows];
#pragma GCC unroll 8
      for (std::uint32_t r = 0; r < kTileRows; ++r) factors[r] = Lanes::splat(x[r * x_stride]);
#pragma GCC unroll 8
      for (std::uint32_t p = 0; p < kPanels; ++p)
#pragma GCC unroll 16
        for (std::uint32_t v = 0; v < kVectors; ++v) {
          const F32 weight = Lanes::load(w + p * panel_floats + v * Lanes::kWidth);
#pragma GCC unroll 8
          for (std::uint32_t r = 0; r < kTileRows; ++r)
            sums[r][p][v] = Lanes::fused(factors[r], weight, sums[r][p][v]);
        }
    } else {
      F32 weights[kPanels][kVectors];
#pragma GCC unroll 8
      for (std::uint32_t p = 0; p < kPanels; ++p)
#pragma GCC unroll 16
        for (std::uint32_t v = 0; v < kVectors; ++v)
          weights[p][v] = Lanes::load(w + p * panel_floats + v * Lanes::kWidth);
#pragma GCC unroll 8
      for (std::uint32_t r = 0; r < kTileRows; ++r) {
        const F32 factor = Lanes::splat(x[r * x_stride]);
#pragma GCC unroll 8
        for (std::uint32_t p = 0; p < kPanels; ++p)
#pragma GCC unroll 16
          for (std::uint32_t v = 0; v < kVectors; ++v)
            sums[r][p][v] = Lanes::fused(factor, weights[p][v], sums[r][p][v]);
      }
    }
  }
};

}  // namespace wend::kernels
