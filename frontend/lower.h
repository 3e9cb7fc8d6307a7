// Between expressions and graphs. Every function of the public API builds its nodes in a small Graph
// with the code of ir/build.h and ir/composites.h and lifts them back to Tensors, so that typing,
// broadcasting, messages and composites exist once. Internal to frontend/.
#pragma once

#include "frontend/node.h"
#include "ir/build.h"

#include <functional>
#include <unordered_map>

namespace tsc::frontend {

// Lowers expressions into one graph. Nothing recurses.
class Lowering {
public:
  // What an input that nobody declared becomes: throws MissingInput, or adds it to the graph.
  enum class Leaves { Declared, Any };
  explicit Lowering(Leaves leaves) : leaves_(leaves) {}

  // The next argument of the graph. Throws DuplicateName, BadName when `input` is no input.
  void declare(const Tensor& input);
  // From here on `value` stands wherever `old` stood, also in sizes: old's symbols become value's
  // sizes. All substitutions are simultaneous: `value` itself may use what others replace. Throws
  // DTypeMismatch, RankMismatch, ShapeMismatch; BadUpdate when `old` is replaced twice.
  void substitute(const Tensor& old, const Tensor& value);

  NodeId lower(const Tensor& tensor);

  Graph& graph() { return graph_; }
  // The shared variables met, in the order of graph().states().
  const std::vector<std::shared_ptr<SharedValue>>& shared() const { return shared_; }
  bool used(const Tensor& input) const { return used_.contains(&input.node()); }

  // Tensors for nodes of the graph: those that were lowered are themselves again.
  std::vector<Tensor> lift(const std::vector<NodeId>& ids);

private:
  // Nodes inside a substitution's value are not substituted again: they have places of their own.
  struct Visit {
    const Node* node;
    bool plain;
    bool operator==(const Visit&) const = default;
  };
  struct VisitHash {
    size_t operator()(const Visit& v) const {
      return std::hash<const Node*>()(v.node) ^ static_cast<size_t>(v.plain);
    }
  };

  NodeId leaf(const Tensor& tensor);
  NodeId add(const Tensor& tensor, bool plain);
  Attrs with_sizes_substituted(const Attrs& attrs) const;

  Leaves leaves_;
  Graph graph_;
  std::vector<std::shared_ptr<SharedValue>> shared_;
  std::vector<Tensor> declared_;
  std::unordered_map<const Node*, NodeId> leaves_of_;
  std::unordered_map<const Node*, bool> used_;
  std::unordered_map<const Node*, Tensor> substitutions_;
  std::map<std::string, Dim> sizes_;
  std::unordered_map<Visit, NodeId, VisitHash> done_;
  std::vector<Tensor> kept_; // whose nodes the tables point at
  std::unordered_map<NodeId, Tensor> tensors_;
};

// The value that `build` makes of the operands, as a Tensor written at `where`. The operands are
// opaque inputs of the small graph. Errors name `where` and the operands.
Tensor built(std::source_location where, const std::vector<Tensor>& operands,
             const std::function<Value(Graph&, std::span<const Value>)>& build);

} // namespace tsc::frontend
