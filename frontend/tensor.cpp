#include "frontend/tensor.h"

#include "frontend/lower.h"
#include "runtime/array.h"

#include <limits>
#include <fmt/format.h>

namespace tsc {

namespace frontend {

namespace {

// Nodes that wait to be freed by a deletion in progress on this thread.
thread_local std::vector<const Node*>* waiting = nullptr;

void free_node(const Node* node) {
  if (waiting) return waiting->push_back(node);
  std::vector<const Node*> queue = {node};
  waiting = &queue;
  while (!queue.empty()) {
    const Node* next = queue.back();
    queue.pop_back();
    delete next; // its operands come back through free_node and queue up
  }
  waiting = nullptr;
}

} // namespace

NodePtr make_node(Node node) { return NodePtr(new Node(std::move(node)), free_node); }

} // namespace frontend

using frontend::loc_of;

const Type& Tensor::type() const { return node_->type; }
const std::string& Tensor::name() const { return node_->name; }
Loc Tensor::where() const { return node_->where; }

std::string Tensor::text() const {
  std::string out = tsc::text(type());
  if (!name().empty()) out += fmt::format("  '{}'", printable(name()));
  if (where().known()) out += "  " + where().text();
  return out;
}

Tensor Tensor::named(std::string name) const {
  if (kind_of(node_->op) == Kind::Input)
    throw Error(Diag::BadName, fmt::format("'{}' already has a name", printable(this->name())))
        .at(where());
  frontend::Node copy = *node_;
  copy.name = std::move(name);
  return Tensor(frontend::make_node(std::move(copy)));
}

Tensor Tensor::T(std::source_location where) const {
  return frontend::built(where, {*this}, [](Graph&, std::span<const Value> x) {
    return build::transpose(x[0]);
  });
}

namespace {

Tensor constant_tensor(Literal value, Shape shape, Loc where) {
  const Type type{value.dtype(), shape};
  return Tensor(frontend::make_node({Op::constant, type, {},
                                     {{Key::value, std::move(value)}, {Key::shape, std::move(shape)}},
                                     where, "", nullptr}));
}

} // namespace

Tensor constant(const Array& value, std::source_location where) {
  std::string bytes(value.bytes(), '\0');
  value.copy_to(bytes.data());
  const std::vector<int64_t> shape(value.shape().begin(), value.shape().end());
  Literal literal = shape.empty() ? Literal::splat(value.dtype(), std::move(bytes))
                                  : Literal::dense(value.dtype(), shape, std::move(bytes));
  return constant_tensor(std::move(literal), Shape(shape.begin(), shape.end()), loc_of(where));
}

int64_t Operand::checked_integer(bool negative, uint64_t bits) {
  if (!negative && bits > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    throw Error(Diag::NumberRange, fmt::format("{} does not fit i64", bits));
  return static_cast<int64_t>(bits);
}

Tensor Operand::filled(const Type& type) const {
  const auto literal = [&]() -> Literal {
    if (const auto* b = std::get_if<bool>(&value_)) return Literal::integer(type.dtype, *b);
    if (const auto* i = std::get_if<int64_t>(&value_))
      return in(type.dtype, BoolsAndInts) ? Literal::integer(type.dtype, *i)
                                          : Literal::number(type.dtype, static_cast<double>(*i));
    if (const auto* f = std::get_if<float>(&value_)) return Literal::number(type.dtype, *f);
    return Literal::number(type.dtype, std::get<double>(value_));
  };
  try {
    return constant_tensor(literal(), type.shape, loc());
  } catch (Error& e) {
    e.at(loc());
    throw;
  }
}

Tensor Operand::tensor() const {
  if (const auto* tensor = std::get_if<Tensor>(&value_)) return *tensor;
  const DType own[] = {DType::Bool, DType::Bool, DType::I64, DType::F32, DType::F64};
  return filled({own[value_.index()], {}});
}

Tensor Operand::tensor_beside(DType other) const {
  if (const auto* tensor = std::get_if<Tensor>(&value_)) return *tensor;
  const bool whole = std::holds_alternative<int64_t>(value_);
  const bool fraction = !whole && !std::holds_alternative<bool>(value_);
  if (fraction && in(other, BoolsAndInts)) other = floating(other);
  if (whole && other == DType::Bool) other = DType::I64;
  return filled({other, {}});
}

} // namespace tsc
