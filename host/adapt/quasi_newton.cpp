#include "host/adapt/quasi_newton.hpp"

#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

namespace wend {
namespace {

constexpr std::size_t kRemembered = 10;
constexpr int kMostStepHalvings = 30;
// A step gains at least this much of what the slope promises.
constexpr double kSufficient = 1e-4;
// Of the lengths of a step and of what it changed the gradient by: less says nothing of curvature.
constexpr double kLeastCurvature = 1e-10;

// What the last steps have told of the second derivatives.
class Curvature {
 public:
  void add(Eigen::VectorXd step, Eigen::VectorXd change) {
    const double product = step.dot(change);
    if (!(product > kLeastCurvature * step.norm() * change.norm())) return;
    pairs_.push_back({std::move(step), std::move(change), product});
    if (pairs_.size() > kRemembered) pairs_.pop_front();
  }

  [[nodiscard]] Eigen::VectorXd newton_step(const Eigen::VectorXd& gradient) const {
    Eigen::VectorXd direction = -gradient;
    std::vector<double> taken(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      taken[i] = pairs_[i].step.dot(direction) / pairs_[i].product;
      direction -= taken[i] * pairs_[i].change;
    }
    direction *= pairs_.empty() ? 1 / gradient.norm()
                                : pairs_.back().product / pairs_.back().change.squaredNorm();
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double given = pairs_[i].change.dot(direction) / pairs_[i].product;
      direction += (taken[i] - given) * pairs_[i].step;
    }
    return direction;
  }

 private:
  struct Pair {
    Eigen::VectorXd step;
    Eigen::VectorXd change;
    double product;
  };
  std::deque<Pair> pairs_;
};

}  // namespace

Eigen::VectorXd descend(const ValueAndGradient& function, Eigen::VectorXd at,
                        QuasiNewtonLimits limits) {
  Eigen::VectorXd gradient(at.size());
  Eigen::VectorXd next_gradient(at.size());
  double value = function(at, gradient);
  Curvature curvature;
  for (int k = 0; k < limits.iterations; ++k) {
    Eigen::VectorXd step = curvature.newton_step(gradient);
    const double slope = gradient.dot(step);
    if (!(slope < 0)) break;
    double length = 1;
    double next = function(at + step, next_gradient);
    int halved = 0;
    for (; !(next <= value + kSufficient * length * slope) && halved < kMostStepHalvings;
         ++halved) {
      length /= 2;
      next = function(at + length * step, next_gradient);
    }
    if (!(next < value)) break;
    step *= length;
    at += step;
    const bool settled = value - next < limits.settled;
    curvature.add(std::move(step), next_gradient - gradient);
    gradient.swap(next_gradient);
    value = next;
    if (settled) break;
  }
  return at;
}

}  // namespace wend
