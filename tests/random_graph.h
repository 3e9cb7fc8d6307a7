// Random valid graphs that use every op, dtype and kind of size; for properties of printing, keys
// and passes.
#pragma once

#include "ir/build.h"

#include <cmath>
#include <random>

namespace tsc {

class RandomGraph {
public:
  explicit RandomGraph(uint32_t seed) : random_(seed) {}

  Graph make() {
    const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
    sizes_ = {1, 2, 3, 4, n, m, n + 1, n * Dim(2), floordiv(n + m, 2)};
    for (uint32_t i = 1 + pick(3); i > 0; --i)
      add(graph_.input(name(i), type()));
    for (uint32_t i = pick(3); i > 0; --i)
      add(graph_.state(name(i) + " s", type()));
    for (uint32_t i = 5 + pick(40); i > 0; --i) {
      try {
        step();
      } catch (const Error&) { // operands that do not fit: the next step will
      }
    }
    finish();
    return std::move(graph_);
  }

private:
  uint32_t pick(size_t n) { return static_cast<uint32_t>(random_() % n); } // n > 0
  void add(NodeId id) { values_.push_back({&graph_, id}); }
  Value any() { return values_[pick(values_.size())]; }
  Dim size() { return sizes_[pick(sizes_.size())]; }
  DType dtype() { return all_dtypes()[pick(all_dtypes().size())].dtype; }
  std::string name(uint32_t i) {
    return pick(4) ? std::string(1, static_cast<char>('a' + i))
                   : "odd \"" + std::to_string(i) + "\"";
  }
  Type type() {
    Type t{pick(2) ? DType::F32 : dtype(), {}};
    for (uint32_t rank = pick(4); rank > 0; --rank)
      t.shape.push_back(size());
    return t;
  }
  IntList axes(size_t rank) {
    IntList list;
    for (size_t i = 0; i < rank; ++i)
      if (pick(2)) list.push_back(static_cast<int64_t>(i));
    return list;
  }

  Value literal() {
    const DType d = dtype();
    const bool dense = pick(2);
    const std::vector<int64_t> shape = {static_cast<int64_t>(pick(3)),
                                        static_cast<int64_t>(1 + pick(3))};
    const size_t items = dense ? static_cast<size_t>(shape[0] * shape[1]) : 1;
    std::string bytes(items * size_of(d), '\0');
    for (char& c : bytes)
      c = static_cast<char>(d == DType::Bool ? pick(2) : random_());
    if (dense)
      return build::constant(graph_, Literal::dense(d, shape, bytes), {shape[0], shape[1]});
    return build::constant(graph_, Literal::splat(d, bytes), type().shape);
  }

  Value made(const OpRow& row) {
    const Value x = any(), y = any();
    const auto rank = static_cast<int64_t>(x.rank());
    switch (row.kind) {
    case Kind::Input:
    case Kind::Constant:
      return literal();
    case Kind::Index:
      if (pick(2)) return build::size(graph_, size());
      return build::iota(graph_, DType::I32, {size(), size()}, pick(2));
    case Kind::Elementwise: {
      if (row.signature == Signature::Cast)
        return build::node(row.op, {x}, {{Key::dtype, dtype()}});
      std::vector<Value> args = {x};
      while (args.size() < static_cast<size_t>(row.arity))
        args.push_back(pick(2) ? x : any());
      if (row.signature == Signature::Select) args[0] = build::cast(args[0], DType::Bool);
      return pick(2) ? build::elementwise(row.op, args) : build::node(row.op, args);
    }
    case Kind::Reduce:
    case Kind::Rowwise:
      return build::node(row.op, {x}, {{Key::axes, axes(x.rank())}});
    case Kind::View:
      return view(row.op, x);
    case Kind::Join:
      return build::concat({x, y, x}, pick(x.rank() + 1));
    case Kind::Contract:
      return pick(2) ? build::matmul(x, y)
                     : build::contract(x, x, {}, {}, axes(x.rank()), axes(x.rank()));
    case Kind::Gather:
      return build::gather(x, build::cast(y, DType::I32), pick(static_cast<size_t>(rank) + 1));
    case Kind::Scatter: {
      if (rank == 0) return x;
      const Value index = build::iota(graph_, DType::I64, {x.shape().at(0)}, 0);
      return build::node(row.op, {x, index, x},
                         {{Key::axis, int64_t{0}}, {Key::batch, int64_t{0}}});
    }
    }
    return x;
  }

  Value view(Op op, Value x) {
    const size_t rank = x.rank();
    if (op == Op::reshape) return build::node(op, {x}, {{Key::shape, Shape{product(x.shape())}}});
    if (op == Op::broadcast) {
      Shape shape = x.shape();
      shape.insert(shape.begin(), size());
      return build::broadcast_to(x, shape);
    }
    if (op == Op::slice) {
      std::vector<build::Range> ranges;
      for (size_t i = 0; i < rank; ++i)
        ranges.push_back(pick(2) ? build::Range{Dim(pick(2)), std::nullopt, 1 + pick(2)}
                                 : build::Range{std::nullopt, std::nullopt, -1});
      return build::slice(x, ranges);
    }
    if (op == Op::pad)
      return build::pad(x, Shape(rank, size()), Shape(rank, 1), pick(2) ? -0.0 : 1);
    IntList all;
    for (size_t i = rank; i-- > 0;)
      all.push_back(static_cast<int64_t>(i));
    return build::node(op, {x}, {{Key::axes, all}});
  }

  void step() {
    const Value v = made(all_ops()[pick(all_ops().size())]);
    if (v.rank() < 6) add(v.id);
    if (pick(6) == 0) graph_.set_name(v.id, pick(2) ? "v" + std::to_string(pick(20)) : "dup");
  }

  void finish() {
    for (uint32_t i = 1 + pick(3); i > 0; --i)
      graph_.outputs.push_back({"out" + std::to_string(i), any().id});
    for (NodeId state : graph_.states())
      for (const Value& v : values_)
        if (v.type() == graph_.type(state) && v.id != state) {
          graph_.updates.push_back({state, v.id});
          break;
        }
  }

  std::mt19937 random_;
  Graph graph_;
  std::vector<Value> values_;
  std::vector<Dim> sizes_;
};

// Sizes are chosen blindly, so that some graphs contradict themselves: then the next seed's.
inline Graph random_graph(uint32_t seed) {
  for (;; seed += 1'000'003) {
    try {
      return RandomGraph(seed).make();
    } catch (const Error& e) {
      if (e.diag() != Diag::Contradiction) throw;
    }
  }
}

} // namespace tsc
