#include "passes/sizes.h"

#include "ir/sizes.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tsc {

namespace {

CheckId add_check(Plan& plan, Diag diag, std::string message, Loc where) {
  plan.checks.push_back({diag, std::move(message), where});
  return CheckId(plan.checks.size() - 1);
}

// Bare symbols first, then those that a size has as its only unknown, until nothing is learnt.
void bind_symbols(Plan& plan) {
  std::set<std::string> bound;
  const auto known = [&](const std::string& name) { return bound.contains(name); };
  const auto bind = [&](auto symbol_of) {
    bool learned = false;
    for (size_t input = 0; input < plan.inputs.size(); ++input)
      for (size_t axis = 0; axis < plan.inputs[input].type.rank(); ++axis) {
        const auto name = symbol_of(plan.inputs[input].type.shape[axis]);
        if (!name || !bound.insert(*name).second) continue;
        plan.symbols.push_back(*name);
        plan.bound_at.emplace_back(input, axis);
        learned = true;
      }
    return learned;
  };
  bind([](const Dim& size) { return size.symbol_name(); });
  while (bind([&](const Dim& size) { return linear_unknown(size, known); })) {
  }
}

// A symbol solved from a larger size: it must be determined, and not be negative.
void check_solved(Plan& plan, const PlanPort& port, const Dim& size, const std::string& symbol) {
  const std::string what = fmt::format("'{}' does not tell {} = {{1}}: {} wants",
                                       printable(port.name), symbol, text(port.type));
  const auto require = [&](const Dim& low, const Dim& high, const std::string& condition) {
    const CheckId check = add_check(plan, Diag::ArgumentShape, what + condition, port.where);
    plan.size_checks.push_back({low, false, high, check});
  };
  const Dim slope = linear_in(size, symbol).slope;
  if (!slope.is_number()) require(1, slope, fmt::format(" {} >= 1", slope.text()));
  require(0, Dim::symbol(symbol), fmt::format(" {} >= 0", symbol));
}

void check_axes(Plan& plan) {
  for (size_t input = 0; input < plan.inputs.size(); ++input) {
    const PlanPort& port = plan.inputs[input];
    for (size_t axis = 0; axis < port.type.rank(); ++axis) {
      const Dim& size = port.type.shape[axis];
      const auto bound =
          std::find(plan.bound_at.begin(), plan.bound_at.end(), std::pair(input, axis));
      if (bound != plan.bound_at.end() && size.symbol_name()) continue;
      const std::string wanted = size.is_number() ? "{1}" : fmt::format("{} = {{1}}", size.text());
      const CheckId check =
          add_check(plan, Diag::ArgumentShape,
                    fmt::format("'{}' has size {{0}} on axis {}; {} wants {}", printable(port.name),
                                axis, text(port.type), wanted),
                    port.where);
      plan.axis_checks.push_back({input, axis, size, check});
      if (bound != plan.bound_at.end())
        check_solved(plan, port, size,
                     plan.symbols[static_cast<size_t>(bound - plan.bound_at.begin())]);
    }
  }
}

void require_bound(const Plan& plan, const Dim& dim, Loc where) {
  for (const std::string& symbol : dim.symbols())
    if (std::find(plan.symbols.begin(), plan.symbols.end(), symbol) == plan.symbols.end())
      throw Error(Diag::BadDim,
                  fmt::format("the size '{}' cannot be known: no input has an axis that tells it",
                              printable(symbol)))
          .at(where)
          .hint("give an input an axis of this size or of a multiple, or declare the size as a "
                "number");
}

void require_bound(const Graph& graph, NodeId id, const Plan& plan) {
  const Loc where = graph.first_location(graph[id].locs);
  for (const Dim& dim : graph.type(id).shape)
    require_bound(plan, dim, where);
  for (const auto& [key, value] : graph[id].attrs.list()) {
    if (const auto* dim = std::get_if<Dim>(&value)) require_bound(plan, *dim, where);
    if (const auto* shape = std::get_if<Shape>(&value))
      for (const Dim& dim : *shape)
        require_bound(plan, dim, where);
  }
}

} // namespace

void plan_ports(const Graph& graph, Plan& plan) {
  auto port = [&](NodeId id, const std::string& name) {
    return PlanPort{name, graph.type(id), graph.first_location(graph[id].locs)};
  };
  for (const auto* list : {&graph.inputs(), &graph.states()})
    for (NodeId id : *list)
      plan.inputs.push_back(port(id, graph[id].attrs.name(Key::name)));
  plan.states = graph.states().size();
  for (const Output& output : graph.outputs)
    plan.outputs.push_back(port(output.node, output.name));
  for (const Update& update : graph.updates)
    plan.outputs.push_back(port(update.value, graph[update.state].attrs.name(Key::name)));
}

void plan_sizes(const Graph& graph, Plan& plan) {
  bind_symbols(plan);
  check_axes(plan);
  for (const Requirement& r : graph.requirements()) {
    const bool equality = r.relation == Requirement::Relation::Equal;
    const CheckId check =
        add_check(plan, Diag::ArgumentShape,
                  fmt::format("{}: {} {} {} does not hold: {{0}} and {{1}}", r.what, r.left.text(),
                              equality ? "=" : "<=", r.right.text()),
                  graph.first_location(r.locs));
    plan.size_checks.push_back({r.left, equality, r.right, check});
  }
  for (const AxisCheck& c : plan.axis_checks)
    require_bound(plan, c.size, plan.checks[c.check.index].where);
  for (const SizeCheck& c : plan.size_checks)
    for (const Dim& size : {c.left, c.right})
      require_bound(plan, size, plan.checks[c.check.index].where);
  for (NodeId id : graph.ids())
    require_bound(graph, id, plan);
}

void check_sizes(const Graph& graph) {
  Plan plan;
  plan_ports(graph, plan);
  plan_sizes(graph, plan);
}

} // namespace tsc
