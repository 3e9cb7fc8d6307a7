#include "tools/tsc/bench_report.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

std::string time_text(double nanoseconds) {
  if (nanoseconds < 1e3) return fmt::format("{:.0f} ns", nanoseconds);
  if (nanoseconds < 1e6) return fmt::format("{:.3g} us", nanoseconds / 1e3);
  if (nanoseconds < 1e9) return fmt::format("{:.3g} ms", nanoseconds / 1e6);
  return fmt::format("{:.3g} s", nanoseconds / 1e9);
}

Json or_null(std::optional<double> number) { return number ? Json(*number) : Json(); }

} // namespace

double BenchReport::at(double fraction) const {
  const auto last = static_cast<double>(nanoseconds.size() - 1);
  return nanoseconds[static_cast<size_t>(fraction * last + 0.5)];
}

std::string text_of(const BenchReport& r) {
  const double median = r.at(0.5);
  std::string text = fmt::format("compile    {:.1f} ms\n", r.compile_ms);
  if (r.warm_ms) text += fmt::format("warm load  {:.2f} ms from the cache\n", *r.warm_ms);
  for (const auto& [name, size] : r.sizes)
    text += fmt::format("size       {} = {}\n", name, size);
  text += fmt::format("call       {} (median), {} (95 %), {} (least)\n", time_text(median),
                      time_text(r.at(0.95)), time_text(r.at(0)));
  text += fmt::format("rate       {:.4g} calls/s, {:.3g} GB/s of inputs and outputs\n",
                      1e9 / median, static_cast<double>(r.bytes) / median);
  if (r.interpreted_ms)
    text += fmt::format("interp     {} a call: {:.3g} times slower\n",
                        time_text(*r.interpreted_ms * 1e6), *r.interpreted_ms * 1e6 / median);
  return text;
}

Json json_of(const BenchReport& r) {
  const double median = r.at(0.5);
  return {{"graph", r.graph},
          {"cpu", r.cpu},
          {"device", r.device},
          {"sizes", r.sizes},
          {"bytes", r.bytes},
          {"compile_ms", r.compile_ms},
          {"warm_load_ms", or_null(r.warm_ms)},
          {"calls_timed", r.nanoseconds.size()},
          {"median_ns", median},
          {"p95_ns", r.at(0.95)},
          {"least_ns", r.at(0)},
          {"calls_per_s", 1e9 / median},
          {"gb_per_s", static_cast<double>(r.bytes) / median},
          {"interpreted_ms", or_null(r.interpreted_ms)}};
}

} // namespace tsc::cli
