#include "tools/tsc/exit_code.h"

#include <array>
#include <utility>

namespace tsc::cli {

namespace {

// All others: the graph or the data is wrong.
constexpr std::array<std::pair<Diag, ExitCode>, 14> codes = {{{Diag::BadCacheMode, Usage},
                                                              {Diag::BadSetting, Usage},
                                                              {Diag::CannotRead, Io},
                                                              {Diag::CannotWrite, Io},
                                                              {Diag::BadCacheDir, Io},
                                                              {Diag::NoBackend, Unsupported},
                                                              {Diag::BadTarget, Unsupported},
                                                              {Diag::NoDevice, Unsupported},
                                                              {Diag::DeviceFailed, Unsupported},
                                                              {Diag::CpuFeature, Unsupported},
                                                              {Diag::CannotLink, Unsupported},
                                                              {Diag::VerifyFailed, CheckFailed},
                                                              {Diag::TimeLimit, Limit},
                                                              {Diag::MemoryLimit, Limit}}};

} // namespace

const std::vector<ExitCodeRow>& all_exit_codes() {
  static const std::vector<ExitCodeRow> rows = {
      {Done, "done, perhaps with warnings"},
      {Wrong, "the graph or the data is wrong"},
      {Usage, "the command line or a setting is wrong"},
      {Io, "a file cannot be read or written"},
      {Unsupported, "not supported by this build or for this target"},
      {CheckFailed, "results differ from the interpreter's"},
      {Limit, "--time-limit or --mem-limit was reached"},
      {Internal, "a bug in tsc"},
  };
  return rows;
}

ExitCode exit_code(Diag diag) {
  for (const auto& [d, code] : codes)
    if (d == diag) return code;
  return Wrong;
}

} // namespace tsc::cli
