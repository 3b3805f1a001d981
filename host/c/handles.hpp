#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wend/c.h"
#include "wend/instance.hpp"

// What the handles of the C interface are.

struct wend_instance {
  std::shared_ptr<const wend::Instance> instance;
};

struct wend_stop {
  std::atomic<bool> asked{false};
};

struct wend_result {
  std::uint64_t drawn = 0;
  std::vector<std::uint32_t> symbols;
  std::vector<std::uint64_t> chain;
  std::vector<double> log_mass;
  std::vector<double> log_weight;
  std::string report;
};
