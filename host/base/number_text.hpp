#pragma once

#include <cstdint>
#include <string>

namespace wend {

/// "1,234,567".
std::string grouped(std::uint64_t value);
/// A count or rate with thousands separators: no decimals from 100 on, two below; in powers of ten
/// from 10^15 on.
std::string grouped(double value);
/// "512 B", "1.5 KiB", "24.0 GiB".
std::string byte_size(std::uint64_t bytes);
/// Whole seconds as "m:ss", or "h:mm:ss" from an hour on.
std::string clock_time(double seconds);

}  // namespace wend
