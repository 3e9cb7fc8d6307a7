// Indexing as in NumPy: x(2), x(slice(1, 5)), x(slice(), -1), x(ellipsis, newaxis), x(rows).
#pragma once

#include "ir/dim.h"

#include <concepts>
#include <memory>
#include <optional>
#include <source_location>
#include <variant>

namespace [[gnu::visibility("default")]] tsc {

class Tensor;

// start, start + step, ... up to but without stop. Numbers below 0 count from the end; nullopt is
// the end that the step starts from or runs to. Sizes may be symbolic.
struct Slice {
  std::optional<Dim> start, stop;
  int64_t step = 1;
};

inline Slice slice() { return {}; } // the whole axis
inline Slice slice(std::optional<Dim> start, std::optional<Dim> stop, int64_t step = 1) {
  return {std::move(start), std::move(stop), step};
}

struct NewAxis {};
struct Ellipsis {};
inline constexpr NewAxis newaxis;   // an axis of size 1 in the result
inline constexpr Ellipsis ellipsis; // as many whole axes as are left over

// One place of x(...): a position (drops the axis), a Slice, a tensor of integers (its axes take
// the place of the axis; a scalar drops it), newaxis or ellipsis. Knows the line it stands on.
class Subscript {
public:
  using Place = std::variant<int64_t, Slice, std::shared_ptr<const Tensor>, NewAxis, Ellipsis>;

  template <std::integral I>
  Subscript(I position, std::source_location where = std::source_location::current())
      : place_(static_cast<int64_t>(position)), where_(where) {}
  Subscript(Slice slice, std::source_location where = std::source_location::current())
      : place_(std::move(slice)), where_(where) {}
  Subscript(const Tensor& positions, std::source_location where = std::source_location::current());
  Subscript(NewAxis axis, std::source_location where = std::source_location::current())
      : place_(axis), where_(where) {}
  Subscript(Ellipsis rest, std::source_location where = std::source_location::current())
      : place_(rest), where_(where) {}

  const Place& place() const { return place_; }
  std::source_location where() const { return where_; }

private:
  Place place_;
  std::source_location where_;
};

} // namespace tsc
