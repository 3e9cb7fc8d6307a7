#include "codegen/emit.h"

#include "codegen/emitter.h"
#include "codegen/prelude.h"

namespace tsc {

std::string Source::full() const { return prelude_text(headers) + "\n" + text; }

Source emit(const Plan& plan, const Dialect& dialect) {
  Emitter e{plan, dialect};
  Writer out;
  emit_kernels(e, out);
  if (dialect.grid) emit_products(e, out);
  if (dialect.entry) emit_entry(e, out);
  return {
      {e.headers.begin(), e.headers.end()}, out.text(), e.calls_blas, std::move(e.kernel_places)};
}

} // namespace tsc
