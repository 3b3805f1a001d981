#pragma once

#include <cstdint>
#include <memory>

#include "wend/c.h"
#include "wend/oracle.hpp"

namespace wend {

/// A wend_oracle with all its defaults.
wend_oracle default_c_oracle();

/// An oracle behind the functions of a wend_oracle, which it releases at its end, and then lets go
/// of `library`, which they are in.
class COracle final : public BatchOracle {
 public:
  /// Throws Error(kUsage) if there is no function `expand`; `oracle` is released then, too.
  explicit COracle(const wend_oracle& oracle, std::shared_ptr<void> library = nullptr);
  ~COracle() override;

  [[nodiscard]] const OracleTraits& traits() const override { return traits_; }
  void expand(std::uint32_t context, const OracleBatch& batch, const OracleRows& rows) override;

 private:
  /// Releases `user`, also where the constructor throws.
  class Owner {
   public:
    Owner(std::shared_ptr<void> library, void (*release)(void*), void* user);
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    ~Owner();
    [[nodiscard]] void* user() const { return user_; }

   private:
    std::shared_ptr<void> library_;
    void (*release_)(void*);
    void* user_;
  };

  Owner owner_;
  wend_expand expand_;
  OracleTraits traits_;
};

}  // namespace wend
