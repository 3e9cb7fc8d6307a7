// Typed indices: a NodeId cannot be passed where a BufferId is meant.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace tsc {

template <class Tag>
struct Id {
  uint32_t index = UINT32_MAX;

  constexpr Id() = default;
  constexpr explicit Id(size_t i) : index(static_cast<uint32_t>(i)) {}
  constexpr bool valid() const { return index != UINT32_MAX; }
  auto operator<=>(const Id&) const = default;
};

} // namespace tsc

template <class Tag>
struct std::hash<tsc::Id<Tag>> {
  size_t operator()(tsc::Id<Tag> id) const noexcept { return id.index; }
};
