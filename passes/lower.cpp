#include "passes/lower.h"

#include "passes/carry.h"
#include "passes/cut.h"
#include "passes/fuse.h"
#include "passes/lower_kernel.h"
#include "passes/lower_trace.h"
#include "passes/memory.h"
#include "passes/products.h"
#include "passes/schedule.h"
#include "passes/sizes.h"
#include "passes/split.h"

#include <fmt/format.h>
#include <map>

namespace tsc {

namespace {

class PlanBuilder {
public:
  PlanBuilder(const Graph& graph, const LowerOptions& options)
      : graph_(graph), options_(options), fusion_(fuse(graph, options)),
        context_{graph_, fusion_, [this](NodeId id) { return buffer_of(id); },
                 [this](NodeId id) { return index_check(id); }} {}

  void run();
  void tell(LowerTrace& trace) const;
  Plan plan() && { return std::move(plan_); }

private:
  void add_ports();
  void place_outputs();
  void lower_group(GroupId id);
  void copy_repeated_outputs();
  void launch_loops(Kernel kernel);
  void launch_rows(Kernel kernel, const Dim& rows);
  void launch(Kernel kernel, std::optional<SizeCondition> when = {});
  BufferId buffer_of(NodeId id);
  BufferId new_buffer(Home home, size_t index, const Type& type);
  CheckId index_check(NodeId id);

  const Graph& graph_;
  const LowerOptions& options_;
  Fusion fusion_;
  KernelContext context_;
  Plan plan_;
  std::map<NodeId, BufferId> buffers_;
  std::map<NodeId, CheckId> index_checks_;
  std::vector<std::pair<NodeId, size_t>> copies_; // outputs whose value stands elsewhere too
  std::vector<GroupId> group_of_step_;
  const std::function<BufferId(const Type&)> new_partial_ = [this](const Type& type) {
    return new_buffer(Home::Workspace, 0, type);
  };
};

BufferId PlanBuilder::new_buffer(Home home, size_t index, const Type& type) {
  plan_.buffers.push_back({home, static_cast<uint32_t>(index), type});
  return BufferId(plan_.buffers.size() - 1);
}

BufferId PlanBuilder::buffer_of(NodeId id) {
  if (const auto it = buffers_.find(id); it != buffers_.end()) return it->second;
  const Node& node = graph_[id];
  if (node.kind() == Kind::Constant && is_leaf(node)) {
    const Literal& value = node.attrs.value(Key::value);
    plan_.constants.push_back({value, value.bytes().size() <= options_.embed_bytes});
    return buffers_[id] = new_buffer(Home::Constant, plan_.constants.size() - 1, node.type);
  }
  return buffers_[id] = new_buffer(Home::Workspace, 0, node.type);
}

CheckId PlanBuilder::index_check(NodeId id) {
  if (const auto it = index_checks_.find(id); it != index_checks_.end()) return it->second;
  const Node& node = graph_[id];
  plan_.checks.push_back(
      {Diag::IndexRange,
       fmt::format("{}: index {{0}} is out of range for axis {}, which has {{1}} items",
                   name(node.op), node.attrs.integer(Key::axis)),
       graph_.first_location(node.locs)});
  return index_checks_[id] = CheckId(plan_.checks.size() - 1);
}

void PlanBuilder::add_ports() {
  plan_ports(graph_, plan_);
  size_t index = 0;
  for (const auto* list : {&graph_.inputs(), &graph_.states()})
    for (NodeId id : *list)
      buffers_[id] = new_buffer(Home::Input, index++, graph_.type(id));
}

// A computed value is written straight to the first output that wants it.
void PlanBuilder::place_outputs() {
  size_t index = 0;
  auto place = [&](NodeId id) {
    if (buffers_.count(id) || is_leaf(graph_[id]))
      copies_.emplace_back(id, index);
    else
      buffers_[id] = new_buffer(Home::Output, index, graph_.type(id));
    ++index;
  };
  for (const Output& output : graph_.outputs)
    place(output.node);
  for (const Update& update : graph_.updates)
    place(update.value);
}

void PlanBuilder::launch_loops(Kernel kernel) {
  if (options_.carry) carry_values(kernel);
  schedule(kernel);
  if (auto blocks = split_reduction(kernel, options_.split, new_partial_))
    launch(std::move(*blocks));
  else if (const Dim rows = rows_to_share(kernel, options_.split); rows != Dim(0))
    return launch_rows(std::move(kernel), rows);
  launch(std::move(kernel));
}

// One kernel for a few rows, two for many.
void PlanBuilder::launch_rows(Kernel kernel, const Dim& rows) {
  SizeCondition many{rows, options_.split.many_rows};
  if (!rows.is_number()) {
    many.above = false;
    launch(kernel, many);
    many.above = true;
  }
  const auto when = rows.is_number() ? std::nullopt : std::optional(many);
  launch(split_rows(kernel, options_.split, new_partial_), when);
  launch(std::move(kernel), when);
}

void PlanBuilder::launch(Kernel kernel, std::optional<SizeCondition> when) {
  cut_long_bodies(kernel, options_.body);
  plan_.steps.push_back(Launch{plan_.kernels.size(), std::move(when)});
  plan_.kernels.push_back(std::move(kernel));
}

void PlanBuilder::lower_group(GroupId id) {
  const Group& group = fusion_.groups[id.index];
  const NodeId root = group.nodes.front();
  switch (group.form) {
  case Group::Form::Loops:
    return launch_loops(lower_loops(context_, id));
  case Group::Form::Product:
    plan_.steps.push_back(product_step(graph_, root, context_.buffer_of));
    return;
  case Group::Form::Join:
    for (size_t i = 0; i < graph_[root].args.size(); ++i)
      launch_loops(lower_join_part(context_, root, i));
    return;
  case Group::Form::Scatter: {
    launch_loops(lower_scatter_base(context_, root));
    return launch_loops(lower_scatter(context_, root));
  }
  }
}

void PlanBuilder::copy_repeated_outputs() {
  for (const auto& [id, index] : copies_)
    launch_loops(lower_copy(graph_.type(id), buffer_of(id),
                            new_buffer(Home::Output, index, graph_.type(id))));
}

void PlanBuilder::run() {
  add_ports();
  plan_sizes(graph_, plan_);
  place_outputs();
  for (size_t i = 0; i < fusion_.groups.size(); ++i) {
    lower_group(GroupId(i));
    group_of_step_.resize(plan_.steps.size(), GroupId(i));
  }
  copy_repeated_outputs();
  group_of_step_.resize(plan_.steps.size());
  place_buffers(plan_);
  for (const Kernel& kernel : plan_.kernels)
    verify(kernel);
}

void PlanBuilder::tell(LowerTrace& trace) const {
  trace.fusion = fusion_;
  trace.group_of_step = group_of_step_;
  trace.node_of_buffer.resize(plan_.buffers.size());
  for (const auto& [node, buffer] : buffers_)
    trace.node_of_buffer[buffer.index] = node;
}

} // namespace

Plan lower(const Graph& graph, const LowerOptions& options, LowerTrace* trace) {
  Graph ready = with_matrix_operands(graph, options);
  PlanBuilder builder(ready, options);
  builder.run();
  if (trace) {
    builder.tell(*trace);
    trace->graph = std::move(ready);
  }
  return std::move(builder).plan();
}

} // namespace tsc
