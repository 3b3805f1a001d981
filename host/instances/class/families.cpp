#include "host/instances/class/families.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include "host/base/memory_limit.hpp"
#include "host/base/parallel.hpp"
#include "host/base/refuse_input.hpp"
#include "host/instances/ngram/transition.hpp"
#include "kernels/random/philox.hpp"

namespace wend {
namespace {

constexpr std::uint64_t kNoMember = std::numeric_limits<std::uint64_t>::max();  // class-wide draws
constexpr std::uint32_t kLineMembers = 8;  // their doubles fill a cache line

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max()
                                                : product;
}

kernels::DrawBlock draws(std::uint64_t seed, std::uint64_t member, std::uint64_t block) {
  return kernels::draw_block(seed, kernels::kPurposeFamily, member, block);
}

// Half `half` of a block of draws.
std::uint64_t word_of(const kernels::DrawBlock& block, std::uint64_t half) {
  return static_cast<std::uint64_t>(block.word[2 * half + 1]) << 32U | block.word[2 * half];
}

// Strictly between 0 and 1.
double open_uniform(std::uint64_t word) {
  return (static_cast<double>(word >> 12U) + 0.5) * 0x1p-52;
}

// Exponential draws first..first+size-1 of a member, normalised: uniform on the simplex.
void random_simplex(std::uint64_t seed, std::uint64_t member, std::uint64_t first,
                    std::span<double> row) {
  double total = 0;
  for (std::size_t c = 0; c < row.size(); ++c) {
    const std::uint64_t number = first + c;
    row[c] = -std::log(open_uniform(word_of(draws(seed, member, number / 2), number % 2)));
    total += row[c];
  }
  for (double& value : row) value /= total;
}

// Calls make_rows(member) and then the result as rows(context, row) for every member and context.
// A few members at a time, so that each line of the table is written once.
template <class MakeRows>
void fill_table(TableMembers& members, const MakeRows& make_rows) {
  const std::uint64_t stride = padded_members(members.count);
  const std::uint32_t alphabet = members.alphabet;
  const std::uint64_t contexts = members.next.size() / alphabet;
  const std::uint64_t lines = (members.count + kLineMembers - 1) / kLineMembers;
  parallel_blocks(lines, 1, 0, [&](std::uint64_t first_line, std::uint64_t last_line) {
    std::vector<double> row(alphabet);
    for (std::uint64_t line = first_line; line < last_line; ++line) {
      const std::uint64_t first = line * kLineMembers;
      const std::uint64_t last = std::min<std::uint64_t>(first + kLineMembers, members.count);
      std::vector<decltype(make_rows(first))> rows;
      for (std::uint64_t i = first; i < last; ++i) rows.push_back(make_rows(i));
      for (std::uint64_t context = 0; context < contexts; ++context) {
        for (std::uint64_t i = first; i < last; ++i) {
          rows[i - first](context, std::span(row));
          for (std::uint32_t c = 0; c < alphabet; ++c)
            members.table[(context * alphabet + c) * stride + i] = row[c];
        }
      }
    }
  });
}

// Two standard normal draws from each block (Box and Muller 1958).
std::vector<double> normals(std::uint64_t seed, std::uint64_t member, std::size_t size) {
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; i += 2) {
    const kernels::DrawBlock block = draws(seed, member, i / 2);
    const double radius = std::sqrt(-2 * std::log(open_uniform(word_of(block, 0))));
    const double angle = 2 * std::numbers::pi * open_uniform(word_of(block, 1));
    values[i] = radius * std::cos(angle);
    if (i + 1 < size) values[i + 1] = radius * std::sin(angle);
  }
  return values;
}

// Turns logits into probabilities; some logit is finite.
void softmax(std::span<double> row) {
  const double largest = *std::ranges::max_element(row);
  double total = 0;
  for (double& value : row) total += value = std::exp(value - largest);
  for (double& value : row) value /= total;
}

// Symbols that number `count` members in base `alphabet`, and how many they can number.
struct Digits {
  std::uint32_t size = 0;
  std::uint64_t numbers = 1;
};
Digits digits_of(std::uint32_t alphabet, std::uint32_t count) {
  Digits digits;
  for (; digits.numbers < count; ++digits.size) digits.numbers *= alphabet;
  return digits;
}

}  // namespace

ProductMembers product_members(const FamilySize& size, double gamma, const std::string& where) {
  ProductMembers members{.alphabet = size.alphabet,
                         .horizon = size.horizon,
                         .count = size.count,
                         .signs = {},
                         .up = std::vector<double>(size.alphabet, 1.0 / size.alphabet),
                         .down = {}};
  members.down = members.up;
  for (std::uint32_t c = 0; c < size.alphabet / 2; ++c) {
    const std::uint32_t opposite = size.alphabet - 1 - c;
    members.up[c] = members.down[opposite] = (1 + gamma) / size.alphabet;
    members.up[opposite] = members.down[c] = (1 - gamma) / size.alphabet;
  }
  const std::uint64_t stride = padded_members(size.count);
  const std::uint64_t words = (std::uint64_t{size.horizon} + 63) / 64;
  check_memory(words * stride * sizeof(std::uint64_t), where + ".count: the signs");
  members.signs = TableMemory<std::uint64_t>(words * stride);
  parallel_blocks(size.count, 256, 0, [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t w = 0; w < words; ++w)
      for (std::uint64_t i = first; i < last; ++i)
        members.signs[w * stride + i] = word_of(draws(size.seed, i, w / 2), w % 2);
  });
  return members;
}

TableMembers markov_members(const FamilySize& size, const std::string& where) {
  const std::uint32_t contexts = size.alphabet + 1;
  TableMembers members = empty_table(size, contexts, where + ".count");
  for (std::uint64_t e = 0; e < members.next.size(); ++e)
    members.next[e] = 1 + static_cast<std::uint32_t>(e % size.alphabet);
  fill_table(members, [&](std::uint64_t member) {
    return [&size, member](std::uint64_t context, std::span<double> row) {
      random_simplex(size.seed, member, context * size.alphabet, row);
    };
  });
  return members;
}

NeedleMembers needle_members(const FamilySize& size, std::optional<std::uint32_t> depth,
                             double mass, const std::string& where) {
  const Digits digits = digits_of(size.alphabet, size.count);
  const auto bits = static_cast<std::uint32_t>(std::bit_width(size.alphabet - 1));
  const std::uint32_t needle_depth =
      depth.value_or(std::min({size.horizon, std::max(1U, digits.size + 8), 64 / bits}));
  if (needle_depth > size.horizon)
    refuse_input(where + ".depth", std::to_string(needle_depth) + " is beyond the horizon");
  if (needle_depth < std::max(1U, digits.size))
    refuse_input(where + ".depth", std::to_string(needle_depth) +
                                       " has fewer nodes than there are " +
                                       std::to_string(size.count) + " members");
  if (needle_depth * bits > 64)
    refuse_input(where + ".depth", std::to_string(needle_depth) + " symbols of " +
                                       std::to_string(bits) + " bits do not fit 64 bits");

  NeedleMembers members{.alphabet = size.alphabet,
                        .horizon = size.horizon,
                        .count = size.count,
                        .needle_depth = needle_depth,
                        .symbol_bits = bits,
                        .needle = {},
                        .follow = std::vector<double>(needle_depth),
                        .leave = std::vector<double>(needle_depth)};
  double even = 1 - mass;  // of the uniform part, at the node
  for (std::uint32_t h = 0; h < needle_depth; ++h) {
    const double below = even / size.alphabet;
    members.follow[h] = (below + mass) / (even + mass);
    members.leave[h] = below / (even + mass);
    even = below;
  }
  check_memory(padded_members(size.count) * sizeof(std::uint64_t), where + ".count: the needles");
  members.needle.resize(padded_members(size.count));
  const std::uint64_t offset = word_of(draws(size.seed, kNoMember, 0), 0) % digits.numbers;
  for (std::uint64_t i = 0; i < size.count; ++i) {
    std::uint64_t number = (i + offset) % digits.numbers;
    std::uint64_t path = 0;
    for (std::uint32_t h = digits.size; h-- > 0; number /= size.alphabet)
      path |= number % size.alphabet << (h * bits);
    for (std::uint32_t h = digits.size; h < needle_depth; ++h) {
      const std::uint64_t draw = draws(size.seed, i, h / 4).word[h % 4];
      path |= draw * size.alphabet >> 32U << (h * bits);
    }
    members.needle[i] = path;
  }
  return members;
}

TableMembers adapter_members(const NgramModel& base, const FamilySize& size, std::uint32_t rank,
                             double scale, const std::string& where) {
  const std::uint32_t alphabet = base.alphabet;
  const FamilySize own{alphabet, size.horizon, size.count, size.seed};
  TableMembers members =
      empty_table(own, base.contexts + (base.has_end ? 1U : 0U), where + ".count");
  members.next = closed_contexts(base);
  const std::uint64_t symbols = std::uint64_t{rank} * base.contexts;  // where b begins
  check_memory(
      saturating_product(kLineMembers * sizeof(double), symbols + std::uint64_t{rank} * alphabet),
      where + ".rank");
  const double factor = scale / std::sqrt(static_cast<double>(rank));
  fill_table(members, [&](std::uint64_t member) {
    return [&, draw = normals(size.seed, member, symbols + std::uint64_t{rank} * alphabet)](
               std::uint64_t context, std::span<double> row) {
      if (context == base.contexts) {
        std::ranges::fill(row, 0.0);
        row[0] = 1.0;
        return;
      }
      for (std::uint32_t c = 0; c < alphabet; ++c) {
        double change = 0;
        for (std::uint64_t k = 0; k < rank; ++k)
          change += draw[k * base.contexts + context] * draw[symbols + k * alphabet + c];
        row[c] = base.log_probability[context * alphabet + c] + factor * change;
      }
      softmax(row);
    };
  });
  return members;
}

NgramModel random_model(std::uint32_t alphabet, std::uint32_t order, std::uint64_t seed,
                        const std::string& where) {
  std::uint64_t rows = 1;
  for (std::uint32_t k = 1; k < order; ++k) rows = saturating_product(rows, alphabet);
  const std::uint64_t entries = saturating_product(rows, alphabet);
  check_memory(saturating_product(entries, sizeof(double)), where + ".order: the weights");
  std::vector<double> weights(entries);
  for (std::uint64_t r = 0; r < rows; ++r)
    random_simplex(seed, kNoMember, r * alphabet,
                   std::span(weights).subspan(r * alphabet, alphabet));
  // No row is without weight, whatever the horizon.
  return transition_model(weights, alphabet, order, 1, where);
}

std::vector<std::uint32_t> closed_contexts(const NgramModel& model) {
  std::vector<std::uint32_t> next = model.next;
  if (model.has_end) {
    for (std::uint64_t context = 0; context < model.contexts; ++context)
      next[context * model.alphabet] = model.contexts;
    next.insert(next.end(), model.alphabet, model.contexts);
  }
  std::ranges::replace(next, NgramModel::kNoContext, 0U);
  return next;
}

TableMembers empty_table(const FamilySize& size, std::uint64_t contexts, const std::string& where) {
  const std::uint64_t entries = saturating_product(contexts, size.alphabet);
  const std::uint64_t cells = saturating_product(entries, padded_members(size.count));
  check_memory(saturating_product(cells, sizeof(double)),
               where + ": " + std::to_string(contexts) + " contexts of " +
                   std::to_string(size.count) + " members");
  return {.alphabet = size.alphabet,
          .horizon = size.horizon,
          .count = size.count,
          .next = std::vector<std::uint32_t>(entries),
          .table = TableMemory<double>(cells)};
}

}  // namespace wend
