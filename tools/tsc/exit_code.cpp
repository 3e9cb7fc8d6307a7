#include "tools/tsc/exit_code.h"

#include <array>
#include <utility>

namespace tsc::cli {

namespace {

// All others: the graph or the data is wrong.
constexpr std::array<std::pair<Diag, ExitCode>, 10> codes = {{{Diag::BadCacheMode, Usage},
                                                              {Diag::BadSetting, Usage},
                                                              {Diag::CannotRead, Io},
                                                              {Diag::CannotWrite, Io},
                                                              {Diag::BadCacheDir, Io},
                                                              {Diag::NoBackend, Unsupported},
                                                              {Diag::BadTarget, Unsupported},
                                                              {Diag::CpuFeature, Unsupported},
                                                              {Diag::CannotLink, Unsupported},
                                                              {Diag::VerifyFailed, CheckFailed}}};

} // namespace

ExitCode exit_code(Diag diag) {
  for (const auto& [d, code] : codes)
    if (d == diag) return code;
  return Wrong;
}

} // namespace tsc::cli
