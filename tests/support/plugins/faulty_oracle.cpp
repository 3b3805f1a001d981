// A loadable oracle for tests, good unless its options say otherwise: three symbols (or "alphabet")
// to depth four (or "horizon"), each ratio a function of the last symbol and the depth.
//
//   "fault": "none", "abi", "size", "newer", "open", "silent", "expand" (an error), "quiet" (one
//   without a
//            text), "nan", "throw", "batch" (answers depend on the batch), "drift" (on the call)
//   "after": nodes that are answered before the fault
//   "bounded": states that its rows sum to 1
//   "hold":  a file: calls of "after" and more wait until it is gone
//   "released": a file that is made when the oracle is released
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "wend/c.h"

namespace {

struct Faulty {
  std::string fault = "none";
  std::uint32_t alphabet = 3;
  std::uint64_t after = 0;
  std::uint64_t calls = 0;
  std::uint64_t answered = 0;
  std::vector<double> bounds;
  std::filesystem::path hold;
  std::filesystem::path released;
};

int fail(const char* reason, char* error, std::size_t size) {
  std::snprintf(error, size, "%s", reason);
  return 1;
}

float log_ratio(std::uint32_t alphabet, std::uint32_t last, std::uint32_t depth, std::uint32_t c) {
  const double weight = 1.0 + (c + last + depth) % alphabet;
  return static_cast<float>(std::log(weight / (alphabet * (alphabet + 1) / 2.0)));
}

int expand(void* user, std::uint32_t /*context*/, const wend_batch* batch, float* rows, char* error,
           std::size_t size) {
  Faulty& oracle = *static_cast<Faulty*>(user);
  ++oracle.calls;
  const bool spoilt = oracle.answered >= oracle.after;
  oracle.answered += batch->size;
  for (std::uint32_t i = 0; i < batch->size; ++i)
    for (std::uint32_t c = 0; c < oracle.alphabet; ++c)
      rows[std::size_t{i} * oracle.alphabet + c] =
          log_ratio(oracle.alphabet, batch->symbol[i], batch->depth[i], c);
  if (!spoilt) return 0;
  if (oracle.fault == "expand") return fail("no more \x1b[31mtokens", error, size);
  if (oracle.fault == "quiet") return 17;
  if (oracle.fault == "throw") throw std::runtime_error("thrown by a library");
  if (oracle.fault == "nan") rows[1] = NAN;
  if (oracle.fault == "batch" && batch->size > 1) rows[2] += 0.25F;
  if (oracle.fault == "drift") rows[0] += 1e-3F * static_cast<float>(oracle.calls);
  while (!oracle.hold.empty() && std::filesystem::exists(oracle.hold))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return 0;
}

void release(void* user) {
  const std::unique_ptr<Faulty> oracle(static_cast<Faulty*>(user));
  if (!oracle->released.empty()) std::ofstream(oracle->released) << "released\n";
}

}  // namespace

int wend_open_oracle(std::uint32_t abi_version, const char* options, const char* folder,
                     wend_oracle* oracle, char* error, std::size_t error_size) {
  try {
    const nlohmann::json asked = nlohmann::json::parse(options);
    auto made = std::make_unique<Faulty>();
    made->fault = asked.value("fault", made->fault);
    if (abi_version != WEND_PLUGIN_ABI || made->fault == "abi") return WEND_PLUGIN_OTHER_ABI;
    if (made->fault == "open") return fail("no \x1b[31mmodel", error, error_size);
    if (made->fault == "silent") return 23;
    made->alphabet = asked.value("alphabet", made->alphabet);
    made->after = asked.value("after", made->after);
    if (asked.contains("hold"))
      made->hold = std::filesystem::path(folder) / asked["hold"].get<std::string>();
    if (asked.contains("released"))
      made->released = std::filesystem::path(folder) / asked["released"].get<std::string>();
    oracle->name = "faulty";
    oracle->alphabet = made->alphabet;
    oracle->horizon = asked.value("horizon", 4U);
    oracle->max_batch = asked.value("max_batch", 0U);
    oracle->kappa = asked.value("kappa", 0.0);
    // Of rows in float.
    if (asked.value("bounded", false)) made->bounds.assign(oracle->horizon, 1 + 1e-6);
    if (!made->bounds.empty()) oracle->ratio_bound = made->bounds.data();
    oracle->expand = expand;
    oracle->release = release;
    if (made->fault == "size") oracle->contexts = 0;
    if (made->fault == "newer") oracle->struct_size += 8;
    static const char* const bytes[] = {"a", "\xff", ""};
    static const std::size_t lengths[] = {1, 1, 0};
    if (asked.value("bytes", false)) {
      oracle->symbol_bytes = bytes;
      oracle->symbol_lengths = lengths;
    }
    oracle->user = made.release();
    return 0;
  } catch (const std::exception& wrong) {
    return fail(wrong.what(), error, error_size);
  }
}
