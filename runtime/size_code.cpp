#include "runtime/size_code.h"

#include "support/checked.h"

namespace tsc {

namespace {

int64_t fitting(std::optional<int64_t> value) {
  if (value) return *value;
  throw Error(Diag::SizeOverflow, "a size of this call exceeds 63 bits");
}

int64_t combined(SizeCode::Do what, int64_t a, int64_t b) {
  if (what == SizeCode::Do::Add) return fitting(checked_add(a, b));
  if (what == SizeCode::Do::Multiply) return fitting(checked_mul(a, b));
  return size_quotient(a, b);
}

} // namespace

int64_t size_quotient(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return fitting(checked_mul(a, -1)); // INT64_MIN / -1 traps
  return floor_quotient(a, b);
}

int64_t evaluate(const SizeCode& code, std::span<const int64_t> symbols) {
  std::vector<int64_t> stack;
  for (const SizeCode::Step& step : code.steps) {
    switch (step.what) {
    case SizeCode::Do::Number:
      stack.push_back(step.value);
      break;
    case SizeCode::Do::Symbol:
      TSC_CHECK(step.value >= 0 && static_cast<size_t>(step.value) < symbols.size());
      stack.push_back(symbols[static_cast<size_t>(step.value)]);
      break;
    case SizeCode::Do::Add:
    case SizeCode::Do::Multiply:
    case SizeCode::Do::Quotient: {
      TSC_CHECK(stack.size() >= 2);
      const int64_t right = stack.back();
      stack.pop_back();
      stack.back() = combined(step.what, stack.back(), right);
      break;
    }
    }
  }
  TSC_CHECK(stack.size() == 1);
  return stack.back();
}

} // namespace tsc
