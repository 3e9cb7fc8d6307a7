// Attributes of nodes: a short list of (key, value), sorted by key. Each op's row says which keys
// it has, so that printing, parsing, hashing and comparing attributes are one loop each.
#pragma once

#include "ir/dim.h"
#include "ir/literal.h"

#include <string>
#include <variant>
#include <vector>

namespace tsc {

enum class Key : uint8_t {
#define ATTR(key, type, doc) key,
#include "ir/ops/attrs.def"
#undef ATTR
};

enum class AttrType : uint8_t { Int, Ints, DimValue, Dims, DTypeName, Name, Value };

struct AttrRow {
  Key key;
  const char* name;
  AttrType type;
  const char* doc;
};

const std::vector<AttrRow>& all_attrs();
const AttrRow& row(Key key);

using IntList = std::vector<int64_t>;
// Alternatives in the order of AttrType.
using AttrValue = std::variant<int64_t, IntList, Dim, Shape, DType, std::string, Literal>;

class Attrs {
public:
  Attrs() = default;
  Attrs(std::initializer_list<std::pair<Key, AttrValue>> list) {
    for (auto& [key, value] : list)
      set(key, value);
  }

  void set(Key key, AttrValue value); // replaces
  bool has(Key key) const { return find(key) != nullptr; }
  // Each requires the attribute to be there with that type (InternalError otherwise).
  int64_t integer(Key key) const { return get<int64_t>(key); }
  const IntList& ints(Key key) const { return get<IntList>(key); }
  const Dim& dim(Key key) const { return get<Dim>(key); }
  const Shape& dims(Key key) const { return get<Shape>(key); }
  DType dtype(Key key) const { return get<DType>(key); }
  const std::string& name(Key key) const { return get<std::string>(key); }
  const Literal& value(Key key) const { return get<Literal>(key); }

  const std::vector<std::pair<Key, AttrValue>>& list() const { return list_; }
  bool operator==(const Attrs&) const = default;
  uint64_t hash() const; // for in-memory tables

private:
  const AttrValue* find(Key key) const;
  template <class T>
  const T& get(Key key) const;

  std::vector<std::pair<Key, AttrValue>> list_;
};

} // namespace tsc
