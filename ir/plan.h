// The whole compiled program, device-neutral: buffers, checks, and steps in order. What emit()
// turns into source text.
#pragma once

#include "ir/kernel.h"

#include <optional>
#include <variant>

namespace tsc {

// Where a buffer's memory comes from.
enum class Home : uint8_t { Input, Output, Constant, Workspace };

struct Buffer {
  Home home{};
  uint32_t index = 0; // which input, output, constant, or slot of the workspace
  Type type;
};

// C = A * B, row-major, for each of `batch` matrices that follow each other. By BLAS.
struct Product {
  BufferId a, b, c;
  DType dtype{};
  bool transpose_a = false, transpose_b = false; // A is stored k x m, B is stored n x k
  Dim batch, m, n, k;
};

// What is only known when sizes are: `size` > `limit`, or that it is not.
struct SizeCondition {
  Dim size;
  int64_t limit = 0;
  bool above = true;
};

struct Launch {
  size_t kernel;                     // place in Plan::kernels
  std::optional<SizeCondition> when; // else the step is left out
};

using Step = std::variant<Launch, Product>;

// Something that can fail at run time, with the words for it. `{0}`..`{3}` in the message stand for
// the values that the program records.
struct PlanCheck {
  Diag diag{};
  std::string message;
  Loc where; // the user's line
};

// Axis `axis` of input `input` must have this size. Records the size found as value 0, `size` as
// value 1.
struct AxisCheck {
  size_t input, axis;
  Dim size;
  CheckId check;
};

// A size condition, checked before anything runs. Records left and right as values 0 and 1.
struct SizeCheck {
  Dim left;
  bool equality = true; // else left <= right
  Dim right;
  CheckId check;
};

// A dense constant. Small and computed ones are part of the program's text; the others are handed
// to it.
struct PlanConstant {
  Literal value;
  bool embedded = true;
};

struct PlanPort {
  std::string name;
  Type type;
  Loc where; // the user's line
};

struct Plan {
  std::vector<PlanPort> inputs;     // arguments, then states
  std::vector<PlanPort> outputs;    // results, then the next values of updated states
  size_t states = 0;                // how many inputs are states
  std::vector<std::string> symbols; // sizes, in the order of the `sizes` array
  // Symbol i is read from axis `bound_at[i].second` of input `bound_at[i].first`.
  std::vector<std::pair<size_t, size_t>> bound_at;
  std::vector<AxisCheck> axis_checks;
  std::vector<SizeCheck> size_checks;
  std::vector<PlanCheck> checks;
  std::vector<PlanConstant> constants; // by Home::Constant index
  std::vector<Buffer> buffers;
  std::vector<Dim> slots; // bytes of each slot of the workspace; slots are aligned to 64
  std::vector<Kernel> kernels;
  std::vector<Step> steps;
};

const char* home_name(Home home); // "input", "output", "constant", "slot"
std::string print(const Product& product);
std::string print(const SizeCondition& condition);
std::string print(const Plan& plan);

} // namespace tsc
