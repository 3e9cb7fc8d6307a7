// Builds a kernel by pulling: the value of a node at a position is made of values of its operands
// at positions that follow, back to loads. Views never exist inside a kernel: they change
// positions.
#pragma once

#include "passes/lower_kernel.h"

#include <map>
#include <string>

namespace tsc {

// Where an item is read: a place on each axis, or a row-major number when only that is known.
struct Position {
  std::vector<Index> at;
  std::optional<Index> flat;
  ValueId guard; // memory is touched only where this holds

  std::string key() const {
    std::string out;
    if (flat)
      out = "#" + flat->text();
    else
      for (const Index& i : at)
        out += i.text() + ",";
    return guard.valid() ? out + "?" + std::to_string(guard.index) : out;
  }
};

// What adds and multiplies items of `dtype` in sums: bool adds as "or".
inline Op add_of(DType dtype) { return dtype == DType::Bool ? Op::logical_or : Op::add; }
inline Op mul_of(DType dtype) { return dtype == DType::Bool ? Op::logical_and : Op::mul; }

class KernelBuilder {
public:
  explicit KernelBuilder(const KernelContext& context) : context_(context), graph_(context.graph) {}

  Kernel kernel;

  AxisId add_axis(Dim extent) {
    kernel.axes.push_back({std::move(extent)});
    return AxisId(kernel.axes.size() - 1);
  }
  ParamId param(BufferId buffer, DType dtype, bool write);
  void begin_stage(std::vector<AxisId> axes);
  // The value of `root` at `position`, computed in the current stage.
  ValueId value(NodeId root, const Position& position);
  ValueId emit(Instruction instruction);
  void store(BufferId buffer, DType dtype, Index index, ValueId value, ValueId guard = {});
  Index row_major(const Position& position, const Shape& shape);
  ValueId checked(NodeId node, ValueId index, const Dim& size, ValueId guard = {});
  ValueId in_range(const Index& index, const Dim& size);
  void set_result(NodeId node, ResultId result) { results_[node] = result; }
  void set_group(GroupId group) { group_ = group; }
  void note_locations(NodeId node);

private:
  struct Demand {
    NodeId node;
    Position position;
  };
  using Memo = std::map<std::pair<NodeId, std::string>, ValueId>;

  std::optional<ValueId> known(NodeId node, const Position& position) const;
  std::optional<Demand> missing(NodeId node, const Position& position);
  std::vector<Demand> demands(NodeId node, const Position& position);
  ValueId build(NodeId node, const Position& position);
  ValueId apply(NodeId node, const Position& position);
  ValueId index_value(NodeId node, const Position& position);
  bool computed_here(NodeId node) const;
  const std::vector<Index>& places(NodeId node, Position& position);
  std::pair<Index, Index> divided(const Index& index, const Dim& divisor);
  Position through_view(NodeId view, Position position);
  Position gathered(NodeId gather, Position position);
  ValueId both(ValueId a, ValueId b);
  ValueId load(NodeId node, Position position);

  const KernelContext& context_;
  const Graph& graph_;
  GroupId group_;
  std::map<NodeId, ResultId> results_;
  std::map<BufferId, ParamId> params_;
  Memo memo_; // of the current stage
  std::map<std::string, ValueId>
      emitted_; // instructions of the current stage without operands in memory
};

} // namespace tsc
