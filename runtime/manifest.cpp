#include "runtime/manifest.h"

#include "support/checked.h"
#include "support/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace tsc {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Port& p) {
  return {{"name", p.name},
          {"dtype", name(p.dtype)},
          {"rank", p.rank},
          {"type", p.type},
          {"where", p.where}};
}

Json json_of(const Check& c) {
  Json notes = Json::array();
  for (const auto& [label, text] : c.notes)
    notes.push_back(Json::array({label, text}));
  return {{"diag", c.diag},
          {"message", c.message},
          {"where", c.where},
          {"notes", notes},
          {"hint", c.hint}};
}

template <class T>
Json list_of(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items)
    list.push_back(json_of(item));
  return list;
}

[[noreturn]] void malformed(const std::string& why) {
  throw InternalError("malformed manifest: " + why);
}

// An object whose fields are taken one by one, and none of which may stay behind.
class Fields {
public:
  Fields(const Json& object, size_t count) : object_(object) {
    if (!object.is_object() || object.size() != count)
      malformed(fmt::format("not an object of {} fields", count));
  }

  const Json& array(const char* key) const {
    const Json& value = at(key);
    if (!value.is_array()) malformed(fmt::format("'{}' is no list", key));
    return value;
  }
  std::string text(const char* key) const {
    const Json& value = at(key);
    if (!value.is_string()) malformed(fmt::format("'{}' is no text", key));
    return value.get<std::string>();
  }
  size_t number(const char* key, size_t highest = std::numeric_limits<int32_t>::max()) const {
    const Json& value = at(key);
    if (!value.is_number_unsigned() || value.get<uint64_t>() > highest)
      malformed(fmt::format("'{}' is no whole number from 0 to {}", key, highest));
    return value.get<size_t>();
  }

private:
  const Json& at(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) malformed(fmt::format("'{}' is missing", key));
    return *found;
  }

  const Json& object_;
};

std::string text_of(const Json& value) {
  if (!value.is_string()) malformed("text is missing in a list");
  return value.get<std::string>();
}

Port port_of(const Json& object) {
  const Fields fields(object, 5);
  const std::string dtype = fields.text("dtype");
  const auto found = dtype_named(dtype);
  if (!found) malformed(fmt::format("no dtype is named '{}'", printable(dtype)));
  return {fields.text("name"), *found, static_cast<int>(fields.number("rank", max_rank)),
          fields.text("type"), fields.text("where")};
}

Check check_of(const Json& object) {
  const Fields fields(object, 5);
  Check check{
      fields.text("diag"), fields.text("message"), fields.text("where"), {}, fields.text("hint")};
  if (std::ranges::none_of(all_diagnostics(),
                           [&](const DiagRow& r) { return check.diag == r.code; }))
    malformed(fmt::format("no diagnostic has the code '{}'", printable(check.diag)));
  for (const Json& note : fields.array("notes")) {
    if (!note.is_array() || note.size() != 2) malformed("a note is no pair");
    check.notes.emplace_back(text_of(note[0]), text_of(note[1]));
  }
  return check;
}

} // namespace

std::string to_json(const Manifest& m) {
  const Json json = {{"inputs", list_of(m.inputs)},
                     {"outputs", list_of(m.outputs)},
                     {"states", m.states},
                     {"updates", m.updates},
                     {"sizes", m.sizes},
                     {"constants", m.constants},
                     {"checks", list_of(m.checks)},
                     {"libraries", m.libraries}};
  // Names are UTF-8 by the time they get here; should one not be, it is replaced, not thrown at.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Manifest manifest_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) malformed("not JSON");
  const Fields fields(json, 8);
  Manifest m;
  for (const Json& port : fields.array("inputs"))
    m.inputs.push_back(port_of(port));
  for (const Json& port : fields.array("outputs"))
    m.outputs.push_back(port_of(port));
  m.states = fields.number("states");
  m.updates = fields.number("updates");
  m.sizes = fields.number("sizes");
  m.constants = fields.number("constants");
  for (const Json& check : fields.array("checks"))
    m.checks.push_back(check_of(check));
  for (const Json& library : fields.array("libraries"))
    m.libraries.push_back(text_of(library));
  if (m.states > m.inputs.size() || m.updates > m.outputs.size())
    malformed("more states than ports");
  return m;
}

} // namespace tsc
