// The tensor program: an append-only vector of nodes, each typed and checked as it is added.
//
// Invariants: operands come before users (args[i] < own id); equal nodes (op, args, attributes,
// type) are one node; every type follows from ir/infer. So each walk is one loop over ids, common
// subexpressions never exist twice, and nothing recurses over nodes. A pass takes a Graph and
// returns a Graph.
#pragma once

#include "ir/attrs.h"
#include "ir/limits.h"
#include "ir/op.h"
#include "ir/type.h"
#include "support/error.h"
#include "support/ids.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tsc {

using NodeId = Id<struct NodeTag>;
using LocsId = Id<struct LocsTag>; // a set of source locations, kept once per graph

struct Node {
  Op op{};
  Type type;
  std::vector<NodeId> args;
  Attrs attrs;
  LocsId locs;

  Kind kind() const { return kind_of(op); }
};

// A condition on sizes that could not be decided when the graph was built; checked at each call.
struct Requirement {
  enum class Relation : uint8_t { Equal, LessEqual };
  Dim left;
  Relation relation;
  Dim right;
  std::string what; // "matmul: inner sizes": how the message begins
  LocsId locs;
};

struct Output {
  std::string name;
  NodeId node;
};

struct Update {
  NodeId state;
  NodeId value; // of the state's type; sees the old value of every state
};

class Graph {
public:
  // Adds a node, or finds the equal one. Infers its type; throws Error naming operands and
  // locations. Operands must already have one dtype and the shapes the op wants: see ir/build.h for
  // conversion and broadcasting. Throws TooManyNodes beyond `max_nodes`.
  NodeId add(Op op, std::vector<NodeId> args, Attrs attrs = {}, LocsId locs = {});

  // Shorthands. Names of inputs and states are unique: throws DuplicateName.
  NodeId input(std::string name, Type type, LocsId locs = {}); // appended to inputs()
  NodeId state(std::string name, Type type, LocsId locs = {}); // appended to states()
  NodeId constant(Literal value, Shape shape, LocsId locs = {});

  // The source locations `locs` as an id; at most `max_locs` are kept.
  LocsId locations(std::span<const Loc> locs);
  LocsId location(Loc loc) { return locations({&loc, 1}); }
  LocsId merged(LocsId a, LocsId b);
  std::span<const Loc> locations(LocsId id) const;
  Loc first_location(LocsId id) const; // unknown when there is none

  const Node& operator[](NodeId id) const { return nodes_[id.index]; }
  const Type& type(NodeId id) const { return nodes_[id.index].type; }
  size_t size() const { return nodes_.size(); }

  // for (NodeId id : graph.ids()) visits operands before users.
  class IdRange {
  public:
    explicit IdRange(size_t size) : size_(size) {}
    struct iterator {
      size_t i;
      NodeId operator*() const { return NodeId(i); }
      iterator& operator++() { return ++i, *this; }
      bool operator!=(const iterator& other) const { return i != other.i; }
    };
    iterator begin() const { return {0}; }
    iterator end() const { return {size_}; }

  private:
    size_t size_;
  };
  IdRange ids() const { return IdRange(nodes_.size()); }

  // Names that the user gave to values; for messages and printing only.
  void set_name(NodeId id, std::string name);
  const std::string* name_of(NodeId id) const;

  // Does the condition hold for all sizes that meet the requirements so far?
  Tri decide(const Dim& left, Requirement::Relation relation, const Dim& right) const;

  // `what left relation right`: Yes is dropped, No throws ShapeMismatch or Contradiction, Unknown
  // is kept, once. An equality of a bare symbol is then used to decide later questions.
  void require(const Dim& left, Requirement::Relation relation, const Dim& right, std::string what,
               LocsId locs);

  // `dim` with the symbols replaced that an equality requirement decides.
  Dim resolve(const Dim& dim) const;

  std::string describe(NodeId id) const; // "f32[n, 64]  'h'  model.cpp:41", for notes

  const std::vector<NodeId>& inputs() const { return inputs_; }
  const std::vector<NodeId>& states() const { return states_; }
  const std::vector<Requirement>& requirements() const { return requirements_; }

  std::vector<Output> outputs;
  std::vector<Update> updates; // at most one per state

  static constexpr size_t max_nodes = Limits{}.nodes;
  static constexpr size_t max_locs = 4;

private:
  NodeId find_equal(const Node& node, uint64_t hash) const;
  bool learn(const Dim& a, const Dim& b);
  void check_requirements() const;
  void forget_requirements(size_t kept);
  NodeId argument(Op op, std::string name, Type type, LocsId locs);

  std::vector<Node> nodes_;
  std::unordered_multimap<uint64_t, NodeId> table_; // structural hash -> node
  std::vector<NodeId> inputs_, states_;
  std::unordered_set<std::string> argument_names_;
  std::vector<Requirement> requirements_;
  std::unordered_set<std::string> required_; // the texts of requirements_
  std::map<std::string, Dim> known_;         // symbol -> what an equality says it is
  std::unordered_map<NodeId, std::string> names_;
  std::vector<std::vector<Loc>> locs_;
  std::map<std::vector<std::tuple<const char*, uint32_t, uint32_t>>, LocsId> locs_table_;
};

// Copies of a graph's nodes in another graph: the frame of every pass. `map` holds the new id of
// each old node (invalid: none yet).
//
//   Rebuilder copy(graph);
//   for (NodeId id : graph.ids()) copy.keep(id);      // or copy.set(id, something else)
//   return copy.finish();                              // maps outputs and updates
class Rebuilder {
public:
  explicit Rebuilder(const Graph& from);

  const Graph& from() const { return from_; }
  Graph& to() { return to_; }
  NodeId operator[](NodeId old) const { return map_[old.index]; }
  void set(NodeId old, NodeId now) { map_[old.index] = now; }
  std::vector<NodeId> args(NodeId old) const; // the new ids of old's operands
  LocsId locs(NodeId old);                    // old's locations, in the new graph
  NodeId keep(NodeId old);                    // copies the node over the new operands
  Graph finish();

private:
  const Graph& from_;
  Graph to_;
  std::vector<NodeId> map_;
  std::vector<LocsId> locs_map_;
};

// live[id] says whether an output, update, input or state needs the node.
std::vector<bool> live_nodes(const Graph& graph);

// The graph without dead nodes; inputs and states all stay, in order.
Graph without_dead_nodes(const Graph& graph);
Graph without_dead_nodes(Graph&& graph); // the graph itself where no node is dead

} // namespace tsc
