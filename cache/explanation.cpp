#include "cache/explanation.h"

#include "support/error.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

constexpr size_t shown_bytes = 200;

std::string shown(const std::string& value) { return printable(value, shown_bytes); }

bool one_sided(const Difference& d) { return d.asked.empty() || d.stored.empty(); }

// What only one side has of a field that may stand several times (features), on one line.
std::string one_sided_lines(std::span<const Difference> list, std::string_view a,
                            std::string_view b) {
  std::string out = fmt::format("  {}\n", list[0].field);
  for (const bool asked : {true, false}) {
    std::string values;
    for (const Difference& d : list)
      if (d.stored.empty() == asked)
        values += fmt::format("{}{}", values.empty() ? "" : " ", asked ? d.asked : d.stored);
    if (!values.empty())
      out += fmt::format("    only {}: {}\n", asked ? a : b, printable(values, 4 * shown_bytes));
  }
  return out;
}

// How many differences from the first on are shown together.
size_t run_length(std::span<const Difference> list) {
  size_t n = 1;
  while (n < list.size() && one_sided(list[0]) && one_sided(list[n]) &&
         list[n].field == list[0].field)
    ++n;
  return n;
}

} // namespace

std::string text(std::span<const Difference> list, std::string_view a, std::string_view b,
                 size_t most) {
  const size_t width = std::max(a.size(), b.size());
  std::string out;
  for (; !list.empty() && most > 0; --most) {
    const size_t n = run_length(list);
    if (one_sided(list[0]))
      out += one_sided_lines(list.first(n), a, b);
    else
      out += fmt::format("  {}\n    {:{}}: {}\n    {:{}}: {}\n", list[0].field, a, width,
                         shown(list[0].asked), b, width, shown(list[0].stored));
    list = list.subspan(n);
  }
  if (!list.empty()) out += fmt::format("  ... and {} more\n", list.size());
  if (!out.empty()) out.pop_back();
  return out;
}

std::string text(const Explanation& e) {
  if (e.hit) return fmt::format("hit: entry {:.12}", e.nearest);
  if (e.nearest.empty())
    return fmt::format("miss: {}; no other is like it", row(Miss::New).meaning);
  constexpr size_t most = 20;
  return fmt::format("miss: {}\nnearest entry {:.12} differs in\n{}", row(e.reason).meaning,
                     e.nearest, text(e.differences, "asked", "stored", most));
}

} // namespace tsc
