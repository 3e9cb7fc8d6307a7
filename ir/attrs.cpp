#include "ir/attrs.h"

#include "support/error.h"
#include "support/hash.h"

#include <algorithm>

namespace tsc {

const std::vector<AttrRow>& all_attrs() {
  static const std::vector<AttrRow> rows = {
#define ATTR(key, type, doc) {Key::key, #key, AttrType::type, doc},
#include "ir/ops/attrs.def"
#undef ATTR
  };
  return rows;
}

const AttrRow& row(Key key) { return all_attrs()[static_cast<size_t>(key)]; }

void Attrs::set(Key key, AttrValue value) {
  TSC_CHECK(value.index() == static_cast<size_t>(row(key).type));
  auto it =
      std::lower_bound(list_.begin(), list_.end(), key, [](auto& a, Key k) { return a.first < k; });
  if (it != list_.end() && it->first == key)
    it->second = std::move(value);
  else
    list_.insert(it, {key, std::move(value)});
}

const AttrValue* Attrs::find(Key key) const {
  for (const auto& [k, value] : list_)
    if (k == key) return &value;
  return nullptr;
}

template <class T>
const T& Attrs::get(Key key) const {
  const AttrValue* value = find(key);
  if (!value) throw InternalError(std::string("attribute missing: ") + row(key).name);
  return std::get<T>(*value);
}

template const int64_t& Attrs::get(Key) const;
template const IntList& Attrs::get(Key) const;
template const Dim& Attrs::get(Key) const;
template const Shape& Attrs::get(Key) const;
template const DType& Attrs::get(Key) const;
template const std::string& Attrs::get(Key) const;
template const Literal& Attrs::get(Key) const;

namespace {

uint64_t hash_of(int64_t v) { return static_cast<uint64_t>(v); }
uint64_t hash_of(DType v) { return static_cast<uint64_t>(v); }
uint64_t hash_of(const std::string& v) { return mix(0, v); }
uint64_t hash_of(const Dim& v) {
  return v.is_number() ? static_cast<uint64_t>(v.number()) : mix(1, v.text());
}
uint64_t hash_of(const IntList& v) {
  uint64_t h = v.size();
  for (int64_t i : v)
    h = mix(h, hash_of(i));
  return h;
}
uint64_t hash_of(const Shape& v) {
  uint64_t h = v.size();
  for (const Dim& d : v)
    h = mix(h, hash_of(d));
  return h;
}
uint64_t hash_of(const Literal& v) {
  return mix(static_cast<uint64_t>(v.dtype()), std::string_view(v.bytes()).substr(0, 256));
}

} // namespace

uint64_t Attrs::hash() const {
  uint64_t h = list_.size();
  for (const auto& [key, value] : list_) {
    h = mix(h, static_cast<uint64_t>(key));
    h = mix(h, std::visit([](const auto& v) { return hash_of(v); }, value));
  }
  return h;
}

} // namespace tsc
