#include "wend/algorithm.hpp"
#include "wend/baseline.hpp"
#include "wend/means.hpp"

namespace wend {

std::string_view to_string(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kAuto:
      return "auto";
    case Algorithm::kJerrumSinclair:
      return "jerrum-sinclair";
    case Algorithm::kLifted:
      return "lifted";
    case Algorithm::kSequential:
      return "sequential";
    case Algorithm::kClassElimination:
      return "class-elimination";
  }
  return "unknown";
}

std::string_view to_string(Correction correction) {
  switch (correction) {
    case Correction::kReject:
      return "reject";
    case Correction::kWeight:
      return "weight";
    case Correction::kNone:
      return "none";
    case Correction::kWalk:
      return "walk";
  }
  return "unknown";
}

std::string_view to_string(Adapt adapt) {
  switch (adapt) {
    case Adapt::kNone:
      return "none";
    case Adapt::kAuto:
      return "auto";
    case Adapt::kDepth:
      return "depth";
    case Adapt::kBucket:
      return "bucket";
    case Adapt::kFeatures:
      return "features";
  }
  return "unknown";
}

std::string_view to_string(Visits visits) {
  switch (visits) {
    case Visits::kDefault:
      return "default";
    case Visits::kProven:
      return "proven";
    case Visits::kMeasured:
      return "measured";
    case Visits::kFixed:
      return "fixed";
  }
  return "unknown";
}

std::string_view to_string(VersionSpace space) {
  switch (space) {
    case VersionSpace::kShared:
      return "shared";
    case VersionSpace::kIndependent:
      return "independent";
  }
  return "unknown";
}

std::string_view to_string(Backend backend) {
  switch (backend) {
    case Backend::kAuto:
      return "auto";
    case Backend::kCpu:
      return "cpu";
    case Backend::kCuda:
      return "cuda";
  }
  return "unknown";
}

std::string_view to_string(EngineKind engine) {
  switch (engine) {
    case EngineKind::kAuto:
      return "auto";
    case EngineKind::kFused:
      return "fused";
    case EngineKind::kLockstep:
      return "lockstep";
  }
  return "unknown";
}

std::string_view to_string(SelfTest test) {
  switch (test) {
    case SelfTest::kRefuse:
      return "refuse";
    case SelfTest::kPin:
      return "pin";
    case SelfTest::kOff:
      return "off";
  }
  return "unknown";
}

std::string_view to_string(GuaranteeKind kind) {
  switch (kind) {
    case GuaranteeKind::kProven:
      return "proven";
    case GuaranteeKind::kMeasured:
      return "measured";
    case GuaranteeKind::kNone:
      return "none";
  }
  return "unknown";
}

std::string_view to_string(MeanOf of) {
  switch (of) {
    case MeanOf::kMarginals:
      return "marginals";
    case MeanOf::kLogMass:
      return "log-mass";
    case MeanOf::kLogZ:
      return "log-z";
    case MeanOf::kLength:
      return "length";
    case MeanOf::kSymbols:
      return "symbols";
  }
  return "unknown";
}

std::string_view to_string(Baseline method) {
  switch (method) {
    case Baseline::kRejection:
      return "rejection";
    case Baseline::kMemoRejection:
      return "memo-rejection";
    case Baseline::kBestOf:
      return "best-of";
    case Baseline::kMasking:
      return "masking";
    case Baseline::kLowTemperature:
      return "low-temperature";
    case Baseline::kSuffixMh:
      return "suffix-mh";
  }
  return "unknown";
}

std::string_view to_string(BaselineLaw law) {
  switch (law) {
    case BaselineLaw::kExact:
      return "exact";
    case BaselineLaw::kBiased:
      return "biased";
    case BaselineLaw::kInTheLimit:
      return "in the limit";
  }
  return "unknown";
}

std::string_view to_string(SuffixProposal proposal) {
  switch (proposal) {
    case SuffixProposal::kBase:
      return "base";
    case SuffixProposal::kLowTemperature:
      return "low-temperature";
  }
  return "unknown";
}

}  // namespace wend
