// A kernel: one fused loop nest, before any text exists. It is printed, verified and interpreted as
// it stands, and both dialects emit it.
//
//   for each point of the outer axes (independent of each other; the first is split among threads):
//     for each stage, in order:
//       for each point of the stage's own axes: run the body; fold its reductions
//       the reductions' results are now scalars that later stages may use
//
// The body is in SSA form: an instruction uses values that stand before it in the same stage, or
// results of earlier stages. Invariants: axes used are the outer ones and the stage's own; a value
// is used only where it is defined; a parameter that is written is not read at another place before
// (but for scatters, which run on one thread).
#pragma once

#include "ir/literal.h"
#include "ir/opcode.h"
#include "ir/type.h"
#include "support/error.h"
#include "support/ids.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tsc {

using AxisId = Id<struct AxisTag>;
using ValueId = Id<struct ValueTag>;
using ResultId = Id<struct ResultTag>; // a finished reduction
using ParamId = Id<struct ParamTag>;
using BufferId = Id<struct BufferTag>;
using CheckId = Id<struct CheckTag>;

// A position: constant + sum of coefficient * atom, an atom being an axis or an i64 value.
struct IndexTerm {
  AxisId axis; // one of the two is valid
  ValueId value;
  Dim coefficient;
  bool operator==(const IndexTerm&) const = default;
};

struct Index {
  Dim constant;
  std::vector<IndexTerm> terms; // axes first, each atom once, no coefficient 0

  static Index of(AxisId axis);
  static Index of(ValueId value);
  static Index of(Dim constant) { return {std::move(constant), {}}; }
  bool operator==(const Index&) const = default;
  Dim coefficient_of(AxisId axis) const; // 0 where absent
  std::string text() const;              // "i0*64 + i1", for printing and as a key
};

Index operator+(const Index& a, const Index& b);
Index operator*(const Index& a, const Dim& factor);

enum class Action : uint8_t {
  Constant, // literal
  Apply,    // op over args
  Position, // index as an i64
  Quotient, // index // divisor (index >= 0)
  Modulus,  // index mod divisor (index >= 0)
  InRange,  // 0 <= index < divisor, as a bool
  Checked, // args[0], an integer index: negative ones count from the end of `divisor` items; out of
           // range records `check` and gives -1; where a guard is given and false: just -1
  Result,  // the result of an earlier reduction
  Load,    // param[index]; where a guard is given and false: 0, without touching memory
  Store,   // param[index] = args[0]; where a guard is given and false: nothing
};

struct Instruction {
  Action action{};
  DType dtype{}; // of the value (of the stored value for Store)
  ValueId id;    // invalid for Store
  Op op{};
  std::vector<ValueId> args;
  ValueId guard;
  Literal literal;
  Index index;
  Dim divisor;
  ParamId param;
  ResultId result;
  CheckId check;
};

// Folds `value` over the stage's axes, starting from `start`.
struct Reduction {
  ResultId id;
  Op combine{};    // add, mul, maximum, minimum, logical_or, logical_and
  bool position{}; // the result is the place (i64) of the first best item, along `place`
  Index place;
  ValueId value;
  DType dtype{}; // of the result
  DType accumulator{};
  Literal start; // of the accumulator's dtype
};

struct Axis {
  Dim extent;
  // A block of a longer axis: at point b of the outer axis `blocks` it has
  // min(extent, whole - b * extent) points.
  AxisId blocks = {};
  Dim whole = 0;
};

struct Stage {
  std::vector<AxisId> axes; // outermost first; may be none
  std::vector<Instruction> body;
  std::vector<Reduction> reductions;
  // Places in a long body, ascending, where a CPU's compiler may be given a new loop: what runs
  // before them can be finished for some points before what runs after them starts.
  std::vector<size_t> cuts;
};

// Every value that is used: operands, guard, and values in its index; value and place.
void for_each_use(const Instruction& i, const std::function<void(ValueId)>& visit);
void for_each_use(const Reduction& r, const std::function<void(ValueId)>& visit);

struct KernelParam {
  BufferId buffer;
  DType dtype{};
  bool written = false;
  bool read = false;
  bool in_place = false; // what is read is an operand that ends here, in whose place it is written
};

struct Kernel {
  std::vector<KernelParam> params;
  std::vector<Axis> axes; // the outer ones first
  size_t outer = 0;       // how many are outer
  std::vector<Stage> stages;
  bool parallel = true; // the outer axis may be split among threads
  // The last outer axis runs innermost, in tiles whose accumulators are small arrays: for
  // reductions over an axis that is not the contiguous one.
  bool lanes = false;
  // Some loads run along this outer axis in memory, where stores run along the last one: points are
  // taken in tiles of both axes, and those loads read a copy of the tile, turned.
  AxisId across;
  uint32_t values = 0;   // next ValueId
  uint32_t results = 0;  // next ResultId
  std::vector<Loc> locs; // the user's lines that it computes

  Dim work() const; // instructions executed, roughly: for grain and reports
};

// Does it apply an op that takes as long as many others (OpRow::has(Expensive))?
bool is_expensive(const Instruction& i);

// Is it a load through a turned copy of the tile?
bool is_turned(const Kernel& kernel, const Instruction& load);

// The axes, the one along which the load takes the largest steps first. Axes whose steps only sizes
// compare stay in their order.
std::vector<AxisId> as_read(const Instruction& load, std::vector<AxisId> axes);

std::string text(const Instruction& instruction); // "t3: f32 = add t1 t2"
std::string print(const Kernel& kernel);
void verify(const Kernel& kernel); // throws InternalError

} // namespace tsc
