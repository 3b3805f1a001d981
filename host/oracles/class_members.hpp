#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "host/base/table_memory.hpp"
#include "kernels/elimination/members.hpp"

namespace wend {

/// Elements of an array over `count` members: a multiple of kernels::kMembersPerWord.
inline std::uint64_t padded_members(std::uint64_t count) {
  return (count + kernels::kMembersPerWord - 1) / kernels::kMembersPerWord *
         kernels::kMembersPerWord;
}

/// The members of a class in the form that kernels/elimination/members.hpp reads, one kind of table
/// each. Arrays over members are padded to padded_members(count).
struct ProductMembers {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::uint32_t count = 0;
  TableMemory<std::uint64_t> signs;  ///< ceil(H / 64) words x padded members
  std::vector<double> up;
  std::vector<double> down;
};

struct NeedleMembers {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::uint32_t count = 0;
  std::uint32_t needle_depth = 0;
  std::uint32_t symbol_bits = 0;
  std::vector<std::uint64_t> needle;  ///< padded members
  std::vector<double> follow;
  std::vector<double> leave;
};

struct TableMembers {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::uint32_t count = 0;
  std::vector<std::uint32_t> next;  ///< contexts x A
  TableMemory<double> table;        ///< contexts x A x padded members
  double error = 0;                 ///< mass_error()
};

struct PoolMembers {
  std::uint32_t alphabet = 0;
  std::uint32_t horizon = 0;
  std::uint32_t count = 0;
  std::vector<std::uint32_t> start;  ///< padded members
  std::vector<std::uint32_t> next;   ///< rows x A
  std::vector<double> table;         ///< rows x A
  double error = 0;                  ///< mass_error()
};

using ClassMembers = std::variant<ProductMembers, NeedleMembers, TableMembers, PoolMembers>;

/// Views of tables in host memory, which they must not outlive.
kernels::ProductMembersView view_of(const ProductMembers& members);
kernels::NeedleMembersView view_of(const NeedleMembers& members);
kernels::TableMembersView view_of(const TableMembers& members);
kernels::PoolMembersView view_of(const PoolMembers& members);

/// The members at `positions` (ascending), as tables of their own. O(size of the result).
ClassMembers select_members(const ClassMembers& members, std::span<const std::uint32_t> positions);

std::uint32_t count(const ClassMembers& members);
std::uint32_t alphabet(const ClassMembers& members);
std::uint32_t horizon(const ClassMembers& members);
/// Bytes of the tables.
std::uint64_t table_bytes(const ClassMembers& members);

/// Most that ln of a member's mass of a sequence is off, in the tables, from what the member was
/// made from; 0 where the tables are what it is.
double mass_error(const ClassMembers& members);

/// ln f(u) of the member at `position`, u being the first `depth` symbols; -inf where it has no
/// mass. O(depth).
double log_prefix_mass(const ClassMembers& members, std::uint64_t position,
                       const std::uint32_t* symbols, std::uint32_t depth);

}  // namespace wend
