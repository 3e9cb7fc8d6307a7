#include "tests/fuzz/generator.h"

#include "ir/scalar.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tsc::fuzz {

Generator::Generator(Random random, const Options& options)
    : random_(std::move(random)), options_(options) {
  const std::vector<int64_t> interesting = {0, 1, 2, 3, 3, 5, 7, 8};
  sizes_ = SymbolValues({{"m", random_.pick(interesting)}, {"n", random_.pick(interesting)}});
}

Case Generator::generate() {
  // The first arguments tell the symbols.
  const DType dtype = random_dtype(random_, options_.dtypes & AnyReal);
  if (options_.symbols)
    pool_.push_back(argument(dtype, {Dim::symbol("n"), Dim::symbol("m")}));
  else
    pool_.push_back(argument(dtype, random_shape(2)));
  for (int64_t extra = random_.below(3); extra > 0; --extra)
    pool_.push_back(argument(random_dtype(random_, options_.dtypes), random_shape(3)));
  int added = 0;
  for (int attempt = 0; added < options_.ops && attempt < 10 * options_.ops; ++attempt) {
    const std::optional<Value> node = add_node();
    evaluate_new_nodes();
    if (!node || !acceptable(*node)) continue;
    pool_.push_back(*node);
    ++added;
  }
  case_.graph.outputs.push_back({"out0", pool_.back().id});
  for (int64_t extra = random_.below(3); extra > 0; --extra)
    case_.graph.outputs.push_back(
        {fmt::format("out{}", case_.graph.outputs.size()), random_.pick(pool_).id});
  for (NodeId state : std::vector(case_.graph.states())) {
    if (random_.chance(30)) continue;
    const Type type = case_.graph.type(state);
    const Value next = like(type.dtype, type.shape);
    if (next.shape() == type.shape) case_.graph.updates.push_back({state, next.id});
  }
  return std::move(case_);
}

// ---- values

bool Generator::fits(const Shape& shape) const {
  int64_t items = 1;
  for (const Dim& dim : shape)
    items *= std::max<int64_t>(at_call(dim), 1);
  return items <= options_.max_items && shape.size() <= 6;
}

void Generator::evaluate_new_nodes() {
  for (size_t i = values_.size(); i < case_.graph.size(); ++i) {
    const Node& node = case_.graph[NodeId(i)];
    std::vector<const TensorValue*> args;
    for (NodeId arg : node.args)
      args.push_back(&values_[arg.index]);
    values_.push_back(evaluate_node(node, args, sizes_));
  }
}

bool Generator::acceptable(Value x) {
  if (!fits(x.shape())) return false;
  const TensorValue& v = value(x);
  if (!options_.finite || !in(v.dtype, Floats)) return true;
  for (size_t i = 0; i < v.count(); ++i)
    if (!std::isfinite(v.as_f64(i))) return false;
  return true;
}

// ---- material

Dim Generator::random_dim() {
  if (options_.symbols && random_.chance(45)) {
    const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
    return random_.pick(
        std::vector<Dim>{n, n, n, m, m, m, n + 1, Dim(2) * n, n + m, floordiv(n + 1, 2)});
  }
  return random_.pick(std::vector<int64_t>{0, 1, 1, 2, 3, 4, 5, 7, 8});
}

Shape Generator::random_shape(int max_rank) {
  for (;;) {
    Shape shape;
    for (int64_t rank = random_.between(0, max_rank); rank > 0; --rank)
      shape.push_back(random_dim());
    if (fits(shape)) return shape;
  }
}

IntList Generator::some_axes(size_t rank) {
  IntList axes;
  const int percent = random_.chance(30) ? 100 : 50;
  for (size_t axis = 0; axis < rank; ++axis)
    if (random_.chance(percent)) axes.push_back(static_cast<int64_t>(axis));
  return axes;
}

Value Generator::argument(DType dtype, Shape shape) {
  Graph& graph = case_.graph;
  TensorValue value = random_value(random_, dtype, at_call(shape), options_.finite);
  evaluate_new_nodes(); // the argument's value comes next
  values_.push_back(value);
  if (options_.states && random_.chance(20)) {
    case_.states.push_back(std::move(value));
    return {&graph, graph.state(fmt::format("s{}", graph.states().size()), {dtype, shape})};
  }
  case_.inputs.push_back(std::move(value));
  return {&graph, graph.input(fmt::format("x{}", graph.inputs().size()), {dtype, shape})};
}

Value Generator::leaf(DType dtype, Shape shape) {
  Graph& graph = case_.graph;
  const auto numbers = as_numbers(shape);
  const int64_t form = random_.below(10);
  if (form < 3)
    return build::constant(graph, random_value(random_, dtype, {}, options_.finite).literal(),
                           shape);
  if (form < 5 && numbers) {
    const TensorValue value = random_value(random_, dtype, *numbers, options_.finite);
    return build::constant(graph, value.literal(), shape);
  }
  if (form == 5 && !shape.empty() && in(dtype, AnyReal))
    return build::iota(graph, dtype, shape, random_.below(static_cast<int64_t>(shape.size())));
  return argument(dtype, shape);
}

std::optional<Value> Generator::picked(DTypes dtypes) {
  dtypes &= options_.dtypes;
  if (dtypes == 0) return std::nullopt;
  const Value x = random_.pick(pool_);
  if (in(x.dtype(), dtypes)) return x;
  const DTypes to = in(x.dtype(), Complexes) ? dtypes & Complexes : dtypes;
  if (to == 0) return std::nullopt;
  return build::cast(x, random_dtype(random_, to));
}

// Of the values whose shape is the one wanted, or has (as the call tells) the same sizes, which
// then becomes a requirement.
Value Generator::like(DType dtype, Shape shape) {
  std::vector<Value> same;
  const bool strict = random_.chance(90);
  for (const Value& x : pool_) {
    if (in(x.dtype(), Complexes) != in(dtype, Complexes)) continue;
    if (in(x.dtype(), Complexes) && x.dtype() != dtype) continue;
    if (x.shape() == shape || (!strict && at_call(x.shape()) == at_call(shape))) same.push_back(x);
  }
  if (same.empty() || random_.chance(25)) return leaf(dtype, shape);
  return build::cast(random_.pick(same), dtype);
}

Value Generator::indices(const Shape& shape, const Dim& size) {
  const int64_t count = at_call(size);
  DType dtype = random_dtype(random_, Ints);
  const int64_t low = in(dtype, Signed) ? -count : 0;
  TensorValue places = TensorValue::zeros(dtype, at_call(shape));
  for (size_t i = 0; i < places.count(); ++i)
    places.set_i64(
        i, random_.between(std::max<int64_t>(low, -128), std::min<int64_t>(count - 1, 127)));
  if (as_numbers(shape) && random_.chance(30))
    return build::constant(case_.graph, places.literal(), shape);
  if (!shape.empty() && random_.chance(15)) { // positions, which are computed where they are used
    const auto axis = random_.below(static_cast<int64_t>(shape.size()));
    if (at_call(shape[static_cast<size_t>(axis)]) <= std::min<int64_t>(count, 127))
      return build::iota(case_.graph, dtype, shape, axis);
  }
  if (random_.chance(30)) // computed: any integers, wrapped into the axis
    return build::mod(like(DType::I64, shape), build::size(case_.graph, size));
  const Value argument_ = argument(dtype, shape);
  values_[argument_.id.index] = places;
  (case_.graph[argument_.id].op == Op::state ? case_.states : case_.inputs).back() = places;
  return argument_;
}

} // namespace tsc::fuzz
