#include "frontend/functions.h"

#include "frontend/lower.h"
#include "ir/composites.h"

#include <fmt/format.h>

namespace tsc {

namespace {

// A call of a row of the function table. Operands are tensors first, and become Values when the
// graph is there; the other arguments are passed as they are.
class Call {
public:
  explicit Call(const char* name) : row_(function_named(name)) { TSC_CHECK(row_); }

  Call& operand(const Operand& x) {
    if (operands_.empty()) where_ = x.where();
    args_.emplace_back(std::monostate());
    places_.push_back({args_.size() - 1, operands_.size(), 1});
    operands_.push_back(x.tensor());
    return *this;
  }
  Call& list(const std::vector<Operand>& xs, std::source_location where) {
    args_.push_back(std::vector<Value>());
    places_.push_back({args_.size() - 1, operands_.size(), xs.size()});
    where_ = xs.empty() ? where : xs[0].where();
    for (const Operand& x : xs)
      operands_.push_back(x.tensor());
    return *this;
  }
  Call& at(std::source_location where) {
    where_ = where;
    return *this;
  }
  Call& arg(const Argument& argument) {
    args_.push_back(argument);
    return *this;
  }

  // Parameters that are left get their fallbacks.
  Tensor result() {
    for (size_t i = args_.size(); i < row_->params.size(); ++i)
      args_.push_back(row_->params[i].fallback.value());
    return frontend::built(where_, operands_, [&](Graph& graph, std::span<const Value> values) {
      std::vector<Argument> args = args_;
      for (const Place& place : places_) {
        if (auto* list = std::get_if<std::vector<Value>>(&args[place.argument]))
          list->assign(values.begin() + static_cast<ptrdiff_t>(place.first),
                       values.begin() + static_cast<ptrdiff_t>(place.first + place.count));
        else
          args[place.argument] = values[place.first];
      }
      return row_->build(graph, args);
    });
  }

private:
  struct Place {
    size_t argument, first, count; // these operands are this argument
  };
  const FunctionRow* row_;
  std::vector<Argument> args_;
  std::vector<Tensor> operands_;
  std::vector<Place> places_;
  std::source_location where_;
};

// Calls the row `name`: operands are recognised by their type.
void add(Call& call, const Operand& x) { call.operand(x); }
void add(Call& call, const Axes& axes) { call.arg(IntList(axes)); }
void add(Call& call, const std::optional<DType>& dtype) {
  if (dtype)
    call.arg(*dtype);
  else
    call.arg(std::monostate());
}
void add(Call& call, const Argument& argument) { call.arg(argument); }

template <class... Args>
Tensor called(const char* name, const Args&... args) {
  Call call(name);
  (add(call, args), ...);
  return call.result();
}

} // namespace

Tensor reshape(const Operand& x, Shape shape) { return called("reshape", x, Argument(shape)); }
Tensor transpose(const Operand& x, Axes axes) { return called("transpose", x, axes); }
Tensor broadcast_to(const Operand& x, Shape shape) {
  return called("broadcast_to", x, Argument(shape));
}
Tensor flip(const Operand& x, Axes axes) { return called("flip", x, axes); }
Tensor expand_dims(const Operand& x, Axes axes) { return called("expand_dims", x, axes); }
Tensor squeeze(const Operand& x, Axes axes) { return called("squeeze", x, axes); }
Tensor pad(const Operand& x, Shape low, Shape high, double value) {
  return called("pad", x, Argument(low), Argument(high), Argument(value));
}
Tensor concat(const std::vector<Operand>& xs, int64_t axis) {
  return Call("concat").list(xs, {}).arg(axis).result();
}
Tensor stack(const std::vector<Operand>& xs, int64_t axis) {
  return Call("stack").list(xs, {}).arg(axis).result();
}

Tensor zeros(Shape shape, DType dtype, Where where) {
  return Call("zeros").at(where).arg(shape).arg(dtype).result();
}
Tensor ones(Shape shape, DType dtype, Where where) {
  return Call("ones").at(where).arg(shape).arg(dtype).result();
}
Tensor full(Shape shape, double value, DType dtype, Where where) {
  return Call("full").at(where).arg(shape).arg(value).arg(dtype).result();
}
Tensor zeros_like(const Operand& x) { return called("zeros_like", x); }
Tensor ones_like(const Operand& x) { return called("ones_like", x); }
Tensor iota(Shape shape, int64_t axis, DType dtype, Where where) {
  return Call("iota").at(where).arg(shape).arg(dtype).arg(axis).result();
}
Tensor arange(Dim n, DType dtype, Where where) {
  return Call("arange").at(where).arg(Shape{n}).arg(dtype).result();
}
Tensor eye(Dim rows, std::optional<Dim> columns, int64_t k, DType dtype, Where where) {
  return Call("eye").at(where).arg(Shape{rows, columns.value_or(rows)}).arg(k).arg(dtype).result();
}
Tensor size(const Operand& x, int64_t axis) {
  return frontend::built(x.where(), {x.tensor()}, [axis](Graph& graph, std::span<const Value> v) {
    const int64_t at = build::normal_axis("size", axis, v[0].rank());
    return build::size(graph, v[0].shape()[static_cast<size_t>(at)]);
  });
}

Tensor sum(const Operand& x, Axes axes, bool keepdims, std::optional<DType> dtype) {
  return called("sum", x, axes, Argument(keepdims), dtype);
}
Tensor prod(const Operand& x, Axes axes, bool keepdims, std::optional<DType> dtype) {
  return called("prod", x, axes, Argument(keepdims), dtype);
}
#define TSC_REDUCTION(name)                                                                        \
  Tensor name(const Operand& x, Axes axes, bool keepdims) {                                        \
    return called(#name, x, axes, Argument(keepdims));                                             \
  }
TSC_REDUCTION(max)
TSC_REDUCTION(min)
TSC_REDUCTION(any)
TSC_REDUCTION(all)
TSC_REDUCTION(argmax)
TSC_REDUCTION(argmin)
TSC_REDUCTION(mean)
TSC_REDUCTION(logsumexp)
#undef TSC_REDUCTION
Tensor var(const Operand& x, Axes axes, bool keepdims, int64_t ddof) {
  return called("var", x, axes, Argument(keepdims), Argument(ddof));
}
Tensor stddev(const Operand& x, Axes axes, bool keepdims, int64_t ddof) {
  return called("std", x, axes, Argument(keepdims), Argument(ddof));
}
Tensor norm(const Operand& x, Axes axes, bool keepdims, double order) {
  return called("norm", x, axes, Argument(keepdims), Argument(order));
}
Tensor softmax(const Operand& x, Axes axes) { return called("softmax", x, axes); }
Tensor log_softmax(const Operand& x, Axes axes) { return called("log_softmax", x, axes); }

Tensor matmul(const Operand& a, const Operand& b) { return called("matmul", a, b); }
Tensor dot(const Operand& a, const Operand& b) { return called("dot", a, b); }
Tensor outer(const Operand& a, const Operand& b) { return called("outer", a, b); }
Tensor tensordot(const Operand& a, const Operand& b, Axes a_axes, Axes b_axes) {
  return called("tensordot", a, b, a_axes, b_axes);
}
Tensor tensordot(const Operand& a, const Operand& b, int n) {
  const auto rank = static_cast<int64_t>(a.tensor().rank());
  Axes last, first;
  for (int64_t i = 0; i < n; ++i) {
    last.push_back(rank - n + i);
    first.push_back(i);
  }
  return tensordot(a, b, last, first);
}

Tensor take(const Operand& x, const Operand& indices, int64_t axis) {
  return called("take", x, indices, Argument(axis));
}
Tensor pick(const Operand& x, const Operand& indices) { return called("pick", x, indices); }
Tensor scatter_set(const Operand& x, const Operand& indices, const Operand& values, int64_t axis) {
  return called("scatter_set", x, indices, values, Argument(axis));
}
Tensor scatter_add(const Operand& x, const Operand& indices, const Operand& values, int64_t axis) {
  return called("scatter_add", x, indices, values, Argument(axis));
}

Tensor relu(const Operand& x) { return called("relu", x); }
Tensor gelu(const Operand& x) { return called("gelu", x); }
Tensor silu(const Operand& x) { return called("silu", x); }
Tensor layer_norm(const Operand& x, const Operand& scale, const Operand& bias, Axes axes,
                  double epsilon) {
  return called("layer_norm", x, scale, bias, axes, Argument(epsilon));
}
Tensor cross_entropy(const Operand& logits, const Operand& labels) {
  return called("cross_entropy", logits, labels);
}
Tensor binary_cross_entropy_with_logits(const Operand& logits, const Operand& targets) {
  return called("binary_cross_entropy_with_logits", logits, targets);
}

} // namespace tsc
