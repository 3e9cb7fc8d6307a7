// What `tsc bench` found, as text and as JSON.
#pragma once

#include "tools/common/json.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tsc::cli {

struct BenchReport {
  std::string graph, cpu, device;
  std::map<std::string, int64_t> sizes;
  uint64_t bytes = 0;              // of all inputs, states and outputs
  std::vector<double> nanoseconds; // of one call each, sorted
  double compile_ms = 0;           // without the cache
  std::optional<double> warm_ms;   // from the cache; none where it is off
  std::optional<double> interpreted_ms;

  double at(double fraction) const; // a quantile of the times: 0.5 is the median
};

std::string text_of(const BenchReport& report);
Json json_of(const BenchReport& report);

} // namespace tsc::cli
