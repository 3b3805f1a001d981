#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wend/c.h"
#include "wend/instance.hpp"
#include "wend/means.hpp"

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

struct wend_means {
  wend::InstanceFacts facts;  // not the instance, which its owner may release
  wend::MeansOptions options;
  wend::MeansResult result;
  std::vector<wend_mean> marginals;
  std::vector<wend_mean> symbols;
  std::optional<wend_mean> log_mass;
  std::optional<wend_mean> log_z;
  std::optional<wend_mean> length;
  std::string report;  // once it was asked for
};
