#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/files/input_files.hpp"
#include "host/files/mapped_file.hpp"
#include "host/files/safetensors_header.hpp"

namespace wend {

/// The tensors of one .safetensors file, or of several with an index beside them
/// (`model.safetensors.index.json`), mapped: nothing is copied, nothing is unpickled.
class Safetensors {
 public:
  /// `path`: a .safetensors file, or a folder that has model.safetensors or the index. Every file
  /// is added to `inputs` before it is read. Throws Error(kInput), one line that names the file,
  /// the tensor and the reason: parse_safetensors_header()'s, an index that names other files than
  /// those of its folder, or tensors that they have not.
  Safetensors(const std::filesystem::path& path, InputFiles& inputs);

  [[nodiscard]] bool has(const std::string& tensor) const { return tensors_.contains(tensor); }
  /// As stored. Throws Error(kInput) "FILE: TENSOR: missing".
  [[nodiscard]] const TensorEntry& entry(const std::string& tensor) const;
  /// Throws Error(kInput), with both shapes, unless the tensor is there and has this shape.
  void expect_shape(const std::string& tensor, std::initializer_list<std::uint64_t> shape) const;
  /// Elements first .. first + out.size() - 1 in C order, from F32, F16 or BF16, without loss.
  /// Throws Error(kInput) for other types, and for numbers that are not finite.
  void read(const std::string& tensor, std::uint64_t first, std::span<float> out) const;
  /// All of them, with that shape.
  [[nodiscard]] std::vector<float> read_all(const std::string& tensor,
                                            std::initializer_list<std::uint64_t> shape) const;
  /// The file, for messages.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  struct Place {
    TensorEntry entry;
    std::size_t file;
  };
  void open(const std::filesystem::path& file, InputFiles& inputs);
  void open_index(const std::filesystem::path& index, InputFiles& inputs);
  [[nodiscard]] const Place& place(const std::string& tensor) const;
  [[noreturn]] void refuse(const std::string& tensor, const std::string& reason) const;

  std::filesystem::path path_;
  std::vector<std::filesystem::path> files_;
  std::vector<MappedFile> mapped_;
  std::map<std::string, Place> tensors_;
};

/// The number that a half of IEEE 754 (binary16) is.
float float_of_half(std::uint16_t half);

}  // namespace wend
