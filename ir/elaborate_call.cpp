// Calls. f32(x) converts; an op called with operands alone converts and broadcasts them as
// arithmetic does; an op called with all its attributes by name is exactly that node; everything
// else goes through the function table.
#include "ir/elaborate.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

using Tag = Syntax::Tag;

namespace {

// add(x, y, broadcast=false): the node as it stands, where x has size 1 and y an unknown size.
constexpr std::string_view broadcast_key = "broadcast";

bool is_callable(const OpRow& row) {
  return row.kind != Kind::Input && row.kind != Kind::Constant; // those are statements
}

const char* plural(size_t count) { return count == 1 ? "" : "s"; }

} // namespace

std::vector<std::string_view> callable_names() {
  std::vector<std::string_view> names;
  for (const OpRow& row : all_ops())
    if (is_callable(row)) names.push_back(row.name);
  for (const FunctionRow& row : all_functions())
    names.push_back(row.name);
  return names;
}

Elaborator::Call Elaborator::resolve(SyntaxId id) {
  const Token& name = tree_[id].token;
  Call call{.id = id};
  for (SyntaxId child : tree_.children(id))
    (tree_[child].tag == Tag::Keyword ? call.named : call.positional).push_back(child);
  call.dtype = dtype_named(name.text);
  call.function = function_named(name.text);
  if (const auto op = op_named(name.text); op && is_callable(row(*op))) call.op = &row(*op);
  if (!call.dtype && !call.function && !call.op)
    throw source_
        .error(Diag::UnknownOp, name,
               fmt::format("no operation is named '{}'{}", printable(name.text, 40),
                           did_you_mean(name.text, callable_names())))
        .hint("'tsc ops' lists all");
  for (size_t i = 0; i < call.named.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (tree_[call.named[i]].token.text == tree_[call.named[j]].token.text)
        throw error(
            Diag::BadAttribute, call.named[i],
            fmt::format("{}: '{}' is given twice", name.text, tree_[call.named[i]].token.text));
  return call;
}

// How many of the positional arguments are operands of the op; attributes may follow them.
size_t Elaborator::operand_count(const Call& call) const {
  const size_t given = call.positional.size();
  const bool takes_more = call.op->arity < 0 || call.op->attrs.empty();
  return takes_more ? given : std::min(given, static_cast<size_t>(call.op->arity));
}

bool Elaborator::names_all_attributes(const Call& call) const {
  if (!call.op) return false;
  for (SyntaxId id : call.positional)
    if (tree_[id].tag == Tag::List) return false;
  size_t found = 0;
  for (SyntaxId id : call.named) {
    const auto& keys = call.op->attrs;
    const bool known = std::any_of(keys.begin(), keys.end(),
                                   [&](Key key) { return tree_[id].token.text == row(key).name; });
    if (!known && tree_[id].token.text != broadcast_key) return false;
    found += known;
  }
  return found == call.op->attrs.size();
}

void Elaborator::mark_call(SyntaxId id) {
  const Call call = resolve(id);
  if (call.dtype) {
    if (call.positional.size() == 1 && !typed_literal(id)) want(call.positional[0]);
    return;
  }
  if (!call.function || names_all_attributes(call)) {
    for (size_t i = 0; i < operand_count(call); ++i)
      want(call.positional[i]);
    return;
  }
  const auto bound = bind(call);
  for (size_t i = 0; i < bound.size(); ++i) {
    const ParamType type = call.function->params[i].type;
    if (!bound[i]) continue;
    if (type == ParamType::Operand) want(*bound[i]);
    if (type == ParamType::Operands)
      for (SyntaxId item : list_items(*bound[i]))
        want(item);
  }
}

Elaborator::Operand Elaborator::call(SyntaxId id) {
  const Call call = resolve(id);
  if (call.dtype) return {.node = convert(call)};
  if (names_all_attributes(call))
    if (const auto node = exact_node(call)) return {.node = *node};
  return {.node = call.function ? call_function(call) : call_op(call)};
}

// f32(0.1) is a constant, f32(x) the conversion of x.
Value Elaborator::convert(const Call& call) {
  if (const auto typed = typed_literal(call.id)) return build::constant(graph_, *typed);
  if (call.positional.size() != 1 || !call.named.empty())
    throw error(Diag::WrongArity, call.id,
                fmt::format("{}: takes 1 operand, got {}", name(*call.dtype),
                            call.positional.size() + call.named.size()));
  const Operand& operand = operands_[call.positional[0]];
  if (operand.number) return build::constant(graph_, literal(*operand.number, *call.dtype));
  return build::cast(operand.node, *call.dtype);
}

// The node that a call with all attributes describes. None where it cannot exist, for want of the
// operand's dtype or because axes count from the end or a size is left open, and a function of that
// name can help.
std::optional<Value> Elaborator::exact_node(const Call& call) {
  const OpRow& op = *call.op;
  if (call.function) {
    for (SyntaxId id : call.named)
      for (Key key : {Key::axis, Key::axes, Key::shape})
        if (tree_[id].token.text == row(key).name && has_negative(tree_.child(id, 0)))
          return std::nullopt;
    for (SyntaxId id : call.positional) {
      const Operand& operand = operands_[id]; // without a node where an attribute stands
      if (operand.node.graph && !in(operand.node.dtype(), op.types)) return std::nullopt;
    }
  }
  return call_op(call);
}

Value Elaborator::call_op(const Call& call) {
  const OpRow& op = *call.op;
  const size_t count = operand_count(call);
  if (op.arity >= 0 ? count != static_cast<size_t>(op.arity) : count == 0)
    throw error(Diag::WrongArity, call.id,
                op.arity >= 0 ? fmt::format("{}: takes {} operand{}, got {}", op.name, op.arity,
                                            plural(static_cast<size_t>(op.arity)), count)
                              : fmt::format("{}: takes one operand or more, got none", op.name));
  const bool selects = op.kind == Kind::Elementwise && op.signature == Signature::Select;
  std::vector<Value> args = operands(std::span(call.positional).first(count), selects ? 1 : 0);
  bool broadcast = true;
  for (SyntaxId id : call.named)
    if (tree_[id].token.text == broadcast_key) broadcast = flag(tree_.child(id, 0));
  if (op.kind == Kind::Elementwise && op.attrs.empty() && broadcast) {
    attributes(call, args); // refuses any
    return build::elementwise(op.op, std::move(args));
  }
  Attrs attrs = attributes(call, args);
  if (!args.empty()) return build::node(op.op, std::move(args), std::move(attrs));
  return {&graph_, graph_.add(op.op, {}, std::move(attrs), BuildLocation::current(graph_))};
}

// Attributes by name, and by position behind the operands in the order of the op's row.
Attrs Elaborator::attributes(const Call& call, const std::vector<Value>& args) {
  const OpRow& op = *call.op;
  Attrs attrs;
  for (SyntaxId id : call.named) {
    const std::string_view name = tree_[id].token.text;
    std::vector<std::string_view> known;
    for (Key key : op.attrs) {
      known.push_back(row(key).name);
      if (name == known.back()) attrs.set(key, attribute(key, tree_.child(id, 0), args));
    }
    const bool found = std::find(known.begin(), known.end(), name) != known.end();
    if (!found && !(name == broadcast_key && op.kind == Kind::Elementwise))
      throw error(Diag::UnknownAttribute, id,
                  fmt::format("{} has no attribute '{}'{}", op.name, printable(name, 40),
                              did_you_mean(name, known)));
  }
  size_t at = operand_count(call);
  for (Key key : op.attrs)
    if (!attrs.has(key) && at < call.positional.size())
      attrs.set(key, attribute(key, call.positional[at++], args));
  if (at < call.positional.size())
    throw error(Diag::WrongArity, call.positional[at],
                fmt::format("{}: takes {} operand{} and {} attribute{}, got more", op.name,
                            op.arity, plural(static_cast<size_t>(op.arity)), op.attrs.size(),
                            plural(op.attrs.size())));
  return attrs;
}

// Which argument each of the function's parameters gets.
std::vector<std::optional<SyntaxId>> Elaborator::bind(const Call& call) const {
  const FunctionRow& f = *call.function;
  std::vector<std::optional<SyntaxId>> bound(f.params.size());
  if (call.positional.size() > f.params.size())
    throw error(Diag::WrongArity, call.positional[f.params.size()],
                fmt::format("{}: takes {} argument{}, got {}", f.name, f.params.size(),
                            plural(f.params.size()), call.positional.size()));
  std::copy(call.positional.begin(), call.positional.end(), bound.begin());
  for (SyntaxId id : call.named) {
    const std::string_view name = tree_[id].token.text;
    std::vector<std::string_view> known;
    for (const Param& param : f.params)
      known.push_back(param.name);
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end())
      throw error(Diag::UnknownAttribute, id,
                  fmt::format("{} has no parameter '{}'{}", f.name, printable(name, 40),
                              did_you_mean(name, known)));
    auto& place = bound[static_cast<size_t>(at - known.begin())];
    if (place)
      throw error(Diag::BadAttribute, id, fmt::format("{}: '{}' is given twice", f.name, name));
    place = tree_.child(id, 0);
  }
  for (size_t i = 0; i < bound.size(); ++i) {
    const Param& param = f.params[i];
    if (bound[i] || param.fallback) continue;
    const bool operand = param.type == ParamType::Operand || param.type == ParamType::Operands;
    throw error(operand ? Diag::WrongArity : Diag::BadAttribute, call.id,
                fmt::format("{}: needs the argument '{}'", f.name, param.name));
  }
  return bound;
}

Value Elaborator::call_function(const Call& call) {
  const FunctionRow& f = *call.function;
  const auto bound = bind(call);
  // All operands together first: numbers among them take the dtype of the others.
  std::vector<SyntaxId> ids;
  for (size_t i = 0; i < bound.size(); ++i) {
    if (!bound[i]) continue;
    if (f.params[i].type == ParamType::Operand) ids.push_back(*bound[i]);
    if (f.params[i].type == ParamType::Operands)
      for (SyntaxId item : list_items(*bound[i]))
        ids.push_back(item);
  }
  const std::vector<Value> values = operands(ids);
  size_t used = 0;
  std::vector<Argument> args;
  for (size_t i = 0; i < bound.size(); ++i) {
    const Param& param = f.params[i];
    if (!bound[i]) {
      args.push_back(*param.fallback);
    } else if (param.type == ParamType::Operand) {
      args.emplace_back(values[used++]);
    } else if (param.type == ParamType::Operands) {
      const size_t count = list_items(*bound[i]).size();
      args.emplace_back(std::vector<Value>(values.begin() + static_cast<ptrdiff_t>(used),
                                           values.begin() + static_cast<ptrdiff_t>(used + count)));
      used += count;
    } else {
      args.push_back(argument(param, *bound[i]));
    }
  }
  return f.build(graph_, args);
}

} // namespace tsc
