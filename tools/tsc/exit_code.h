// Exit codes: what went wrong, in a number.
#pragma once

#include "support/error.h"

namespace tsc::cli {

enum ExitCode {
  Done = 0,
  Wrong = 1,       // the graph or the data
  Usage = 2,       // the command line or a setting
  Io = 3,          // a file could not be read or written
  Unsupported = 4, // by this build, for this target
  CheckFailed = 5, // by `tsc verify`
  Internal = 70,   // a bug in tsc
};

ExitCode exit_code(Diag diag);

} // namespace tsc::cli
