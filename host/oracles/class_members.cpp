#include "host/oracles/class_members.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/elimination/member_oracle.hpp"

namespace wend {
namespace {

// Copies the elements at `positions` of one array over members.
template <class T>
void gather(const T* from, std::span<const std::uint32_t> positions, T* to) {
  for (std::size_t i = 0; i < positions.size(); ++i) to[i] = from[positions[i]];
}

std::uint32_t size_of(std::span<const std::uint32_t> positions) {
  return static_cast<std::uint32_t>(positions.size());
}

ProductMembers select(const ProductMembers& members, std::span<const std::uint32_t> positions) {
  ProductMembers selected{.alphabet = members.alphabet,
                          .horizon = members.horizon,
                          .count = size_of(positions),
                          .signs = {},
                          .up = members.up,
                          .down = members.down};
  const std::uint64_t from = padded_members(members.count);
  const std::uint64_t to = padded_members(selected.count);
  const std::uint64_t words = members.signs.size() / from;
  selected.signs = TableMemory<std::uint64_t>(words * to);
  for (std::uint64_t w = 0; w < words; ++w)
    gather(members.signs.data() + w * from, positions, selected.signs.data() + w * to);
  return selected;
}

NeedleMembers select(const NeedleMembers& members, std::span<const std::uint32_t> positions) {
  NeedleMembers selected{.alphabet = members.alphabet,
                         .horizon = members.horizon,
                         .count = size_of(positions),
                         .needle_depth = members.needle_depth,
                         .symbol_bits = members.symbol_bits,
                         .needle = {},
                         .follow = members.follow,
                         .leave = members.leave};
  selected.needle.resize(padded_members(selected.count));
  gather(members.needle.data(), positions, selected.needle.data());
  return selected;
}

TableMembers select(const TableMembers& members, std::span<const std::uint32_t> positions) {
  TableMembers selected{.alphabet = members.alphabet,
                        .horizon = members.horizon,
                        .count = size_of(positions),
                        .next = members.next,
                        .table = {},
                        .error = members.error};
  const std::uint64_t from = padded_members(members.count);
  const std::uint64_t to = padded_members(selected.count);
  selected.table = TableMemory<double>(members.next.size() * to);
  for (std::uint64_t e = 0; e < members.next.size(); ++e)
    gather(members.table.data() + e * from, positions, selected.table.data() + e * to);
  return selected;
}

PoolMembers select(const PoolMembers& members, std::span<const std::uint32_t> positions) {
  PoolMembers selected{.alphabet = members.alphabet,
                       .horizon = members.horizon,
                       .count = size_of(positions),
                       .start = {},
                       .next = {},
                       .table = {},
                       .error = members.error};
  // Only the rows that these members can reach, in the order in which they are met; 0 stays 0.
  std::vector<std::uint32_t> number(members.next.size() / members.alphabet, 0);
  std::vector<std::uint32_t> rows{0};
  const auto renumber = [&](std::uint32_t row) {
    if (row != 0 && number[row] == 0) {
      number[row] = static_cast<std::uint32_t>(rows.size());
      rows.push_back(row);
    }
    return number[row];
  };
  selected.start.resize(padded_members(selected.count), 0);
  for (std::size_t i = 0; i < positions.size(); ++i)
    selected.start[i] = renumber(members.start[positions[i]]);
  std::size_t done = 0;
  while (done < rows.size()) {
    const std::uint64_t first = std::uint64_t{rows[done++]} * members.alphabet;
    for (std::uint64_t e = first; e < first + members.alphabet; ++e) {
      selected.next.push_back(renumber(members.next[e]));
      selected.table.push_back(members.table[e]);
    }
  }
  return selected;
}

std::uint64_t bytes(const ProductMembers& members) {
  return members.signs.bytes() + (members.up.size() + members.down.size()) * sizeof(double);
}
std::uint64_t bytes(const NeedleMembers& members) {
  return members.needle.size() * sizeof(std::uint64_t) +
         (members.follow.size() + members.leave.size()) * sizeof(double);
}
std::uint64_t bytes(const TableMembers& members) {
  return members.next.size() * sizeof(std::uint32_t) + members.table.bytes();
}
std::uint64_t bytes(const PoolMembers& members) {
  return (members.start.size() + members.next.size()) * sizeof(std::uint32_t) +
         members.table.size() * sizeof(double);
}

double error_of(const ProductMembers& /*members*/) { return 0; }
double error_of(const NeedleMembers& /*members*/) { return 0; }
double error_of(const TableMembers& members) { return members.error; }
double error_of(const PoolMembers& members) { return members.error; }

template <class View>
double log_prefix(const View& view, std::uint64_t position, const std::uint32_t* symbols,
                  std::uint32_t depth) {
  auto member = kernels::MemberCursor<View>::at_root(view, position);
  kernels::ClassNode node;
  double sum = 0;
  for (std::uint32_t h = 0; h < depth; ++h) {
    const double probability = member.probability(view, node, symbols[h]);
    if (probability <= 0) return -std::numeric_limits<double>::infinity();
    sum += std::log(probability);
    if constexpr (View::kHasState) member.state = view.next_state(member.state, symbols[h]);
    node = view.descend(node, symbols[h]);
  }
  return sum;
}

}  // namespace

kernels::ProductMembersView view_of(const ProductMembers& members) {
  return {
      members.alphabet,     members.horizon,   members.count,      padded_members(members.count),
      members.signs.data(), members.up.data(), members.down.data()};
}

kernels::NeedleMembersView view_of(const NeedleMembers& members) {
  return {members.alphabet,      members.horizon,      members.count,
          members.needle_depth,  members.symbol_bits,  members.needle.data(),
          members.follow.data(), members.leave.data(), 1.0 / members.alphabet};
}

kernels::TableMembersView view_of(const TableMembers& members) {
  return {members.alphabet,    members.horizon,     members.count, padded_members(members.count),
          members.next.data(), members.table.data()};
}

kernels::PoolMembersView view_of(const PoolMembers& members) {
  return {members.alphabet,     members.horizon,     members.count,
          members.start.data(), members.next.data(), members.table.data()};
}

ClassMembers select_members(const ClassMembers& members, std::span<const std::uint32_t> positions) {
  return std::visit([&](const auto& own) { return ClassMembers(select(own, positions)); }, members);
}

std::uint32_t count(const ClassMembers& members) {
  return std::visit([](const auto& own) { return own.count; }, members);
}

std::uint32_t alphabet(const ClassMembers& members) {
  return std::visit([](const auto& own) { return own.alphabet; }, members);
}

std::uint32_t horizon(const ClassMembers& members) {
  return std::visit([](const auto& own) { return own.horizon; }, members);
}

std::uint64_t table_bytes(const ClassMembers& members) {
  return std::visit([](const auto& own) { return bytes(own); }, members);
}

double mass_error(const ClassMembers& members) {
  return std::visit([](const auto& own) { return error_of(own); }, members);
}

double log_prefix_mass(const ClassMembers& members, std::uint64_t position,
                       const std::uint32_t* symbols, std::uint32_t depth) {
  return std::visit(
      [&](const auto& own) { return log_prefix(view_of(own), position, symbols, depth); }, members);
}

}  // namespace wend
