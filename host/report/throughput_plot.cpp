#include "host/report/throughput_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/number_text.hpp"
#include "host/base/printable.hpp"
#include "host/report/throughput_rates.hpp"

namespace wend {
namespace {

// Of the picture, and of the part of it within the axes, in pixels.
constexpr double kWidth = 720;
constexpr double kHeight = 440;
constexpr double kLeft = 84;
constexpr double kRight = 20;
constexpr double kTop = 64;
constexpr double kBottom = 56;

struct Point {
  double x;
  double y;
};

struct Series {
  std::string label;
  const char* colour;
  const char* dashes;
  std::vector<Point> points;  ///< both above 0
};

/// A logarithmic axis over whole powers of ten.
class Axis {
 public:
  /// `from`, `to`: where its ends lie in the picture.
  Axis(double least, double most, double from, double to)
      : low_(std::floor(std::log10(least))),
        high_(std::max(low_ + 1, std::ceil(std::log10(most)))),
        from_(from),
        to_(to) {}

  [[nodiscard]] double place(double value) const {
    return from_ + (to_ - from_) * (std::log10(value) - low_) / (high_ - low_);
  }
  [[nodiscard]] std::vector<double> ticks() const {
    std::vector<double> ticks;
    for (double power = low_; power <= high_; ++power) ticks.push_back(std::pow(10.0, power));
    return ticks;
  }

 private:
  double low_;
  double high_;
  double from_;
  double to_;
};

/// Text without control characters, as XML has it.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string tick_text(double value) {
  return value < 1 ? fmt::format("{:g}", value)
                   : grouped(static_cast<std::uint64_t>(std::llround(value)));
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text,
                    std::string_view more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y,
                     anchor, more, escaped(text));
}

std::string line_between(double x1, double y1, double x2, double y2, std::string_view colour) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2,
      y2, colour);
}

std::vector<Series> series_of(const ThroughputResult& result) {
  Series calls{"a call's nodes, the oracle alone", "#1b6ca8", "", {}};
  for (const CallRates& rates : result.calls)
    calls.points.push_back(
        {static_cast<double>(rates.batch), a_second(rates.evaluations, rates.seconds)});
  Series chains{"chains of a run in lockstep", "#c4441c", " stroke-dasharray=\"6 3\"", {}};
  for (const LockstepRates& rates : result.lockstep)
    chains.points.push_back(
        {static_cast<double>(rates.chains), a_second(rates.use.evaluations, rates.seconds)});
  std::vector<Series> all{std::move(calls), std::move(chains)};
  for (Series& series : all)
    std::erase_if(series.points, [](const Point& point) { return !(point.y > 0); });
  std::erase_if(all, [](const Series& series) { return series.points.empty(); });
  return all;
}

std::string draw_series(const Series& series, const Axis& across, const Axis& up) {
  std::string places;
  std::string dots;
  for (const Point& point : series.points) {
    const double x = across.place(point.x);
    const double y = up.place(point.y);
    places += fmt::format("{}{:.1f},{:.1f}", places.empty() ? "" : " ", x, y);
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", x, y,
                        series.colour);
  }
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{}/>\n",
                     places, series.colour, series.dashes) +
         dots;
}

std::string draw_axes(const Axis& across, const Axis& up) {
  constexpr double kEnd = kWidth - kRight;
  constexpr double kFloor = kHeight - kBottom;
  std::string svg;
  for (const double tick : across.ticks()) {
    const double x = across.place(tick);
    svg += line_between(x, kTop, x, kFloor, "#dddddd");
    svg += text_at(x, kFloor + 18, "middle", tick_text(tick));
  }
  for (const double tick : up.ticks()) {
    const double y = up.place(tick);
    svg += line_between(kLeft, y, kEnd, y, "#dddddd");
    svg += text_at(kLeft - 8, y + 4, "end", tick_text(tick));
  }
  svg += line_between(kLeft, kFloor, kEnd, kFloor, "#333333");
  svg += line_between(kLeft, kTop, kLeft, kFloor, "#333333");
  svg += text_at((kLeft + kEnd) / 2, kHeight - 14, "middle", "nodes of a call, or chains");
  svg += text_at(kLeft, kTop - 10, "start", "evaluations a second");
  return svg;
}

}  // namespace

std::string throughput_plot(const InstanceFacts& facts, const ThroughputOptions& options,
                            const ThroughputResult& result) {
  std::string svg = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
      "width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      kWidth, kHeight);
  const std::string name = std::filesystem::path(facts.path).filename().string();
  svg +=
      text_at(kLeft, 20, "start",
              fmt::format("{} ({}), {}", printable(name), facts.kind, to_string(options.algorithm)),
              " font-size=\"14\"");
  const std::vector<Series> all = series_of(result);
  Point least{HUGE_VAL, HUGE_VAL};
  Point most{0, 0};
  for (const Series& series : all)
    for (const Point& point : series.points) {
      least = {std::min(least.x, point.x), std::min(least.y, point.y)};
      most = {std::max(most.x, point.x), std::max(most.y, point.y)};
    }
  if (all.empty()) {
    svg += text_at(kWidth / 2, kHeight / 2, "middle", "nothing was measured");
    return svg + "</svg>\n";
  }
  const Axis across(least.x, most.x, kLeft, kWidth - kRight);
  const Axis up(least.y, most.y, kHeight - kBottom, kTop);
  svg += draw_axes(across, up);
  for (const Series& series : all) {
    svg += draw_series(series, across, up);
    svg += text_at(kWidth - kRight, series.dashes[0] == '\0' ? 38 : 54, "end", series.label,
                   fmt::format(" fill=\"{}\"", series.colour));
  }
  return svg + "</svg>\n";
}

}  // namespace wend
