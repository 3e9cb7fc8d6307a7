// Statements, one after the other: each adds nodes to the graph and perhaps a name.
#include "ir/parse.h"

#include "ir/elaborate.h"
#include "ir/literal_text.h"
#include "ir/parse_data.h"
#include "support/checked.h"
#include "support/files.h"

#include <algorithm>
#include <fmt/format.h>

namespace tsc {

namespace {

constexpr std::string_view version = "1";

class FileParser {
public:
  FileParser(const Source& source, const ParseOptions& options)
      : source_(source), limits_(options.limits), lexer_(source, options.limits),
        expressions_(lexer_, tree_),
        elaborator_(source, options.limits, tree_, names_, file_.graph), data_(lexer_, options) {}

  GraphFile file();

private:
  void header();
  void statement();
  void input();
  void state();
  void constant();
  void requirement();
  void update();
  Token output_name();
  void output();
  void definition();

  Type type();
  Type declared_type();
  SyntaxId expression() { return expressions_.expression(); }
  Token new_name();
  std::string outer_name(const Token& name);
  void define(const Token& name, NodeId node);
  Value known(const Token& name);
  void check_annotation(const Token& name, const Type& declared, Value value);
  void check_update(const Token& name, Value state, Value value);
  LocsId locs(const Token& token) { return file_.graph.location(source_.loc(token)); }

  const Source& source_;
  const Limits& limits_;
  Lexer lexer_;
  SyntaxTree tree_; // of the statement at hand
  Names names_;
  GraphFile file_;
  ExpressionParser expressions_;
  Elaborator elaborator_;
  DataParser data_;
  std::unordered_map<std::string, Token> outer_names_; // of inputs and states
  std::unordered_map<std::string_view, Token> output_names_;
  std::unordered_map<NodeId, Token> updated_;
};

GraphFile FileParser::file() {
  header();
  while (lexer_.peek().kind != TokenKind::End) {
    if (lexer_.peek().kind == TokenKind::Newline) {
      lexer_.next();
      continue;
    }
    const Token start = lexer_.peek();
    tree_.clear();
    try {
      statement();
    } catch (Error& e) {
      source_.locate(e, start);
      throw;
    }
    if (!lexer_.peek().ends_statement()) lexer_.fail_expecting("the end of the line");
    if (file_.graph.size() > limits_.nodes)
      throw source_.error(Diag::TooManyNodes, start,
                          fmt::format("the graph has more than {} nodes", limits_.nodes));
  }
  if (file_.graph.outputs.empty() && file_.graph.updates.empty())
    throw source_.error(Diag::NoOutputs, lexer_.peek(), "the graph has no output and no update")
        .hint("end the file with a line such as 'output y'");
  return std::move(file_);
}

void FileParser::header() {
  while (lexer_.peek().kind == TokenKind::Newline) // comments
    lexer_.next();
  if (!lexer_.peek().is_name("tsc") || lexer_.peek_second().kind != TokenKind::Number)
    throw source_.error(
        Diag::BadHeader, lexer_.peek(),
        fmt::format("expected 'tsc {}', found {}", version, describe(lexer_.peek())));
  lexer_.next();
  const Token number = lexer_.next();
  if (number.text != version)
    throw source_.error(Diag::BadVersion, number,
                        fmt::format("the file has format {}; this tsc reads format {}",
                                    printable(number.text, 20), version));
  if (!lexer_.peek().ends_statement()) lexer_.fail_expecting("the end of the line");
}

void FileParser::statement() {
  const Token& word = lexer_.peek();
  if (word.kind != TokenKind::Name) lexer_.fail_expecting("a statement");
  if (word.text == "input") return input();
  if (word.text == "state") return state();
  if (word.text == "const") return constant();
  if (word.text == "require") return requirement();
  if (word.text == "update") return update();
  if (word.text == "output") return output();
  definition();
}

// ---- names

Token FileParser::new_name() {
  const Token name = lexer_.expect(TokenKind::Name, "a name");
  if (is_reserved(name.text))
    throw source_.error(Diag::BadName, name,
                        fmt::format("'{}' is a word of the language", name.text));
  if (const auto found = names_.find(name.text); found != names_.end())
    throw source_.error(Diag::DuplicateName, name, fmt::format("'{}' is defined twice", name.text))
        .note("first at", source_.loc(found->second.token).text());
  return name;
}

// What callers know an input or state by: the name itself, or the text in quotes behind it.
std::string FileParser::outer_name(const Token& name) {
  const Token shown = lexer_.peek().kind == TokenKind::String ? lexer_.next() : name;
  std::string text =
      shown.kind == TokenKind::String ? unquote(shown.text) : std::string(shown.text);
  if (const auto [found, added] = outer_names_.try_emplace(text, shown); !added)
    throw source_
        .error(Diag::DuplicateName, shown,
               fmt::format("an input or state is named '{}' already", printable(text)))
        .note("first at", source_.loc(found->second).text());
  return text;
}

void FileParser::define(const Token& name, NodeId node) {
  names_.emplace(name.text, Named{node, name});
  file_.graph.set_name(node, std::string(name.text));
}

Value FileParser::known(const Token& name) {
  return elaborator_.value(tree_.add(Syntax::Tag::Name, name));
}

// ---- types

// "f32", "f32[n, 2*m+1]"
Type FileParser::type() {
  const Token name = lexer_.expect(TokenKind::Name, "a data type");
  Type type{dtype_of_name(source_, name), {}};
  if (!lexer_.peek().is("[")) return type;
  const SyntaxId list = expressions_.list(lexer_.next());
  type.shape = elaborator_.dims(tree_.children(list));
  std::vector<int64_t> numbers;
  for (const Dim& d : type.shape)
    if (d.is_number()) numbers.push_back(d.number());
  try {
    checked_elements(numbers, static_cast<int64_t>(size_of(type.dtype)));
  } catch (Error& e) {
    source_.locate(e, name);
    throw;
  }
  return type;
}

Type FileParser::declared_type() {
  lexer_.expect(":");
  return type();
}

// ---- statements

void FileParser::input() {
  lexer_.next();
  const Token name = new_name();
  std::string outer = outer_name(name);
  define(name, file_.graph.input(std::move(outer), declared_type(), locs(name)));
}

void FileParser::state() {
  lexer_.next();
  const Token name = new_name();
  std::string outer = outer_name(name);
  const Type type = declared_type();
  DataParser::Data data{Literal::splat(type.dtype, std::string(size_of(type.dtype), '\0')), ""};
  if (lexer_.accept("=")) data = data_.data(type);
  if (!data.file.empty()) file_.data_files.push_back(data.file);
  const NodeId node = file_.graph.state(std::move(outer), type, locs(name));
  define(name, node);
  file_.states.push_back({node, std::move(data.value), std::move(data.file)});
}

void FileParser::constant() {
  lexer_.next();
  const Token name = new_name();
  const Type type = declared_type();
  lexer_.expect("=");
  DataParser::Data data = data_.data(type);
  if (!data.file.empty()) file_.data_files.push_back(data.file);
  define(name, file_.graph.constant(std::move(data.value), type.shape, locs(name)));
}

// require n <= 100, "why"
void FileParser::requirement() {
  const Token word = lexer_.next();
  const SyntaxId condition = expression();
  const Token& sign = tree_[condition].token;
  const bool equality = sign.is("==");
  if (tree_[condition].tag != Syntax::Tag::Binary || !(equality || sign.is("<=")))
    throw source_.error(Diag::BadSyntax, word, "expected two sizes with == or <= between them");
  const Dim left = elaborator_.dim(tree_.child(condition, 0));
  const Dim right = elaborator_.dim(tree_.child(condition, 1));
  std::string what = "required";
  if (lexer_.accept(",")) what = unquote(lexer_.expect(TokenKind::String, "a text in quotes").text);
  using Relation = Requirement::Relation;
  file_.graph.require(left, equality ? Relation::Equal : Relation::LessEqual, right,
                      std::move(what), locs(sign));
}

void FileParser::definition() {
  const Token name = new_name();
  std::optional<Type> declared;
  if (lexer_.peek().is(":")) declared = declared_type();
  if (!declared && !lexer_.peek().is("=")) lexer_.fail_expecting("'=' or ':'");
  lexer_.expect("=");
  const Value value = elaborator_.value(expression(), declared ? &*declared : nullptr);
  if (declared) check_annotation(name, *declared, value);
  define(name, value.id);
}

void FileParser::check_annotation(const Token& name, const Type& declared, Value value) {
  const Type& type = value.type();
  const auto fail = [&](Diag diag, std::string what) {
    throw source_.error(diag, name, std::move(what))
        .note("declared", tsc::text(declared))
        .note("computed", tsc::text(type));
  };
  if (type.dtype != declared.dtype) fail(Diag::DTypeMismatch, "the value has another data type");
  if (type.rank() != declared.rank())
    fail(Diag::RankMismatch, "the value has another number of axes");
  for (size_t axis = 0; axis < type.rank(); ++axis) {
    const Dim &left = type.shape[axis], &right = declared.shape[axis];
    if (file_.graph.decide(left, Requirement::Relation::Equal, right) == Tri::No)
      fail(Diag::ShapeMismatch, fmt::format("size {} of the value differs", axis));
    file_.graph.require(left, Requirement::Relation::Equal, right,
                        fmt::format("declared type of {}: axis {}", name.text, axis), locs(name));
  }
}

void FileParser::update() {
  lexer_.next();
  const Token name = lexer_.expect(TokenKind::Name, "the name of a state");
  const Value state = known(name);
  if (file_.graph[state.id].op != Op::state)
    throw source_.error(Diag::BadUpdate, name, fmt::format("'{}' is not a state", name.text))
        .hint("only a state keeps a value from call to call: state s: f32[2] = 0");
  if (const auto [found, added] = updated_.try_emplace(state.id, name); !added)
    throw source_
        .error(Diag::BadUpdate, name, fmt::format("the state '{}' is updated twice", name.text))
        .note("first at", source_.loc(found->second).text());
  lexer_.expect("=");
  const Type type = state.type(); // a copy: new nodes move the graph's own
  const Value value = elaborator_.value(expression(), &type);
  check_update(name, state, value);
  file_.graph.updates.push_back({state.id, value.id});
}

void FileParser::check_update(const Token& name, Value state, Value value) {
  bool fits = state.dtype() == value.dtype() && state.rank() == value.rank();
  for (size_t axis = 0; fits && axis < state.rank(); ++axis)
    fits = file_.graph.decide(value.shape()[axis], Requirement::Relation::Equal,
                              state.shape()[axis]) != Tri::No;
  if (!fits)
    throw source_
        .error(Diag::BadUpdate, name,
               fmt::format("the new value of '{}' has another type", name.text))
        .note("state", tsc::text(state.type()))
        .note("value", tsc::text(value.type()));
  for (size_t axis = 0; axis < state.rank(); ++axis)
    file_.graph.require(value.shape()[axis], Requirement::Relation::Equal, state.shape()[axis],
                        fmt::format("update of {}: axis {}", name.text, axis), locs(name));
}

// "output log(x)" would else be about an unknown value 'log'.
Token FileParser::output_name() {
  const Token& first = lexer_.peek();
  const Token& second = lexer_.peek_second();
  if (first.kind == TokenKind::String) return lexer_.next();
  const bool goes_on = second.kind == TokenKind::Sign && !second.is("=") && !second.is(",");
  if (first.kind == TokenKind::Name ? goes_on : !first.ends_statement())
    throw source_.error(Diag::BadSyntax, first, "an output that is an expression needs a name")
        .hint("write output NAME = EXPRESSION");
  return lexer_.expect(TokenKind::Name, "the name of a value");
}

// output a, b   or   output name = expression
void FileParser::output() {
  lexer_.next();
  const auto add = [&](const Token& name, NodeId node) {
    const bool is_text = name.kind == TokenKind::String;
    if (const auto [found, added] = output_names_.try_emplace(name.text, name); !added)
      throw source_
          .error(Diag::DuplicateName, name,
                 fmt::format("an output is named {} already", describe(name)))
          .note("first at", source_.loc(found->second).text());
    file_.graph.outputs.push_back({is_text ? unquote(name.text) : std::string(name.text), node});
  };
  do {
    const Token name = output_name();
    if (lexer_.accept("=")) return add(name, elaborator_.value(expression()).id);
    if (name.kind == TokenKind::String) lexer_.fail_expecting("'='");
    add(name, known(name).id);
  } while (lexer_.accept(","));
}

void check_start(std::string_view text, const Source& source) {
  const size_t n = text.find_first_of("\n");
  std::string_view first = text.substr(0, n);
  first = first.substr(0, first.find('#')); // a comment may hold any letters
  const bool text_like = std::all_of(first.begin(), first.end(), [](char c) {
    return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r';
  });
  if (!text.empty() && text_like) return;
  throw source
      .error(Diag::BadHeader, Token{TokenKind::End, text.substr(0, 0), 1, 1},
             text.empty() ? "the file is empty" : "the file is no graph in text form")
      .hint("a graph file starts with the line 'tsc 1'");
}

} // namespace

GraphFile parse(std::string_view text, std::string_view file_name, const ParseOptions& options) {
  const Source source(text, file_name);
  if (text.size() > options.limits.file_bytes)
    throw Error(Diag::FileTooLarge, fmt::format("the graph has {} bytes; the limit is {}",
                                                text.size(), options.limits.file_bytes))
        .at(Loc::in_file(file_name, 0));
  check_start(text, source);
  return FileParser(source, options).file();
}

GraphFile load_graph(const std::filesystem::path& path, const Limits& limits) {
  const std::string text = read_file(path, limits.file_bytes);
  std::filesystem::path directory = path.parent_path();
  if (directory.empty()) directory = ".";
  return parse(text, path.string(), {.directory = directory, .limits = limits});
}

std::vector<NodeId> unused_inputs(const Graph& graph) {
  std::vector<bool> used(graph.size());
  for (const Output& output : graph.outputs)
    used[output.node.index] = true;
  for (const Update& update : graph.updates)
    used[update.value.index] = true;
  for (size_t i = graph.size(); i-- > 0;)
    if (used[i])
      for (NodeId arg : graph[NodeId(i)].args)
        used[arg.index] = true;
  std::vector<NodeId> unused;
  for (NodeId id : graph.inputs())
    if (!used[id.index]) unused.push_back(id);
  return unused;
}

} // namespace tsc
