#include "ir/dtypes_text.h"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace tsc {

std::string dtypes_text(DTypes types) {
  static constexpr std::array<std::pair<DTypes, const char*>, 10> sets = {
      {{Floats, "floats"},
       {Ints, "integers"},
       {Reals, "floats, integers"},
       {Bools, "bool"},
       {BoolsAndInts, "bool, integers"},
       {AnyReal, "all but complex"},
       {AnyType, "all"},
       {Floats | Complexes, "floats, complex"},
       {Reals | Complexes, "floats, integers, complex"},
       {Signed, "signed integers"}}};
  for (const auto& [set, called] : sets)
    if (set == types) return called;
  std::string out;
  for (const DTypeRow& d : all_dtypes())
    if (in(d.dtype, types)) out += fmt::format("{}{}", out.empty() ? "" : ", ", d.name);
  return out;
}

} // namespace tsc
