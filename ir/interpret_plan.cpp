#include "ir/interpret_plan.h"

#include "ir/interpret_kernel.h"
#include "ir/interpret_kinds.h"
#include "ir/plan_sizes.h"

#include <fmt/format.h>

namespace tsc {

namespace {

void check_arguments(const Plan& plan, std::span<const TensorValue> inputs) {
  TSC_CHECK(inputs.size() == plan.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    TSC_CHECK(inputs[i].dtype == plan.inputs[i].type.dtype &&
              inputs[i].rank() == plan.inputs[i].type.rank());
}

std::optional<FailedCheck> failed_size(const Plan& plan, const SymbolValues& sizes,
                                       std::span<const TensorValue> inputs) {
  for (const AxisCheck& c : plan.axis_checks) {
    const int64_t found = inputs[c.input].shape.at(c.axis), wanted = sizes(c.size);
    if (found != wanted) return FailedCheck{c.check, {found, wanted}};
  }
  for (const SizeCheck& c : plan.size_checks) {
    const int64_t left = sizes(c.left), right = sizes(c.right);
    if (c.equality ? left != right : left > right) return FailedCheck{c.check, {left, right}};
  }
  return std::nullopt;
}

// The items of a buffer as the dtype in which products are summed.
TensorValue widened(const BufferMemory& buffer) {
  TensorValue value = TensorValue::zeros(buffer.dtype(), {buffer.items()});
  const size_t bytes = size_of(buffer.dtype());
  for (size_t i = 0; i < value.count(); ++i)
    std::memcpy(value.bytes.data() + i * bytes, buffer.read(static_cast<int64_t>(i)), bytes);
  return interpreter::converted(value, interpreter::accumulator(buffer.dtype()));
}

void interpret_product(const Product& p, const SymbolValues& sizes, PlanMemory& memory) {
  BufferMemory& c = memory[p.c];
  if (c.overlaps(memory[p.a]) || c.overlaps(memory[p.b]))
    throw PlanFault{fmt::format("the product b{} shares memory with an operand", p.c.index)};
  TSC_CHECK(in(p.dtype, Floats) && memory[p.a].dtype() == p.dtype &&
            memory[p.b].dtype() == p.dtype && c.dtype() == p.dtype);
  const int64_t batch = sizes(p.batch), m = sizes(p.m), n = sizes(p.n), k = sizes(p.k);
  TensorValue sums = TensorValue::zeros(DType::F64, {batch * m * n});
  const TensorValue a = widened(memory[p.a]), b = widened(memory[p.b]);
  const auto item = [](const TensorValue& x, int64_t i) {
    return x.as_f64(static_cast<size_t>(i));
  };
  for (int64_t place = 0; place < batch * m * n; ++place) {
    const int64_t matrix = place / (m * n), row = place / n % m, column = place % n;
    const int64_t first_a = matrix * m * k, first_b = matrix * k * n;
    double sum = 0;
    for (int64_t s = 0; s < k; ++s)
      sum += item(a, first_a + (p.transpose_a ? s * m + row : row * k + s)) *
             item(b, first_b + (p.transpose_b ? column * k + s : s * n + column));
    sums.set_f64(static_cast<size_t>(place), sum);
  }
  const TensorValue rounded = interpreter::converted(sums, p.dtype);
  for (int64_t i = 0; i < batch * m * n; ++i)
    c.write(i, rounded.bytes.data() + static_cast<size_t>(i) * size_of(p.dtype));
}

bool holds(const std::optional<SizeCondition>& c, const SymbolValues& sizes) {
  return !c || (sizes(c->size) > c->limit) == c->above;
}

} // namespace

SymbolValues bound_symbols(const Plan& plan, std::span<const TensorValue> inputs) {
  SymbolValues values;
  for (size_t i = 0; i < plan.symbols.size(); ++i) {
    const auto [input, axis, size] = symbol_source(plan, i);
    const int64_t slope = values(size.slope);
    const int64_t rest = inputs[input].shape.at(axis) - values(size.rest);
    std::map<std::string, int64_t> more = values.values();
    more[plan.symbols[i]] = slope == 0 ? 0 : rest / slope;
    values = SymbolValues(std::move(more));
  }
  return values;
}

PlanResult interpret(const Plan& plan, std::span<const TensorValue> inputs) {
  check_arguments(plan, inputs);
  const SymbolValues sizes = bound_symbols(plan, inputs);
  PlanResult result;
  if ((result.failed = failed_size(plan, sizes, inputs))) return result;
  try {
    PlanMemory memory(plan, sizes, inputs);
    for (const Step& step : plan.steps)
      if (const auto* product = std::get_if<Product>(&step))
        interpret_product(*product, sizes, memory);
      else if (const Launch& launch = std::get<Launch>(step); holds(launch.when, sizes))
        interpret_kernel(plan, launch.kernel, sizes, memory, result.failed);
    result.outputs = memory.outputs();
  } catch (const PlanFault& fault) {
    throw InternalError(fmt::format("plan: {}\n{}", fault.what, print(plan)));
  }
  return result;
}

std::string message(const Plan& plan, const FailedCheck& failed) {
  std::string words = plan.checks.at(failed.check.index).message;
  for (size_t i = 0; i < failed.values.size(); ++i) {
    const std::string hole = fmt::format("{{{}}}", i);
    if (const size_t at = words.find(hole); at != std::string::npos)
      words.replace(at, hole.size(), std::to_string(failed.values[i]));
  }
  return words;
}

} // namespace tsc
