// Exit codes: what went wrong, in a number.
#pragma once

#include "support/error.h"

#include <vector>

namespace tsc::cli {

enum ExitCode {
  Done = 0,
  Wrong = 1,
  Usage = 2,
  Io = 3,
  Unsupported = 4,
  CheckFailed = 5,
  Limit = 6,
  Internal = 70,
};

struct ExitCodeRow {
  ExitCode code;
  const char* meaning;
};

const std::vector<ExitCodeRow>& all_exit_codes();

ExitCode exit_code(Diag diag);

} // namespace tsc::cli
