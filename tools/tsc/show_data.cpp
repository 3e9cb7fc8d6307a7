// The JSON of the page; show_page.h says what is in it.
#include "support/files.h"
#include "support/hash.h"
#include "tools/tsc/show_node.h"
#include "tools/tsc/show_page.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace tsc::cli {

namespace {

using Json = nlohmann::json;

Json dim_json(const Dim& dim) {
  if (dim.is_number()) return dim.number();
  Json sum = Json::array({dim.constant()});
  for (const Dim::Term& term : dim.terms()) {
    Json product = Json::array({term.coefficient});
    for (const auto& atom : term.atoms)
      product.push_back(
          atom->quotient
              ? Json{{"over", {dim_json(atom->quotient->first), dim_json(atom->quotient->second)}}}
              : Json(atom->text));
    sum.push_back(std::move(product));
  }
  return {{"text", dim.text()}, {"sum", std::move(sum)}};
}

const char* kind_name(Kind kind) {
  switch (kind) {
  case Kind::Input:
    return "input";
  case Kind::Constant:
    return "constant";
  case Kind::Index:
    return "index";
  case Kind::Elementwise:
    return "elementwise";
  case Kind::Reduce:
    return "reduce";
  case Kind::Rowwise:
    return "rowwise";
  case Kind::View:
    return "view";
  case Kind::Join:
    return "join";
  case Kind::Contract:
    return "contract";
  case Kind::Gather:
    return "gather";
  case Kind::Scatter:
    return "scatter";
  }
  throw InternalError("bad kind");
}

using Number = uint32_t; // of a node of the page

Json numbers(const std::vector<NodeId>& ids, const std::vector<Number>& number_of) {
  Json out = Json::array();
  for (NodeId id : ids)
    out.push_back(number_of[id.index]);
  return out;
}

// The nodes of all stages. A node that computes the same from the same is one node, in whatever
// graph it stands; so the page knows what a pass kept.
class Nodes {
public:
  // The number of each node of `graph`, which must outlive this.
  std::vector<Number> add(const Graph& graph) {
    std::vector<Number> number_of;
    number_of.reserve(graph.size());
    for (NodeId id : graph.ids())
      number_of.push_back(add(graph, id, number_of));
    return number_of;
  }

  Json json() const {
    Json out = Json::array();
    for (const Known& known : known_)
      out.push_back(json_of(known));
    return out;
  }

  // [op -> what it does] of the ops that are there.
  Json docs() const {
    Json out = Json::object();
    for (const Known& known : known_)
      out[name(known.node->op)] = row(known.node->op).doc;
    return out;
  }

  // Those of `after` that are new but for their operands alone, each with what it was in `before`.
  Json moved(const std::vector<Number>& before, const std::vector<Number>& after) const {
    const std::unordered_set<Number> old(before.begin(), before.end()),
        now(after.begin(), after.end());
    std::unordered_map<uint64_t, std::vector<Number>> gone; // by look, the last first
    for (size_t i = before.size(); i-- > 0;)
      if (!now.count(before[i])) gone[look(before[i])].push_back(before[i]);
    Json pairs = Json::array();
    for (Number number : after) {
      if (old.count(number)) continue;
      const auto found = gone.find(look(number));
      if (found == gone.end() || found->second.empty()) continue;
      pairs.push_back({found->second.back(), number});
      found->second.pop_back();
    }
    return pairs;
  }

private:
  struct Known {
    const Node* node;
    std::vector<Number> args;
    std::string name;
    std::vector<std::string> at;
  };

  Number add(const Graph& graph, NodeId id, const std::vector<Number>& number_of) {
    const Node& node = graph[id];
    std::vector<Number> args;
    uint64_t hash = mix(static_cast<uint64_t>(node.op), node.attrs.hash());
    for (NodeId arg : node.args) {
      args.push_back(number_of[arg.index]);
      hash = mix(hash, args.back());
    }
    Known known{&node, std::move(args), name_or_nothing(graph, id), {}};
    for (const Loc& loc : graph.locations(node.locs))
      known.at.push_back(loc.text());
    const auto [begin, end] = table_.equal_range(hash);
    for (auto it = begin; it != end; ++it)
      if (Known& other = known_[it->second]; same(known, other)) {
        if (other.name.empty()) other.name = known.name;
        if (other.at.empty()) other.at = known.at;
        return it->second;
      }
    table_.emplace(hash, static_cast<Number>(known_.size()));
    known_.push_back(std::move(known));
    return static_cast<Number>(known_.size() - 1);
  }

  static bool same(const Known& a, const Known& b) {
    return a.node->op == b.node->op && a.args == b.args && a.node->attrs == b.node->attrs &&
           a.node->type == b.node->type;
  }

  // Equal for nodes that differ in their operands alone.
  uint64_t look(Number number) const {
    const Known& known = known_[number];
    uint64_t hash = mix(static_cast<uint64_t>(known.node->op), known.node->attrs.hash());
    hash = mix(mix(hash, text(known.node->type)), known.name);
    for (const std::string& at : known.at)
      hash = mix(hash, at);
    return mix(hash, known.args.size());
  }

  static Json json_of(const Known& known) {
    Json out = {{"op", name(known.node->op)},
                {"kind", kind_name(known.node->kind())},
                {"type", text(known.node->type)},
                {"args", known.args}};
    if (!known.name.empty()) out["name"] = known.name;
    if (std::string attrs = attributes_text(*known.node); !attrs.empty())
      out["attrs"] = std::move(attrs);
    if (!known.at.empty()) out["at"] = known.at;
    return out;
  }

  std::vector<Known> known_;
  std::unordered_multimap<uint64_t, Number> table_;
};

Json stage_json(const Graph& graph, const std::vector<Number>& number_of) {
  Json out = {{"nodes", number_of}, {"outputs", Json::array()}, {"updates", Json::array()}};
  for (const Output& output : graph.outputs)
    out["outputs"].push_back({output.name, number_of[output.node.index]});
  for (const Update& update : graph.updates)
    out["updates"].push_back({number_of[update.state.index], number_of[update.value.index]});
  return out;
}

Json stages_json(const Shown& shown, Nodes& nodes, std::vector<Number>& last) {
  Json stages = Json::array();
  const auto add = [&](const char* stage_name, const char* doc, const Graph* graph) {
    Json stage = Json::object();
    if (graph) {
      const std::vector<Number> number_of = nodes.add(*graph);
      stage = stage_json(*graph, number_of);
      stage["moved"] = nodes.moved(last, number_of);
      last = number_of;
    }
    stage["name"] = stage_name;
    stage["doc"] = doc;
    stages.push_back(std::move(stage));
  };
  for (const ShownStage& stage : shown.stages)
    add(stage.name.c_str(), stage.doc.c_str(), stage.changed ? &stage.graph : nullptr);
  if (shown.plan)
    add(fuse_stage, "what is computed together: each box becomes a kernel, a few, or a product",
        &shown.trace.graph);
  return stages;
}

const char* form_name(Group::Form form) {
  switch (form) {
  case Group::Form::Loops:
    return "loops";
  case Group::Form::Product:
    return "product";
  case Group::Form::Scatter:
    return "scatter";
  case Group::Form::Join:
    return "join";
  }
  throw InternalError("bad form");
}

Json groups_json(const LowerTrace& trace, const std::vector<Number>& number_of) {
  Json out = Json::array();
  for (const Group& group : trace.fusion.groups)
    out.push_back({{"form", form_name(group.form)},
                   {"nodes", numbers(group.nodes, number_of)},
                   {"stored", numbers(group.stored, number_of)},
                   {"steps", Json::array()}});
  for (size_t step = 0; step < trace.group_of_step.size(); ++step)
    if (const GroupId group = trace.group_of_step[step]; group.valid())
      out[group.index]["steps"].push_back(step);
  return out;
}

Json kernel_json(const Shown& shown, const Launch& launch) {
  const size_t k = launch.kernel;
  const Kernel& kernel = shown.plan->kernels[k];
  const auto [begin, length] = shown.source.kernels[k];
  Json reads = Json::array(), writes = Json::array(), at = Json::array();
  for (const KernelParam& p : kernel.params) {
    if (p.read) reads.push_back(p.buffer.index);
    if (p.written) writes.push_back(p.buffer.index);
  }
  for (const Loc& loc : kernel.locs)
    at.push_back(loc.text());
  return {{"name", fmt::format("k{}", k)},
          {"ir", (launch.when ? "where " + print(*launch.when) + "\n" : "") + print(kernel)},
          {"cpp", shown.source.text.substr(begin, length)},
          {"work", dim_json(kernel.work())},
          {"at", at},
          {"reads", reads},
          {"writes", writes}};
}

Json product_json(const Product& p) {
  return {{"name", "product"},
          {"ir", print(p)},
          {"work", dim_json(p.batch * p.m * p.n * p.k)},
          {"at", Json::array()},
          {"reads", {p.a.index, p.b.index}},
          {"writes", {p.c.index}}};
}

Json steps_json(const Shown& shown) {
  Json out = Json::array();
  for (size_t i = 0; i < shown.plan->steps.size(); ++i) {
    const Step& step = shown.plan->steps[i];
    const auto* product = std::get_if<Product>(&step);
    Json json = product ? product_json(*product) : kernel_json(shown, std::get<Launch>(step));
    if (const GroupId group = shown.trace.group_of_step[i]; group.valid())
      json["group"] = group.index;
    out.push_back(std::move(json));
  }
  return out;
}

// The first and the last step that touch each buffer.
struct Lifetimes {
  const Plan& plan;
  std::vector<std::optional<std::pair<size_t, size_t>>> life; // by buffer
  std::vector<BufferId> holder;                               // by slot: who stands there now

  explicit Lifetimes(const Plan& p) : plan(p), life(p.buffers.size()), holder(p.slots.size()) {
    for (size_t step = 0; step < plan.steps.size(); ++step)
      if (const auto* product = std::get_if<Product>(&plan.steps[step]))
        for (BufferId b : {product->a, product->b, product->c})
          touch(b, step);
      else
        for (const KernelParam& param :
             plan.kernels[std::get<Launch>(plan.steps[step]).kernel].params)
          touch(param, step);
  }

  // A kernel that works in place names what it writes only; what it reads stood there before.
  void touch(const KernelParam& param, size_t step) {
    const Buffer& buffer = plan.buffers[param.buffer.index];
    if (param.in_place && buffer.home == Home::Workspace && holder[buffer.index].valid())
      touch(holder[buffer.index], step);
    touch(param.buffer, step);
  }

  void touch(BufferId id, size_t step) {
    const Buffer& buffer = plan.buffers[id.index];
    if (!life[id.index]) life[id.index] = {step, step};
    life[id.index]->second = step;
    if (buffer.home == Home::Workspace) holder[buffer.index] = id;
  }
};

Json buffers_json(const Shown& shown, const std::vector<Number>& number_of) {
  const Plan& plan = *shown.plan;
  const Lifetimes lifetimes(plan);
  Json out = Json::array();
  for (size_t i = 0; i < plan.buffers.size(); ++i) {
    const Buffer& buffer = plan.buffers[i];
    const Dim bytes =
        product(buffer.type.shape) * Dim(static_cast<int64_t>(size_of(buffer.type.dtype)));
    Json json = {{"home", home_name(buffer.home)},
                 {"index", buffer.index},
                 {"type", text(buffer.type)},
                 {"bytes", dim_json(bytes)}};
    if (const NodeId node = shown.trace.node_of_buffer[i]; node.valid())
      json["node"] = number_of[node.index];
    if (const auto& life = lifetimes.life[i]) {
      json["first"] = life->first;
      json["last"] = life->second;
    }
    out.push_back(std::move(json));
  }
  return out;
}

void add_plan(Json& out, const Shown& shown, const std::vector<Number>& number_of) {
  const Plan& plan = *shown.plan;
  out["groups"] = groups_json(shown.trace, number_of);
  out["steps"] = steps_json(shown);
  out["buffers"] = buffers_json(shown, number_of);
  out["slots"] = Json::array();
  for (const Dim& slot : plan.slots)
    out["slots"].push_back(dim_json(slot));
  out["symbols"] = plan.symbols;
  out["checks"] = Json::array();
  for (const AxisCheck& c : plan.axis_checks)
    out["checks"].push_back(
        fmt::format("axis {} of {} is {}", c.axis, plan.inputs[c.input].name, c.size.text()));
  for (const SizeCheck& c : plan.size_checks)
    out["checks"].push_back(
        fmt::format("{} {} {}", c.left.text(), c.equality ? "==" : "<=", c.right.text()));
  out["program"] = shown.source.text;
}

} // namespace

std::string page_data(const Shown& shown, const std::string& file, const std::string& file_text) {
  constexpr size_t most_text = 256 << 10;
  Nodes nodes;
  std::vector<Number> last;
  Json out = {{"file", file}, {"stages", stages_json(shown, nodes, last)}};
  if (!file_text.empty() && file_text.size() <= most_text) out["text"] = file_text;
  if (shown.plan)
    add_plan(out, shown, last);
  else
    out["problem"] = shown.problem;
  out["nodes"] = nodes.json();
  out["ops"] = nodes.docs();
  // ASCII alone: the line ends of Unicode are escaped, too. Bytes that are not UTF-8 are replaced.
  return out.dump(-1, ' ', true, Json::error_handler_t::replace);
}

} // namespace tsc::cli
