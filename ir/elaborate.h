// From syntax to nodes: gives expressions their meaning. Calls are resolved against the op rows and
// the function table; nothing here knows a single op.
#pragma once

#include "ir/build.h"
#include "ir/composites.h"
#include "ir/number.h"
#include "ir/syntax.h"

#include <unordered_map>

namespace tsc {

// What the names of a file stand for. Names point into the file's text.
struct Named {
  NodeId node;
  Token token; // where it was defined
};
using Names = std::unordered_map<std::string_view, Named>;

class Elaborator {
public:
  Elaborator(const Source& source, const Limits& limits, const SyntaxTree& tree, const Names& names,
             Graph& graph)
      : source_(source), limits_(limits), tree_(tree), names_(names), graph_(graph) {}

  // The node of an expression. A number alone becomes a constant: of `type` where it is given, else
  // an i64 or f32 scalar.
  Value value(SyntaxId root, const Type* type = nullptr);

  Dim dim(SyntaxId id);                        // "2*n+1"
  Shape dims(std::span<const SyntaxId> items); // sizes of a type: none may be negative

private:
  // A value under construction: a node, or a number that waits for its dtype.
  struct Operand {
    Value node{};
    std::optional<Number> number{};
    SyntaxId id = 0;
  };

  // A call's callee and arguments, as far as the syntax tells.
  struct Call {
    SyntaxId id = 0;
    const OpRow* op = nullptr;
    const FunctionRow* function = nullptr;
    std::optional<DType> dtype{};
    std::vector<SyntaxId> positional{};
    std::vector<SyntaxId> named{}; // Keyword nodes
  };

  // elaborate.cpp: expressions
  void mark(SyntaxId root);
  void want(SyntaxId id) { wanted_[id] = true; }
  void evaluate(SyntaxId id);
  Operand operand_of(SyntaxId id);
  Operand named(const Token& token);
  Operand unary(SyntaxId id);
  Operand binary(SyntaxId id);
  Operand index(SyntaxId id);
  build::Range range(SyntaxId slice);
  std::vector<Value> nodes(const std::vector<Operand>& operands, size_t first = 0);
  std::vector<Value> operands(std::span<const SyntaxId> ids, size_t first = 0);

  // elaborate_call.cpp: calls
  Call resolve(SyntaxId id);
  void mark_call(SyntaxId id);
  Operand call(SyntaxId id);
  Value convert(const Call& call);
  Value call_op(const Call& call);
  Value call_function(const Call& call);
  std::optional<Value> exact_node(const Call& call);
  size_t operand_count(const Call& call) const;
  bool names_all_attributes(const Call& call) const;
  Attrs attributes(const Call& call, const std::vector<Value>& args);
  std::vector<std::optional<SyntaxId>> bind(const Call& call) const;

  // elaborate_argument.cpp: arguments that are no values
  Number number(SyntaxId id);
  int64_t integer(SyntaxId id);
  IntList integers(SyntaxId id);
  bool has_negative(SyntaxId id); // in a size or a list of sizes
  Shape shape(SyntaxId id);
  DType dtype(SyntaxId id);
  bool flag(SyntaxId id);
  std::string text(SyntaxId id);
  bool is_literal(SyntaxId id) const;
  std::optional<Literal> typed_literal(SyntaxId call);
  std::string literal_bytes(DType dtype, SyntaxId id);
  AttrValue attribute(Key key, SyntaxId id, const std::vector<Value>& args);
  Argument argument(const Param& param, SyntaxId id);
  std::span<const SyntaxId> list_items(SyntaxId id);
  SyntaxId first_part(SyntaxId id) const;
  Dim dim_part(SyntaxId id, std::span<const Dim> parts, SyntaxId first) const;

  Error error(Diag diag, SyntaxId id, std::string message) const {
    return source_.error(diag, tree_[id].token, std::move(message));
  }

  const Source& source_;
  const Limits& limits_;
  const SyntaxTree& tree_;
  const Names& names_;
  Graph& graph_;
  std::vector<bool> wanted_;      // is this part of the tree a value?
  std::vector<Operand> operands_; // the wanted parts' values
};

// Throws UnknownDType.
DType dtype_of_name(const Source& source, const Token& token);

// Names that a message may suggest.
std::vector<std::string_view> callable_names();

} // namespace tsc
