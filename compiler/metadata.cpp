#include "compiler/metadata.h"

#include "support/elf.h"
#include "support/hash.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tsc {

namespace {

using Json = nlohmann::ordered_json;

constexpr int abi = 1;         // TSC_LIBRARY_ABI of codegen/prelude/library.h
constexpr int most_nested = 8; // of what we write; more would be somebody's attack

Json shape_of(const Type& type) {
  Json shape = Json::array();
  for (const Dim& d : type.shape)
    shape.push_back(d.is_number() ? Json(d.number()) : Json(d.text()));
  return shape;
}

Json argument(const PlanPort& port, const char* role) {
  return {{"name", port.name},
          {"role", role},
          {"dtype", name(port.type.dtype)},
          {"shape", shape_of(port.type)}};
}

Json arguments_of(const CProgram& p) {
  Json list = Json::array();
  const size_t arguments = p.function.arguments();
  for (size_t i = 0; i < p.words.inputs.size(); ++i)
    list.push_back(argument(p.words.inputs[i], i < arguments                       ? "input"
                                               : p.function.updated[i - arguments] ? "updated state"
                                                                                   : "state"));
  for (size_t i = 0; i < p.function.results.size(); ++i)
    list.push_back(argument(p.words.outputs[i], "result"));
  return list;
}

Json function_of(const CProgram& p, const std::string& graph) {
  const auto workspace = fixed_workspace(p);
  return {{"name", p.function.name},
          {"graph", sha256(graph).hex()},
          {"sizes", p.words.symbols},
          {"arguments", arguments_of(p)},
          {"workspace", workspace ? Json(*workspace) : Json()}};
}

Json target_of(const MetadataFacts& facts) {
  if (facts.triple.empty()) return nullptr;
  Json features = Json::array();
  for (const CpuFeature& f : facts.features)
    features.push_back(f.name);
  return {{"triple", facts.triple}, {"cpu", facts.cpu}, {"features", features}};
}

[[noreturn]] void damaged() { throw Error(Diag::BadLibrary, "its description is damaged"); }

Json parsed(std::string_view line) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) {
    if (depth > most_nested) damaged();
    return true;
  };
  Json json = Json::parse(line, shallow, /*allow_exceptions=*/false);
  if (!json.is_object()) damaged();
  return json;
}

// "f32[n, 64]"
std::string type_text(const Json& argument) {
  std::string sizes;
  for (const Json& size : argument.at("shape"))
    sizes += (sizes.empty() ? "" : ", ") + (size.is_number_integer()
                                                ? std::to_string(size.get<int64_t>())
                                                : printable(size.get<std::string>()));
  const std::string dtype = printable(argument.at("dtype").get<std::string>());
  return sizes.empty() ? dtype : fmt::format("{}[{}]", dtype, sizes);
}

std::string list_text(const Json& names) {
  std::string list;
  for (const Json& name : names)
    list += (list.empty() ? "" : " ") + printable(name.get<std::string>());
  return list;
}

std::string text_of(const Json& library) {
  std::string out = fmt::format(
      "library {}, abi {}, made by tsc {}\n", printable(library.at("library").get<std::string>()),
      library.at("abi").get<int>(), printable(library.at("tsc").get<std::string>()));
  if (const Json& target = library.at("target"); !target.is_null())
    out += fmt::format(
        "  for {} {}\n  needs {}\n", printable(target.at("triple").get<std::string>()),
        printable(target.at("cpu").get<std::string>()),
        target.at("features").empty() ? "no CPU features" : list_text(target.at("features")));
  if (!library.at("libraries").empty())
    out += fmt::format("  links {}\n", list_text(library.at("libraries")));
  for (const Json& function : library.at("functions")) {
    out += fmt::format("{}({})\n", printable(function.at("name").get<std::string>()),
                       list_text(function.at("sizes")));
    for (const Json& a : function.at("arguments"))
      out += fmt::format("  {} {}: {}\n", printable(a.at("role").get<std::string>()),
                         printable(a.at("name").get<std::string>()), type_text(a));
    if (const Json& bytes = function.at("workspace"); !bytes.is_null())
      out += fmt::format("  workspace {} bytes\n", bytes.get<int64_t>());
  }
  return out;
}

} // namespace

std::string library_metadata(std::span<const CProgram> programs,
                             std::span<const std::string> graphs, const MetadataFacts& facts) {
  Json functions = Json::array();
  for (size_t i = 0; i < programs.size(); ++i)
    functions.push_back(function_of(programs[i], graphs[i]));
  const Json json = {{"library", library_name(programs)},
                     {"abi", abi},
                     {"tsc", TSC_VERSION},
                     {"target", target_of(facts)},
                     {"libraries", facts.libraries},
                     {"functions", functions}};
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

std::vector<std::string> metadata_in(std::string_view file) {
  std::vector<std::string> found;
  for (std::string_view section : sections_named(file, metadata_section))
    while (!section.empty()) { // a linker puts those of several objects one behind the other
      const size_t end = std::min(section.find('\0'), section.size());
      if (end > 0) found.push_back(parsed(section.substr(0, end)).dump(-1, ' ', true));
      section.remove_prefix(std::min(end + 1, section.size()));
    }
  if (found.empty()) throw Error(Diag::BadLibrary, "it has no description: tsc did not make it");
  return found;
}

std::string metadata_text(std::string_view json) {
  try {
    return text_of(parsed(json));
  } catch (const Json::exception&) { // not what we write
    damaged();
  }
}

} // namespace tsc
