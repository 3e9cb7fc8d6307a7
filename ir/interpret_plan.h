// Runs a plan as it stands, before any text exists: what its kernels, products, slots and checks
// mean, in the plainest way. Two comparisons follow from it: with the graph's interpreter, which
// tests lowering, and with the compiled program, which tests emission.
//
// Scalars are the reference interpreter's (ir/scalar.h). Memory is the plan's: each slot as large
// as the plan says and shared as the plan says. Broken promises of a plan are InternalErrors that
// name kernel and instruction: an item outside its buffer, a read of what no step wrote (or of what
// another buffer has overwritten), one point of a kernel's outer axes meeting the memory of
// another, an output left unwritten.
#pragma once

#include "ir/plan.h"
#include "ir/sizes.h"
#include "ir/tensor_value.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tsc {

struct FailedCheck {
  CheckId check; // in Plan::checks
  std::array<int64_t, 2> values{};
};

struct PlanResult {
  std::vector<TensorValue> outputs; // results, then the next values of updated states
  // The first that failed. A size check stops the run (no outputs then); an index that is out of
  // range does not, as in the compiled program.
  std::optional<FailedCheck> failed;
};

// The values of the plan's symbols, from the sizes of the inputs. Not checked.
SymbolValues bound_symbols(const Plan& plan, std::span<const TensorValue> inputs);

// `inputs`: arguments, then states, of the dtypes and ranks that the plan declares.
PlanResult interpret(const Plan& plan, std::span<const TensorValue> inputs);

// The check's words, its values filled in.
std::string message(const Plan& plan, const FailedCheck& failed);

} // namespace tsc
