#pragma once

#include <memory>

#include "host/files/json_reader.hpp"
#include "host/instances/instance.hpp"

namespace wend {

/// Reads an instance of kind "ngram". Keys: `corpus` (a text file) or `transition` (an .npy file of
/// shape A^(order-1) x A or (A, ..., A)), `order` 1 to 64, `horizon` 1 to 65535, `smoothing` 0 to
/// 10^9 (corpus only), `forbid` and `require` (lists of strings of the corpus's characters, or of
/// lists of symbols of a transition model; at most 16 required), `estimate` exact, noise or
/// lookahead. Throws Error(kInput), also where no sequence has mass.
std::unique_ptr<Instance> load_ngram(const JsonReader& json);

}  // namespace wend
