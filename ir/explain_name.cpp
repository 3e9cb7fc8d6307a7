#include "ir/explain_name.h"

#include <algorithm>
#include <deque>
#include <fmt/format.h>

namespace tsc {

namespace {

struct Definition {
  Token name;
  const char* end;                     // where its statement ends
  std::vector<std::string_view> names; // that it may refer to
};

// One statement of the form "name = ..." or "name: type = ...", if the next one is. Never throws
// for want of a definition; the lexer may.
std::optional<Definition> read_definition(Lexer& lexer) {
  const bool defines = lexer.peek().kind == TokenKind::Name && !is_reserved(lexer.peek().text) &&
                       (lexer.peek_second().is("=") || lexer.peek_second().is(":"));
  Definition definition{.name = lexer.peek(), .end = nullptr, .names = {}};
  bool after_equals = false;
  while (!lexer.peek().ends_statement()) {
    const Token token = lexer.next();
    definition.end = token.text.data() + token.text.size();
    const bool plain =
        token.kind == TokenKind::Name && !lexer.peek().is("(") && !lexer.peek().is("=");
    if (after_equals && plain) definition.names.push_back(token.text);
    after_equals |= token.is("=");
  }
  if (!defines) return std::nullopt;
  return definition;
}

// All definitions up to the first place that is no text of tokens.
std::vector<Definition> read_definitions(const Source& source, const Limits& limits) {
  std::vector<Definition> definitions;
  try {
    Lexer lexer(source, limits);
    while (lexer.peek().kind != TokenKind::End) {
      if (auto definition = read_definition(lexer)) definitions.push_back(std::move(*definition));
      if (lexer.peek().kind == TokenKind::Newline) lexer.next();
    }
  } catch (const Error&) { // the parser reports it once it gets there
  }
  return definitions;
}

using Index = std::unordered_map<std::string_view, const Definition*>;

// "a -> b -> a" when following definitions from `use` leads back to the name `start`; else "".
std::string circle(const Index& index, std::string_view start, std::string_view use) {
  std::unordered_map<std::string_view, std::string_view> reached_from = {{use, start}};
  std::deque<std::string_view> queue = {use};
  while (!queue.empty()) {
    const std::string_view name = queue.front();
    queue.pop_front();
    if (name == start) {
      std::vector<std::string_view> path;
      for (std::string_view at = reached_from[start]; at != start; at = reached_from[at])
        path.push_back(at);
      std::string text(start);
      for (size_t i = path.size(); i-- > 0;)
        text += fmt::format(" -> {}", path[i]);
      return text + fmt::format(" -> {}", start);
    }
    const auto found = index.find(name);
    if (found == index.end()) continue;
    for (std::string_view next : found->second->names)
      if (reached_from.emplace(next, name).second) queue.push_back(next);
  }
  return "";
}

bool is_size(const Graph& graph, std::string_view name) {
  for (const auto* list : {&graph.inputs(), &graph.states()})
    for (NodeId id : *list)
      for (const Dim& dim : graph.type(id).shape) {
        const auto symbols = dim.symbols();
        if (std::find(symbols.begin(), symbols.end(), name) != symbols.end()) return true;
      }
  return false;
}

Error misspelt(const Source& source, const Token& use, const Names& names, const Graph& graph) {
  constexpr size_t max_candidates = 100'000;
  std::vector<std::string_view> known;
  for (const auto& [name, named] : names)
    if (known.size() < max_candidates) known.push_back(name);
  std::sort(known.begin(), known.end()); // the same suggestion everywhere
  Error e = source.error(
      Diag::UnknownName, use,
      fmt::format("'{}' is not defined{}", printable(use.text), did_you_mean(use.text, known)));
  const auto callable = callable_names();
  if (is_size(graph, use.text))
    e.hint(fmt::format("size({}) is the value of the size", use.text));
  else if (use.text.ends_with(".T"))
    e.hint(fmt::format("names have no members: write transpose({})",
                       use.text.substr(0, use.text.size() - 2)));
  else if (std::find(callable.begin(), callable.end(), use.text) != callable.end())
    e.hint(fmt::format("'{}' is an operation: call it with operands in ( )", use.text));
  return e;
}

} // namespace

Error unknown_name(const Source& source, const Limits& limits, const Token& use, const Names& names,
                   const Graph& graph) {
  const std::vector<Definition> definitions = read_definitions(source, limits);
  Index index;
  const Definition* around = nullptr;
  for (const Definition& definition : definitions) {
    index.emplace(definition.name.text, &definition);
    if (definition.name.text.data() <= use.text.data() && use.text.data() < definition.end)
      around = &definition;
  }
  const auto later = index.find(use.text);
  if (later == index.end()) return misspelt(source, use, names, graph);
  const std::string path = around ? circle(index, around->name.text, use.text) : "";
  if (!path.empty())
    return source
        .error(Diag::CyclicDefinition, use, fmt::format("definitions form a circle: {}", path))
        .hint("a value that is kept from call to call is a state with an update");
  return source
      .error(Diag::UnknownName, use, fmt::format("'{}' is used before it is defined", use.text))
      .note("defined at", source.loc(later->second->name).text())
      .hint("move its definition up");
}

} // namespace tsc
