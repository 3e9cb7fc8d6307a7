// Values that options may have, by the name that help gives the value.
#include "compiler/emit_kinds.h"
#include "compiler/toolchain.h"
#include "passes/pass.h"
#include "tools/common/colour.h"
#include "tools/common/manual_verbs.h"
#include "tools/tsc/show_stages.h"
#include "tools/tsc/verb.h"

namespace tsc::cli {

namespace {

using Names = std::vector<std::string>;

Names pass_names() {
  Names names = {"all", fuse_stage};
  for (const Pass& pass : optimiser_passes())
    names.emplace_back(pass.name);
  return names;
}

Names emit_kind_names() {
  Names names;
  for (const EmitKind& kind : all_emit_kinds())
    names.emplace_back(kind.name);
  return names;
}

Names diagnostic_names() {
  Names names;
  for (const DiagRow& row : all_diagnostics())
    names.insert(names.end(), {row.code, row.slug});
  return names;
}

} // namespace

Names choices(const std::string& value) {
  if (value == "PASS") return pass_names();
  if (value == "KIND") return emit_kind_names();
  if (value == "CODE") return diagnostic_names();
  if (value == "SHELL") return shells();
  if (value == "WHAT") return {"interp"};
  if (value == "WHEN") return colour_choices();
  return {};
}

} // namespace tsc::cli
