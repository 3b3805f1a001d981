#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/oracles/class_members.hpp"

namespace wend {

struct CorporaMembers {
  TableMembers members;
  std::u32string characters;  ///< of all corpora: that of symbol 1 + i, ascending
};

/// Member i is the n-gram model of corpus i (corpus_model() in ngram_model.hpp), over the symbols
/// and the contexts of all corpora. It gives a word that ends within the horizon, padded with end
/// symbols, its probability, and a longer one's first `horizon` symbols theirs as a prefix. At
/// least one corpus. `where` starts messages. Throws Error(kInput): what corpus_model() throws, and
/// if the tables do not fit memory. O(contexts * A * corpora + reading).
CorporaMembers corpora_members(const std::vector<std::filesystem::path>& corpora,
                               std::uint32_t order, double smoothing, std::uint32_t horizon,
                               const std::string& where);

}  // namespace wend
