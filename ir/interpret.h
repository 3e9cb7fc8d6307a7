// The reference interpreter: what each node means, computed one node after the other in the
// plainest way. It is the specification that compiled programs are compared with, so that where the
// two differ, this one is right. Written to be read; one function per kind of node.
//
// Floating point: an elementwise op computes in its dtype (f16 and bf16 in f32) and rounds once.
// Sums and products along axes (reductions, contract, scatter_add, softmax and its kin) are
// computed in f64 and rounded once, so that results do not depend on an order of summation.
// Integers wrap.
#pragma once

#include "ir/graph.h"
#include "ir/sizes.h"
#include "ir/tensor_value.h"

#include <optional>
#include <span>
#include <vector>

namespace tsc {

// The outputs, then the next value of each state (its update, or the value it has). `inputs` and
// `states` are in the order of graph.inputs() and graph.states(). Symbols get their values from the
// shapes given. Throws Error: ArgumentCount, ArgumentType, ArgumentShape, IndexRange, SizeOverflow.
// Dead nodes are not evaluated; values are freed after their last use.
std::vector<TensorValue> interpret(const Graph& graph, std::span<const TensorValue> inputs,
                                   std::span<const TensorValue> states = {});

// Of what interpret() gives, what a program returns: the outputs, then the next value of each
// update, in the order of graph.updates.
std::vector<TensorValue> program_results(const Graph& graph, std::vector<TensorValue> results);

// The value of one node whose operands have the values `args`. nullopt where only a call can tell:
// an input or state, a symbolic size, an index out of range. For folding constants.
std::optional<TensorValue> evaluate_node(const Node& node, std::span<const TensorValue> args);

// As above, for a node whose sizes have symbols. Throws Error as interpret() does.
TensorValue evaluate_node(const Node& node, std::span<const TensorValue* const> args,
                          const SymbolValues& sizes);

// The value of a node that depends on constants only; nullopt as above. Evaluates its operands anew
// each time: passes that fold a whole graph keep values and call evaluate_node.
std::optional<TensorValue> evaluate(const Graph& graph, NodeId id);

} // namespace tsc
