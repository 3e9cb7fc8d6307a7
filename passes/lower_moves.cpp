// Kernels that move items: joins, copies and scatters.
#include "passes/kernel_builder.h"

namespace tsc {

Kernel lower_join_part(const KernelContext& context, NodeId id, size_t arg) {
  const Node& node = context.graph[id];
  const auto axis = static_cast<size_t>(node.attrs.integer(Key::axis));
  const Shape& shape = context.graph.type(node.args[arg]).shape;
  KernelBuilder b(context);
  Position from, to;
  for (const Dim& extent : shape)
    from.at.push_back(Index::of(b.add_axis(extent)));
  to.at = from.at;
  for (size_t i = 0; i < arg; ++i)
    to.at[axis] = to.at[axis] + Index::of(context.graph.type(node.args[i]).shape[axis]);
  b.kernel.outer = shape.size();
  b.begin_stage({});
  const ValueId item = b.value(node.args[arg], from);
  b.note_locations(id);
  b.store(context.buffer_of(id), node.type.dtype, b.row_major(to, node.type.shape), item);
  return std::move(b.kernel);
}

Kernel lower_copy(const Type& type, BufferId from, BufferId to) {
  Kernel k;
  k.axes = {{product(type.shape)}};
  k.outer = 1;
  k.params = {{from, type.dtype, false, true}, {to, type.dtype, true, false}};
  Instruction load{.action = Action::Load, .dtype = type.dtype, .id = ValueId(size_t{0})};
  load.index = Index::of(AxisId(size_t{0}));
  load.param = ParamId(size_t{0});
  Instruction store{.action = Action::Store, .dtype = type.dtype, .args = {load.id}};
  store.index = load.index;
  store.param = ParamId(size_t{1});
  k.values = 1;
  k.stages = {{{}, {load, store}, {}}};
  return k;
}

Kernel lower_scatter_base(const KernelContext& context, NodeId id) {
  const Node& node = context.graph[id];
  KernelBuilder b(context);
  Position at;
  for (const Dim& extent : node.type.shape)
    at.at.push_back(Index::of(b.add_axis(extent)));
  b.kernel.outer = node.type.rank();
  b.begin_stage({});
  const ValueId item = b.value(node.args[0], at);
  b.store(context.buffer_of(id), node.type.dtype, b.row_major(at, node.type.shape), item);
  return std::move(b.kernel);
}

Kernel lower_scatter(const KernelContext& context, NodeId id) {
  const Node& node = context.graph[id];
  const Type& values = context.graph.type(node.args[2]);
  const Type& indices = context.graph.type(node.args[1]);
  const auto axis = static_cast<size_t>(node.attrs.integer(Key::axis));
  const auto batch = static_cast<size_t>(node.attrs.integer(Key::batch));
  KernelBuilder b(context);
  b.kernel.parallel = false; // places may repeat
  Position at, index_at, to;
  for (const Dim& extent : values.shape)
    at.at.push_back(Index::of(b.add_axis(extent)));
  b.kernel.outer = values.rank();
  b.begin_stage({});
  for (size_t i = 0; i < indices.rank(); ++i)
    index_at.at.push_back(at.at[i < batch ? i : axis + i - batch]);
  const ValueId place = b.checked(id, b.value(node.args[1], index_at), node.type.shape[axis]);
  const ValueId guard = b.in_range(Index::of(place), node.type.shape[axis]);
  to.at.assign(at.at.begin(), at.at.begin() + static_cast<ptrdiff_t>(axis));
  to.at.push_back(Index::of(place));
  to.at.insert(to.at.end(), at.at.begin() + static_cast<ptrdiff_t>(axis + indices.rank() - batch),
               at.at.end());
  ValueId item = b.value(node.args[2], at);
  const Index where = b.row_major(to, node.type.shape);
  if (node.op == Op::scatter_add) {
    Instruction old{.action = Action::Load, .dtype = node.type.dtype, .guard = guard};
    old.index = where;
    old.param = b.param(context.buffer_of(id), node.type.dtype, false);
    const ValueId before = b.emit(std::move(old));
    item = b.emit({.action = Action::Apply,
                   .dtype = node.type.dtype,
                   .op = add_of(node.type.dtype),
                   .args = {before, item}});
  }
  b.note_locations(id);
  b.store(context.buffer_of(id), node.type.dtype, where, item, guard);
  return std::move(b.kernel);
}

} // namespace tsc
