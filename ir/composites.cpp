#include "ir/composites.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <tuple>

// The functions come first, ordinary C++ over build::, then the table that names and documents
// them. A row's parameter types follow from its function's signature.

namespace tsc {

namespace {

using namespace build;

int64_t last_axis(Value x) { return static_cast<int64_t>(x.rank()) - 1; }

// ---- shapes

Value slice_along(Value x, Shape start, Shape stop, IntList step, IntList axes, Shape count) {
  if (!count.empty()) // the op's own attributes
    return node(Op::slice, {x}, {{Key::start, start}, {Key::count, count}, {Key::step, step}});
  const size_t n = std::max({start.size(), stop.size(), step.size(), axes.size()});
  if (axes.empty())
    for (size_t i = 0; i < n; ++i)
      axes.push_back(static_cast<int64_t>(i));
  for (auto [size, what] :
       {std::pair(start.size(), "start"), {stop.size(), "stop"}, {step.size(), "step"}})
    if (size != 0 && size != axes.size())
      throw Error(Diag::BadAttribute,
                  fmt::format("slice: {} has {} values for {} axes", what, size, axes.size()));
  std::vector<Range> ranges(x.rank());
  for (size_t i = 0; i < axes.size(); ++i) {
    Range& r = ranges[static_cast<size_t>(normal_axis("slice", axes[i], x.rank()))];
    if (!start.empty()) r.start = start[i];
    if (!stop.empty()) r.stop = stop[i];
    if (!step.empty()) r.step = step[i];
  }
  return slice(x, ranges);
}

Value stack(std::vector<Value> xs, int64_t axis) {
  if (xs.empty()) throw Error(Diag::WrongArity, "stack: takes one operand or more, got none");
  axis = normal_axis("stack", axis, xs[0].rank() + 1);
  for (Value& x : xs)
    x = expand_dims(x, {axis});
  return concat(xs, axis);
}

// ---- values made of sizes

Value zeros(Graph& graph, Shape shape, DType dtype) { return number(graph, 0, dtype, shape); }
Value ones(Graph& graph, Shape shape, DType dtype) { return number(graph, 1, dtype, shape); }
Value full(Graph& graph, Shape shape, double value, DType dtype) {
  return number(graph, value, dtype, shape);
}
Value zeros_like(Value x) { return like(x, 0); }
Value ones_like(Value x) { return like(x, 1); }
Value positions(Graph& graph, Shape shape, DType dtype, int64_t axis) {
  return iota(graph, dtype, shape, axis);
}
Value arange(Graph& graph, Shape shape, DType dtype) {
  if (shape.size() != 1)
    throw Error(Diag::BadAttribute, fmt::format("arange: takes one size, got {}", shape.size()));
  return iota(graph, dtype, shape, 0);
}
Value eye(Graph& graph, Shape shape, int64_t k, DType dtype) {
  if (shape.size() == 1) shape.push_back(shape[0]);
  if (shape.size() != 2)
    throw Error(Diag::BadAttribute, fmt::format("eye: takes two sizes, got {}", shape.size()));
  const Value rows = iota(graph, DType::I64, shape, 0), columns = iota(graph, DType::I64, shape, 1);
  return cast(equal(rows + like(rows, static_cast<double>(k)), columns), dtype);
}

// ---- reductions

template <Op op>
Value reduction(Value x, IntList axes, bool keepdims) {
  return reduce(op, x, axes, keepdims);
}

// With a dtype the items are converted first, so that it is the accumulator's too.
template <Op op>
Value accumulation(Value x, IntList axes, bool keepdims, std::optional<DType> dtype) {
  if (!dtype) return reduce(op, x, axes, keepdims);
  return cast(reduce(op, cast(x, *dtype), axes, keepdims), *dtype);
}

// One axis, or all of them: then the position in row-major order.
template <Op op>
Value position(Value x, IntList axes, bool keepdims) {
  const IntList all = normal_axes(name(op), axes, x.rank());
  if (all.size() == 1) return reduce(op, x, all, keepdims);
  if (all.size() != x.rank())
    throw Error(Diag::AxisRange, fmt::format("{}: runs along one axis or all", name(op)));
  const Value flat = reduce(op, reshape(x, {Dim(-1)}), {0});
  return keepdims ? reshape(flat, Shape(x.rank(), Dim(1))) : flat;
}

template <Op op>
Value rowwise(Value x, IntList axes) {
  return reduce(op, x, axes);
}

// Statistics of f16 and bf16 are computed in f32: counts and squares soon exceed what f16 holds.
Value widened(Value x) { return cast(x, compute_type(floating(x.dtype()))); }

// The number of elements along the axes, less `ddof` but not below 0, as a scalar of x's dtype.
Value element_count(Value x, const IntList& axes, int64_t ddof) {
  Dim count = 1;
  for (int64_t axis : axes)
    count = count * x.shape()[static_cast<size_t>(axis)];
  if (count.is_number())
    return number(*x.graph, static_cast<double>(std::max<int64_t>(count.number() - ddof, 0)),
                  x.dtype());
  const Value n = cast(size(*x.graph, count), x.dtype());
  return ddof == 0 ? n : maximum(n - like(n, static_cast<double>(ddof)), like(n, 0));
}

Value mean_of(Value wide, const IntList& axes, bool keepdims, int64_t ddof = 0) {
  const Value n = element_count(wide, axes, ddof);
  return sum(wide, axes, keepdims && !axes.empty()) / n;
}

Value mean(Value x, IntList axes, bool keepdims) {
  axes = normal_axes("mean", axes, x.rank());
  return cast(mean_of(widened(x), axes, keepdims), floating(x.dtype()));
}

Value variance_of(Value wide, const IntList& axes, bool keepdims, int64_t ddof) {
  // Two passes: sum(x*x) - n*mean*mean would cancel where the mean is large.
  const Value deviation = axes.empty() ? like(wide, 0) : wide - mean_of(wide, axes, true);
  return mean_of(square(deviation), axes, keepdims, ddof);
}

Value var(Value x, IntList axes, bool keepdims, int64_t ddof) {
  axes = normal_axes("var", axes, x.rank());
  return cast(variance_of(widened(x), axes, keepdims, ddof), floating(x.dtype()));
}

Value standard_deviation(Value x, IntList axes, bool keepdims, int64_t ddof) {
  axes = normal_axes("std", axes, x.rank());
  return cast(sqrt(variance_of(widened(x), axes, keepdims, ddof)), floating(x.dtype()));
}

Value norm(Value x, IntList axes, bool keepdims, double order) {
  axes = normal_axes("norm", axes, x.rank());
  const Value wide = widened(x);
  const auto result = [&] {
    if (order == 2) return sqrt(sum(square(wide), axes, keepdims));
    if (order == 1) return sum(abs(wide), axes, keepdims);
    if (std::isinf(order) && order > 0) return max(abs(wide), axes, keepdims);
    if (!(order > 0)) throw Error(Diag::BadAttribute, "norm: the order must be above 0");
    const Value powers = sum(pow(abs(wide), like(wide, order)), axes, keepdims);
    return pow(powers, like(powers, 1 / order));
  };
  return cast(result(), floating(x.dtype()));
}

// ---- products

Value outer(Value a, Value b) {
  return contract(reshape(a, {Dim(-1)}), reshape(b, {Dim(-1)}), {}, {}, {}, {});
}

Value tensordot(Value a, Value b, IntList a_axes, IntList b_axes) {
  if (a_axes.size() != b_axes.size())
    throw Error(Diag::BadAttribute, fmt::format("tensordot: {} axes of the left, {} of the right",
                                                a_axes.size(), b_axes.size()));
  for (int64_t& axis : a_axes)
    axis = normal_axis("tensordot", axis, a.rank());
  for (int64_t& axis : b_axes)
    axis = normal_axis("tensordot", axis, b.rank());
  return contract(a, b, {}, {}, a_axes, b_axes);
}

Value dot(Value a, Value b) {
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  const int64_t inner = b.rank() == 1 ? 0 : last_axis(b) - 1;
  return contract(a, b, {}, {}, {last_axis(a)}, {inner});
}

// ---- indexing

Value pick(Value x, Value indices) {
  if (x.rank() == 0 || indices.rank() + 1 != x.rank())
    throw Error(Diag::RankMismatch, fmt::format("pick: {} axes need indices of {}, these have {}",
                                                x.rank(), x.rank() - 1, indices.rank()))
        .note("items", text(x.type()))
        .note("indices", text(indices.type()));
  return gather(x, indices, last_axis(x), last_axis(x));
}

Value take(Value x, Value indices, int64_t axis) { return gather(x, indices, axis); }

// ---- neural networks

// The constant stands first: maximum's derivative at a tie goes to the first, so that relu's at 0
// is 0.
Value relu(Value x) { return maximum(like(x, 0), x); }

// erfc(-x / sqrt 2) is exact in the far negative, where 1 + erf(x / sqrt 2) would cancel.
Value gelu(Value x) {
  x = cast(x, floating(x.dtype()));
  return like(x, 0.5) * x * erfc(x * like(x, -0.70710678118654752440));
}

Value silu(Value x) {
  x = cast(x, floating(x.dtype()));
  return x * sigmoid(x);
}

Value layer_norm(Value x, Value scale, Value bias, IntList axes, double epsilon) {
  axes = normal_axes("layer_norm", axes, x.rank());
  const Value wide = widened(x);
  const Value deviation = wide - mean_of(wide, axes, true);
  const Value variance = mean_of(square(deviation), axes, true);
  const Value unit = deviation * rsqrt(variance + like(variance, epsilon));
  const auto along_axes = [&](const char* what, Value v) {
    if (v.rank() != axes.size())
      throw Error(Diag::RankMismatch,
                  fmt::format("layer_norm: the {} has {} axes, but {} are normalised", what,
                              v.rank(), axes.size()))
          .note("operand", text(x.type()))
          .note(what, text(v.type()));
    return broadcast(cast(v, wide.dtype()), x.shape(), axes);
  };
  return cast(unit * along_axes("scale", scale) + along_axes("bias", bias), floating(x.dtype()));
}

Value cross_entropy(Value logits, Value labels) {
  if (logits.rank() == 0)
    throw Error(Diag::RankMismatch,
                "cross_entropy: the logits are a scalar; the last axis holds the classes");
  const Value log_p = log_softmax(logits);
  if (in(labels.dtype(), Ints)) {
    if (labels.rank() + 1 != logits.rank())
      throw Error(
          Diag::RankMismatch,
          fmt::format("cross_entropy: logits of rank {} need class indices of rank {}, not {}",
                      logits.rank(), logits.rank() - 1, labels.rank()))
          .note("logits", logits.graph->describe(logits.id))
          .note("labels", labels.graph->describe(labels.id))
          .hint("probabilities instead of class indices must be floating and shaped as the logits");
    return -pick(log_p, labels);
  }
  if (labels.rank() != logits.rank())
    throw Error(Diag::RankMismatch,
                fmt::format("cross_entropy: probabilities are of rank {}, logits of {}",
                            labels.rank(), logits.rank()))
        .note("logits", logits.graph->describe(logits.id))
        .note("labels", labels.graph->describe(labels.id))
        .hint("class indices must be integers");
  // A class ruled out by a logit of -inf and not expected either contributes 0, not 0 * -inf.
  const Value p = cast(labels, log_p.dtype());
  const Value ruled_out = logical_and(equal(p, like(p, 0)), isinf(log_p));
  return -sum(select(ruled_out, like(p, 0), p * log_p), {last_axis(logits)});
}

// t * softplus(-x) + (1 - t) * softplus(x): both terms are positive, so nothing cancels.
Value binary_cross_entropy_with_logits(Value logits, Value targets) {
  logits = cast(logits, floating(logits.dtype()));
  targets = cast(targets, logits.dtype());
  return targets * softplus(-logits) + (like(targets, 1) - targets) * softplus(logits);
}

// ---- rows

// How a parameter of type T is declared and read.
template <class T>
struct Parameter {
  template <size_t i = 0>
  static constexpr size_t index() {
    if constexpr (std::is_same_v<T, std::variant_alternative_t<i, Argument>>)
      return i;
    else
      return index<i + 1>();
  }
  static constexpr ParamType type = static_cast<ParamType>(index());
  static T read(const Argument& argument) { return std::get<T>(argument); }
};
template <class T>
struct Parameter<std::optional<T>> {
  static constexpr ParamType type = Parameter<T>::type;
  static std::optional<T> read(const Argument& argument) {
    if (std::holds_alternative<std::monostate>(argument)) return std::nullopt;
    return std::get<T>(argument);
  }
};

struct NameAndFallback {
  const char* name;
  std::optional<Argument> fallback{};
};

template <class... P>
struct Parameters {
  static constexpr std::array<ParamType, sizeof...(P)> types = {Parameter<P>::type...};
  static std::tuple<P...> read(std::span<const Argument> args) {
    TSC_CHECK(args.size() == sizeof...(P));
    return [&]<size_t... i>(std::index_sequence<i...>) {
      return std::tuple<P...>(Parameter<P>::read(args[i])...);
    }(std::index_sequence_for<P...>());
  }
};

// A row's `build` for an ordinary function: Value f(P...) or, without operands, Value f(Graph&,
// P...).
template <auto function>
struct Maker;

template <class... P, Value (*function)(P...)>
  requires(!(std::is_same_v<P, Graph&> || ...))
struct Maker<function> : Parameters<std::remove_cvref_t<P>...> {
  static Value build(Graph&, std::span<const Argument> args) {
    return std::apply(function, Maker::read(args));
  }
};

template <class... P, Value (*function)(Graph&, P...)>
struct Maker<function> : Parameters<std::remove_cvref_t<P>...> {
  static Value build(Graph& graph, std::span<const Argument> args) {
    return std::apply(function, std::tuple_cat(std::tie(graph), Maker::read(args)));
  }
};

template <auto function>
FunctionRow make(const char* name, const char* doc, std::vector<NameAndFallback> params) {
  TSC_CHECK(params.size() == Maker<function>::types.size());
  FunctionRow row{name, doc, {}, Maker<function>::build};
  for (size_t i = 0; i < params.size(); ++i)
    row.params.push_back(
        {params[i].name, Maker<function>::types[i], std::move(params[i].fallback)});
  return row;
}

const IntList all_axes, last = {-1};
const NameAndFallback axes_param = {"axes", all_axes}, keepdims_param = {"keepdims", false};

template <Op op>
FunctionRow reduction_row() {
  return make<reduction<op>>(name(op), row(op).doc, {{"x"}, axes_param, keepdims_param});
}
template <Op op>
FunctionRow accumulation_row() {
  return make<accumulation<op>>(name(op), row(op).doc,
                                {{"x"}, axes_param, keepdims_param, {"dtype", std::monostate()}});
}
template <Op op>
FunctionRow position_row() {
  return make<position<op>>(name(op), row(op).doc, {{"x"}, axes_param, keepdims_param});
}
template <Op op>
FunctionRow rowwise_row() {
  return make<rowwise<op>>(name(op), row(op).doc, {{"x"}, {"axes", last}});
}

std::vector<FunctionRow> make_rows() {
  const Argument f32 = DType::F32, i64 = DType::I64, zero = int64_t{0}, one = int64_t{1};
  const Argument no_dims = Shape(), no_ints = IntList();
  std::vector<FunctionRow> rows = {
      // ---- shapes
      make<build::cast>("cast", row(Op::cast).doc, {{"x"}, {"dtype"}}),
      make<reshape>("reshape",
                    "The same items in row-major order, in another shape; one size may be -1: what "
                    "the others leave.",
                    {{"x"}, {"shape"}}),
      make<transpose>(
          "transpose",
          "Axes in another order: result axis i is x's axis axes[i]. Without axes: reversed.",
          {{"x"}, {"axes", no_ints}}),
      make<broadcast>("broadcast", row(Op::broadcast).doc, {{"x"}, {"shape"}, {"axes"}}),
      make<broadcast_to>("broadcast_to",
                         "Repeats items: axes aligned at the right, sizes of 1 stretch, missing "
                         "leading axes are added.",
                         {{"x"}, {"shape"}}),
      make<flip>("flip", "Reverses the axes; without axes: all.", {{"x"}, axes_param}),
      make<slice_along>("slice",
                        "Python's x[start:stop:step] on each of the axes (left out: the leading "
                        "ones); numbers below 0 count "
                        "from the end. Without stop: to the end. With count instead of stop: that "
                        "many on every axis.",
                        {{"x"},
                         {"start", no_dims},
                         {"stop", no_dims},
                         {"step", no_ints},
                         {"axes", no_ints},
                         {"count", no_dims}}),
      make<pad>("pad", "low[i] and high[i] items of the value before and behind axis i.",
                {{"x"}, {"low"}, {"high"}, {"value", 0.0}}),
      make<concat>("concat", "Operands one behind the other along the axis.",
                   {{"xs"}, {"axis", zero}}),
      make<stack>("stack", "Operands of one shape side by side along a new axis.",
                  {{"xs"}, {"axis", zero}}),
      make<expand_dims>("expand_dims", "New axes of size 1 at these places of the result.",
                        {{"x"}, {"axes"}}),
      make<squeeze>("squeeze", "Drops axes of size 1; without axes: all that are known to be.",
                    {{"x"}, {"axes", no_ints}}),

      // ---- values made of sizes
      make<zeros>("zeros", "0 everywhere.", {{"shape"}, {"dtype", f32}}),
      make<ones>("ones", "1 everywhere.", {{"shape"}, {"dtype", f32}}),
      make<full>("full", "The value everywhere.", {{"shape"}, {"value"}, {"dtype", f32}}),
      make<zeros_like>("zeros_like", "0 everywhere, of x's dtype and shape.", {{"x"}}),
      make<ones_like>("ones_like", "1 everywhere, of x's dtype and shape.", {{"x"}}),
      make<positions>("iota", row(Op::iota).doc, {{"shape"}, {"dtype", i64}, {"axis", zero}}),
      make<arange>("arange", "The vector 0, 1, 2, ... of the one size.",
                   {{"shape"}, {"dtype", i64}}),
      make<eye>("eye", "1 where column - row is k, else 0; one size gives a square.",
                {{"shape"}, {"k", zero}, {"dtype", f32}}),

      // ---- reductions: without axes they run over all
      accumulation_row<Op::sum>(),
      accumulation_row<Op::prod>(),
      reduction_row<Op::max>(),
      reduction_row<Op::min>(),
      reduction_row<Op::any>(),
      reduction_row<Op::all>(),
      position_row<Op::argmax>(),
      position_row<Op::argmin>(),
      reduction_row<Op::logsumexp>(),
      rowwise_row<Op::softmax>(),
      rowwise_row<Op::log_softmax>(),
      make<mean>("mean",
                 "Arithmetic mean; NaN of nothing. Integers are converted to floating point.",
                 {{"x"}, axes_param, keepdims_param}),
      make<var>("var",
                "Mean of the squared deviations from the mean, in two passes; divides by the "
                "number of items less ddof.",
                {{"x"}, axes_param, keepdims_param, {"ddof", zero}}),
      make<standard_deviation>("std", "Square root of var.",
                               {{"x"}, axes_param, keepdims_param, {"ddof", zero}}),
      make<norm>("norm", "sum(|x|^order)^(1/order): 2 is Euclid's, inf the largest |x|.",
                 {{"x"}, axes_param, keepdims_param, {"order", 2.0}}),

      // ---- products
      make<matmul>("matmul",
                   "Matrix product as NumPy's @: vectors, matrices, and stacks of matrices whose "
                   "leading axes broadcast.",
                   {{"a"}, {"b"}}),
      make<outer>(
          "outer",
          "All products of an item of a with an item of b, as a matrix; both are flattened.",
          {{"a"}, {"b"}}),
      make<dot>("dot",
                "NumPy's dot: sum over a's last and b's last but one axis (a vector's only axis); "
                "scalars multiply.",
                {{"a"}, {"b"}}),
      make<tensordot>(
          "tensordot",
          "Sum of products over the paired axes; result axes: the rest of a, then of b.",
          {{"a"}, {"b"}, {"a_axes"}, {"b_axes"}}),
      make<contract>("contract", row(Op::contract).doc,
                     {{"a"},
                      {"b"},
                      {"lhs_batch", no_ints},
                      {"rhs_batch", no_ints},
                      {"lhs_contract", no_ints},
                      {"rhs_contract", no_ints}}),

      // ---- indexing
      make<gather>("gather", row(Op::gather).doc, {{"x"}, {"indices"}, {"axis"}, {"batch", zero}}),
      make<take>("take",
                 "Items of x along the axis at the given places, as NumPy's take; negative places "
                 "count from the end.",
                 {{"x"}, {"indices"}, {"axis", zero}}),
      make<pick>("pick", "x[i, ..., indices[i, ...]]: one item of each row of the last axis.",
                 {{"x"}, {"indices"}}),
      make<scatter_set>("scatter_set", row(Op::scatter_set).doc,
                        {{"x"}, {"indices"}, {"values"}, {"axis", zero}, {"batch", zero}}),
      make<scatter_add>("scatter_add", row(Op::scatter_add).doc,
                        {{"x"}, {"indices"}, {"values"}, {"axis", zero}, {"batch", zero}}),
      make<build::select>("where", row(Op::select).doc, {{"condition"}, {"x"}, {"y"}}),

      // ---- neural networks
      make<relu>("relu", "maximum(x, 0); its derivative at 0 is 0.", {{"x"}}),
      make<gelu>("gelu", "x times the standard normal distribution function of x, by erfc.",
                 {{"x"}}),
      make<silu>("silu", "x * sigmoid(x).", {{"x"}}),
      make<layer_norm>("layer_norm",
                       "(x - mean) / sqrt(var + epsilon) over the axes, times scale plus bias, "
                       "which have just these axes.",
                       {{"x"}, {"scale"}, {"bias"}, {"axes", last}, {"epsilon", 1e-5}}),
      make<cross_entropy>("cross_entropy",
                          "-log softmax(logits)[label] for each row of the last axis. Labels: "
                          "integers of one axis less, or "
                          "probabilities of the logits' shape.",
                          {{"logits"}, {"labels"}}),
      make<binary_cross_entropy_with_logits>("binary_cross_entropy_with_logits",
                                             "-(t*log p + (1-t)*log(1-p)) for each item, with p = "
                                             "sigmoid(logits), exact for any logits.",
                                             {{"logits"}, {"targets"}}),
  };
  std::sort(rows.begin(), rows.end(), [](const FunctionRow& a, const FunctionRow& b) {
    return std::string_view(a.name) < b.name;
  });
  return rows;
}

} // namespace

const std::vector<FunctionRow>& all_functions() {
  static const std::vector<FunctionRow> rows = make_rows();
  return rows;
}

const FunctionRow* function_named(std::string_view name) {
  const std::vector<FunctionRow>& rows = all_functions();
  const auto it = std::lower_bound(
      rows.begin(), rows.end(), name,
      [](const FunctionRow& row, std::string_view wanted) { return row.name < wanted; });
  return it != rows.end() && it->name == name ? &*it : nullptr;
}

} // namespace tsc
