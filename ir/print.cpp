#include "ir/print.h"

#include "ir/lexer.h"
#include "ir/literal_text.h"
#include "support/files.h"
#include "support/hash.h"
#include "support/npy.h"

#include <fmt/format.h>
#include <unordered_set>

namespace tsc {

namespace {

class Printer {
public:
  Printer(const Graph& graph, const PrintOptions& options, const std::vector<StateInit>* states)
      : graph_(graph), options_(options), states_(states), names_(value_names()) {}

  std::string text();

private:
  std::vector<std::string> value_names() const;
  std::string statement(NodeId id) const;
  std::string outer(NodeId id) const;
  std::string call(const Node& node) const;
  std::string data(const Literal& literal) const;
  std::string initial_value(NodeId state) const;
  bool would_broadcast(const Node& node) const;

  const Graph& graph_;
  const PrintOptions& options_;
  const std::vector<StateInit>* states_;
  std::vector<std::string> names_;
};

std::string Printer::text() {
  std::string out = "tsc 1\n";
  for (const Requirement& r : graph_.requirements())
    out += fmt::format("require {} {} {}, {}\n", r.left.text(),
                       r.relation == Requirement::Relation::Equal ? "==" : "<=", r.right.text(),
                       quote(r.what));
  for (NodeId id : graph_.ids())
    out += statement(id) + "\n";
  for (const Update& update : graph_.updates)
    out += fmt::format("update {} = {}\n", names_[update.state.index], names_[update.value.index]);
  size_t outputs_left = graph_.outputs.size();
  for (const Output& output : graph_.outputs) {
    const bool defined = outputs_left-- <= options_.defined_outputs;
    const std::string& name = names_[output.node.index];
    if (output.name != name)
      out += fmt::format("{}{} = {}\n", defined ? "" : "output ",
                         is_plain_name(output.name) ? output.name : quote(output.name), name);
    else if (!defined)
      out += fmt::format("output {}\n", name);
  }
  return out;
}

std::vector<std::string> Printer::value_names() const {
  std::vector<std::string> names(graph_.size());
  std::unordered_set<std::string> taken;
  for (NodeId id : graph_.ids())
    if (const std::string* name = graph_.name_of(id))
      if (is_plain_name(*name) && taken.insert(*name).second) names[id.index] = *name;
  for (NodeId id : graph_.ids()) {
    if (!names[id.index].empty()) continue;
    std::string name = fmt::format("v{}", id.index);
    while (!taken.insert(name).second)
      name += '_';
    names[id.index] = name;
  }
  return names;
}

// "x", or "v3 \"the user's name\"" where the name of an input or state is no name here.
std::string Printer::outer(NodeId id) const {
  const std::string& name = names_[id.index];
  const std::string& attr = graph_[id].attrs.name(Key::name);
  return attr == name ? name : name + " " + quote(attr);
}

std::string Printer::statement(NodeId id) const {
  const Node& node = graph_[id];
  const std::string type = tsc::text(node.type);
  if (node.op == Op::input) return fmt::format("input {}: {}", outer(id), type);
  if (node.op == Op::state)
    return fmt::format("state {}: {}{}", outer(id), type, initial_value(id));
  const std::string& name = names_[id.index];
  if (node.op == Op::constant)
    return fmt::format("const {}: {} = {}", name, type, data(node.attrs.value(Key::value)));
  return fmt::format("{}{}{} = {}", name, options_.types ? ": " : "", options_.types ? type : "",
                     call(node));
}

std::string Printer::call(const Node& node) const {
  std::string out = std::string(tsc::name(node.op)) + "(";
  const char* comma = "";
  for (NodeId arg : node.args) {
    out += comma + names_[arg.index];
    comma = ", ";
  }
  for (const auto& [key, value] : node.attrs.list()) {
    out += fmt::format("{}{}={}", comma, row(key).name, attribute_text(value));
    comma = ", ";
  }
  if (would_broadcast(node)) out += ", broadcast=false";
  return out + ")";
}

// Arithmetic stretches a size that is 1. A node may hold it beside an unknown size (then checked to
// be 1 at each call), so its text has to say that nothing stretches.
bool Printer::would_broadcast(const Node& node) const {
  if (node.kind() != Kind::Elementwise || !node.attrs.list().empty()) return false;
  for (NodeId arg : node.args)
    for (size_t axis = 0; axis < node.type.rank(); ++axis) {
      const Dim &first = graph_.type(node.args[0]).shape[axis],
                &other = graph_.type(arg).shape[axis];
      if ((first == Dim(1)) != (other == Dim(1))) return true;
    }
  return false;
}

struct AttributeText {
  std::string operator()(int64_t v) const { return fmt::format("{}", v); }
  std::string operator()(const IntList& v) const { return fmt::format("[{}]", fmt::join(v, ", ")); }
  std::string operator()(const Dim& v) const { return v.text(); }
  std::string operator()(const Shape& v) const { return tsc::text(v); }
  std::string operator()(DType v) const { return tsc::name(v); }
  std::string operator()(const std::string& v) const { return quote(v); }
  std::string operator()(const Literal& v) const {
    const std::string item = item_text(v); // of a complex dtype in parentheses already
    return fmt::format("{}{}{}{}", tsc::name(v.dtype()), item[0] == '(' ? "" : "(", item,
                       item[0] == '(' ? "" : ")");
  }
};

std::string Printer::data(const Literal& literal) const {
  // An item has 16 bytes at most and takes 3 characters or more: no need to write large ones.
  const bool large = !literal.is_splat() && literal.bytes().size() > options_.inline_text * 8;
  if (options_.directory.empty() || literal.is_splat()) return data_text(literal);
  if (!large) {
    std::string text = data_text(literal);
    if (text.size() <= options_.inline_text) return text;
  }
  const std::string file = npy_bytes({literal.dtype(), literal.shape(), literal.bytes()});
  const std::string name = fmt::format("data-{}.npy", sha256(file).hex().substr(0, 16));
  write_file(options_.directory / name, file);
  return "@" + name;
}

std::string Printer::initial_value(NodeId state) const {
  if (!states_) return "";
  for (const StateInit& init : *states_) {
    if (init.state != state) continue;
    if (!init.file.empty() && !init.value.is_splat() && options_.directory.empty())
      return fmt::format(" = @{}", init.file);
    const bool zero =
        init.value.is_splat() && init.value.bytes().find_first_not_of('\0') == std::string::npos;
    return zero ? "" : " = " + data(init.value);
  }
  return "";
}

} // namespace

std::string attribute_text(const AttrValue& value) { return std::visit(AttributeText(), value); }

std::string print(const Graph& graph, const PrintOptions& options) {
  return Printer(graph, options, nullptr).text();
}

std::string print(const GraphFile& file, const PrintOptions& options) {
  return Printer(file.graph, options, &file.states).text();
}

void save_graph(const GraphFile& file, const std::filesystem::path& path, PrintOptions options) {
  options.directory = path.parent_path();
  if (options.directory.empty()) options.directory = ".";
  write_file(path, print(file, options));
}

namespace {

bool same_node(const Node& a, const Node& b) {
  return a.op == b.op && a.args == b.args && a.attrs == b.attrs && a.type == b.type;
}

bool same_output(const Output& a, const Output& b) { return a.name == b.name && a.node == b.node; }

bool same_update(const Update& a, const Update& b) {
  return a.state == b.state && a.value == b.value;
}

bool same_requirement(const Requirement& a, const Requirement& b) {
  return a.left == b.left && a.relation == b.relation && a.right == b.right && a.what == b.what;
}

template <class T>
bool same_list(const std::vector<T>& a, const std::vector<T>& b, bool (*same)(const T&, const T&)) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

} // namespace

bool same_graph(const Graph& a, const Graph& b) {
  if (a.size() != b.size()) return false;
  for (NodeId id : a.ids())
    if (!same_node(a[id], b[id])) return false;
  return a.inputs() == b.inputs() && a.states() == b.states() &&
         same_list(a.outputs, b.outputs, same_output) &&
         same_list(a.updates, b.updates, same_update) &&
         same_list(a.requirements(), b.requirements(), same_requirement);
}

} // namespace tsc
