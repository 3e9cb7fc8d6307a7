#include "frontend/shared.h"

#include "frontend/inputs.h"
#include "frontend/node.h"

#include <atomic>
#include <fmt/format.h>

namespace tsc {

Shared shared(std::string name, const Array& value, std::source_location where) {
  static std::atomic<uint64_t> unnamed = 0;
  if (name.empty()) name = fmt::format("shared_{}", ++unnamed);
  std::vector<Extent> shape(value.shape().begin(), value.shape().end());
  // The checks of an input's name and type are a shared variable's too.
  frontend::Node node = input(std::move(name), value.dtype(), shape, where).node();
  node.op = Op::state;
  node.shared = std::make_shared<frontend::SharedValue>();
  node.shared->name = node.name;
  node.shared->type = node.type;
  node.shared->value = value.clone();
  return Shared(frontend::make_node(std::move(node)));
}

Array Shared::get() const {
  const frontend::SharedValue& shared = *node().shared;
  const std::lock_guard lock(shared.access);
  return shared.value.clone();
}

void Shared::set(const Array& value) const {
  frontend::SharedValue& shared = *node().shared;
  Shape shape(value.shape().begin(), value.shape().end());
  if (const Type given{value.dtype(), std::move(shape)}; given != shared.type)
    throw Error(Diag::DataMismatch, fmt::format("set: '{}' is {} and stays so; the value is {}",
                                                printable(shared.name), tsc::text(shared.type),
                                                tsc::text(given)))
        .note("variable", text());
  Array copy = value.clone();
  const std::lock_guard update(shared.update);
  const std::lock_guard access(shared.access);
  shared.value = std::move(copy);
}

} // namespace tsc
