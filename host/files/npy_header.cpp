#include "host/files/npy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>

namespace wend {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kMaxHeader = 1U << 16U;  // of one array; NumPy itself takes 10,000
constexpr std::size_t kMaxDimensions = 64;
constexpr std::size_t kAlignment = 64;

struct TypeName {
  NpyType type;
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array kTypes = {TypeName{NpyType::kF4, "<f4", 4}, TypeName{NpyType::kF8, "<f8", 8},
                               TypeName{NpyType::kI1, "|i1", 1}, TypeName{NpyType::kI2, "<i2", 2},
                               TypeName{NpyType::kI4, "<i4", 4}, TypeName{NpyType::kI8, "<i8", 8},
                               TypeName{NpyType::kU1, "|u1", 1}, TypeName{NpyType::kU2, "<u2", 2},
                               TypeName{NpyType::kU4, "<u4", 4}, TypeName{NpyType::kU8, "<u8", 8}};

const TypeName& entry(NpyType type) {
  return *std::find_if(kTypes.begin(), kTypes.end(),
                       [&](const TypeName& known) { return known.type == type; });
}

[[noreturn]] void refuse(const std::string& reason) { throw std::invalid_argument(reason); }

// The order of bytes, in front, must be this machine's, which is what NumPy takes "=" and "|" for;
// a single byte has none.
bool names_type(std::string_view name, const TypeName& known) {
  if (name.size() != known.name.size() || name.substr(1) != known.name.substr(1)) return false;
  const bool any_order = known.bytes == 1;
  return name.front() == '<' || name.front() == '=' || name.front() == '|' ||
         (any_order && name.front() == '>');
}

NpyType parse_type(std::string_view name) {
  for (const TypeName& known : kTypes) {
    if (names_type(name, known)) return known.type;
  }
  std::string why = "is not one of <f8, <f4, |i1, <i2, <i4, <i8, |u1, <u2, <u4, <u8";
  if (name.find('O') != std::string_view::npos) why = "holds pickled objects, which are not read";
  if (name.starts_with('>')) why = "is big-endian; save it little-endian";
  if (name.find('c') != std::string_view::npos) why = "is complex";
  refuse("its type " + std::string(name.substr(0, 32)) + " " + why);
}

// The header is a Python dictionary of three keys. No more of Python's grammar is taken than NumPy
// writes, or has written.
class DictionaryParser {
 public:
  explicit DictionaryParser(std::string_view text) : text_(text) {}

  NpyHeader parse() {
    expect('{');
    while (!take('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !type_) {
        if (peek() == '[') refuse("it is a structured array, not one of plain numbers");
        type_ = parse_type(quoted());
      } else if (key == "fortran_order" && !fortran_order_) {
        fortran_order_ = boolean();
      } else if (key == "shape" && !shape_) {
        shape_ = tuple();
      } else {
        broken();
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (text_ != "\n") broken();
    if (!type_ || !fortran_order_ || !shape_) broken();
    if (*fortran_order_ && shape_->size() > 1) {
      refuse("it is in Fortran order; save it in C order (numpy.ascontiguousarray)");
    }
    return {.type = *type_, .shape = *shape_, .count = element_count(), .data_offset = 0};
  }

 private:
  [[noreturn]] static void broken() { refuse("its header is not that of one .npy array"); }

  void skip_blanks() { text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size())); }
  char peek() {
    skip_blanks();
    return text_.empty() ? '\0' : text_.front();
  }
  bool take(char c) {
    if (peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) broken();
  }
  std::string_view quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') broken();
    const std::size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) broken();
    const std::string_view value = text_.substr(1, end - 1);
    const bool plain = std::all_of(value.begin(), value.end(),
                                   [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
    if (!plain) broken();
    text_.remove_prefix(end + 1);
    return value;
  }
  bool boolean() {
    skip_blanks();
    for (const bool value : {false, true}) {
      const std::string_view name = value ? "True" : "False";
      if (text_.starts_with(name)) {
        text_.remove_prefix(name.size());
        return value;
      }
    }
    broken();
  }
  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> sizes;
    expect('(');
    while (!take(')')) {
      if (peek() == '-') refuse("its shape has a negative size");
      std::uint64_t size = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error == std::errc::result_out_of_range) refuse("the sizes of its shape overflow");
      if (error != std::errc()) broken();
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      if (text_.starts_with('L')) text_.remove_prefix(1);  // a long of Python 2: (8L,)
      sizes.push_back(size);
      if (sizes.size() > kMaxDimensions) refuse("it has more than 64 dimensions");
      if (take(',')) continue;
      if (sizes.size() == 1) broken();  // (3) is a number, (3,) a tuple
      expect(')');
      break;
    }
    return sizes;
  }
  [[nodiscard]] std::uint64_t element_count() const {
    const std::uint64_t limit =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / item_bytes(*type_);
    std::uint64_t count = 1;
    for (const std::uint64_t size : *shape_) {
      if (__builtin_mul_overflow(count, size, &count) || count > limit) {
        refuse("the sizes of its shape overflow");
      }
    }
    return count;
  }

  std::string_view text_;
  std::optional<NpyType> type_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<std::uint64_t>> shape_;
};

}  // namespace

std::string_view to_string(NpyType type) { return entry(type).name; }

std::uint64_t item_bytes(NpyType type) { return entry(type).bytes; }

NpyHeader parse_npy_header(std::span<const std::byte> file) {
  // Views as characters, which the standard allows of any bytes.
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic)) refuse("it is not an .npy file");
  constexpr std::size_t kVersion = kMagic.size();
  if (text.size() < kVersion + 2) refuse("it is cut short within its header");
  const auto byte = [&](std::size_t i) { return static_cast<std::uint64_t>(file[i]); };
  const std::uint64_t major = byte(kVersion);
  if (major < 1 || major > 3 || byte(kVersion + 1) != 0) {
    refuse("its format version is not 1.0, 2.0 or 3.0");
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = kVersion + 2 + length_bytes;
  if (text.size() < begin) refuse("it is cut short within its header");
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= byte(kVersion + 2 + i) << (8 * i);
  if (length > kMaxHeader) refuse("its header is longer than 65536 bytes");
  if (text.size() - begin < length) refuse("it is cut short within its header");
  NpyHeader header = DictionaryParser(text.substr(begin, length)).parse();
  header.data_offset = begin + length;
  return header;
}

std::string npy_header(NpyType type, std::span<const std::uint64_t> shape) {
  std::string dictionary =
      "{'descr': '" + std::string(to_string(type)) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) dictionary += ' ';
    dictionary += std::to_string(shape[i]) + ",";
  }
  if (shape.size() > 1) dictionary.pop_back();
  dictionary += "), }";
  const std::size_t begin = kMagic.size() + 4;
  const std::size_t unpadded = begin + dictionary.size() + 1;
  dictionary.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  dictionary += '\n';
  std::string header(kMagic);
  header += '\x01';
  header += '\0';
  header += static_cast<char>(dictionary.size() & 0xFFU);
  header += static_cast<char>(dictionary.size() >> 8U);
  return header + dictionary;
}

}  // namespace wend
