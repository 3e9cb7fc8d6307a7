#include "compiler/program.h"

#include "passes/fuse.h"
#include "passes/sizes.h"
#include "runtime/program_symbols.h"
#include "support/hash.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tsc {

namespace {

using Json = nlohmann::json;

constexpr const char* numbered = "#"; // stands for a file name in numbered locations

} // namespace

Graph with_numbered_locations(const Graph& graph) {
  Rebuilder copy(graph);
  for (NodeId id : graph.ids()) {
    if (copy[id].valid()) continue; // inputs and states are named by their ports
    const Node& node = graph[id];
    const Loc number{numbered, id.index + 1, 0};
    copy.set(id, copy.to().add(node.op, copy.args(id), node.attrs, copy.to().location(number)));
  }
  return copy.finish();
}

std::vector<Program::IndexCheck> index_checks_of(const Plan& plan) {
  std::vector<Program::IndexCheck> checks;
  const size_t size_checks = plan.axis_checks.size() + plan.size_checks.size();
  for (size_t i = size_checks; i < plan.checks.size(); ++i)
    checks.push_back({plan.checks[i].message, plan.checks[i].where.line});
  return checks;
}

Plan in_words_of(const Graph& graph, std::span<const Program::IndexCheck> index_checks) {
  Plan plan;
  plan_ports(graph, plan);
  plan_sizes(graph, plan); // gives the same checks in the same order as when it was compiled
  for (const Program::IndexCheck& c : index_checks) {
    const bool known = c.node >= 1 && c.node <= graph.size();
    const Loc where = known ? graph.first_location(graph[NodeId(c.node - 1)].locs) : Loc{};
    plan.checks.push_back({Diag::IndexRange, c.message, where});
  }
  return plan;
}

Program make_program(const Plan& plan, std::string source, std::string object, bool calls_blas) {
  Program program;
  program.object = std::move(object);
  program.source = std::move(source);
  program.index_checks = index_checks_of(plan);
  for (const PlanConstant& c : plan.constants)
    if (!c.embedded) program.constants.push_back(sha256(c.value.bytes()).hex());
  if (calls_blas) program.libraries.push_back(blas_library);
  return program;
}

Entry to_entry(const Program& program) {
  Json checks = Json::array();
  for (const Program::IndexCheck& c : program.index_checks)
    checks.push_back({{"message", c.message}, {"node", c.node}});
  const Json metadata = {
      {"index_checks", checks}, {"constants", program.constants}, {"libraries", program.libraries}};
  return {"", metadata.dump(), program.source, program.object};
}

std::optional<Program> from_entry(Entry entry) {
  try {
    const Json metadata = Json::parse(entry.metadata);
    Program program;
    for (const Json& c : metadata.at("index_checks"))
      program.index_checks.push_back(
          {c.at("message").get<std::string>(), c.at("node").get<size_t>()});
    program.constants = metadata.at("constants").get<std::vector<std::string>>();
    program.libraries = metadata.at("libraries").get<std::vector<std::string>>();
    program.object = std::move(entry.object);
    program.source = std::move(entry.source);
    return program;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

namespace {

Port port_of(const PlanPort& port) {
  return {port.name, port.type.dtype, static_cast<int>(port.type.rank()), text(port.type),
          port.where.text()};
}

} // namespace

Manifest manifest_of(const Program& program, const Graph& graph) {
  const Plan words = in_words_of(graph, program.index_checks);
  Manifest m;
  for (const PlanPort& port : words.inputs)
    m.inputs.push_back(port_of(port));
  for (const PlanPort& port : words.outputs)
    m.outputs.push_back(port_of(port));
  m.states = words.states;
  m.updates = graph.updates.size();
  m.sizes = words.symbols.size();
  m.constants = program.constants.size();
  for (const PlanCheck& c : words.checks)
    m.checks.push_back({row(c.diag).code, c.message, c.where.text(), {}, ""});
  m.libraries = program.libraries;
  return m;
}

std::vector<Array> constants_of(const Program& program, const Graph& graph) {
  std::vector<Array> found(program.constants.size());
  std::vector<bool> missing(found.size(), true);
  if (found.empty()) return found;
  for (NodeId id : graph.ids()) {
    if (!is_leaf(graph[id]) || graph[id].kind() != Kind::Constant) continue;
    const Literal& value = graph[id].attrs.value(Key::value);
    const std::string digest = sha256(value.bytes()).hex();
    for (size_t i = 0; i < found.size(); ++i)
      if (program.constants[i] == digest) {
        missing[i] = false;
        found[i] = Array::zeros(value.dtype(), value.shape());
        std::memcpy(found[i].mutable_data(), value.bytes().data(), value.bytes().size());
      }
  }
  if (std::find(missing.begin(), missing.end(), true) != missing.end())
    throw InternalError("the program needs a constant that its graph lacks");
  return found;
}

} // namespace tsc
