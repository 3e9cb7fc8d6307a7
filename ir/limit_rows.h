// A row for each of Limits: the name by which `--limit` and the files of tests/error set it, what
// it bounds, how far a program may raise it, and what is thrown beyond it.
#pragma once

#include "ir/limits.h"
#include "support/error.h"

#include <array>

namespace tsc {

struct LimitRow {
  const char* name;
  const char* doc;
  uint64_t Limits::* member;
  uint64_t most;
  Diag diag;
};

// What binds `most`: Token::column; Graph::max_nodes; the stack.
inline constexpr std::array<LimitRow, 6> all_limits = {{
    {"file_bytes", "bytes of a graph file", &Limits::file_bytes, UINT32_MAX, Diag::FileTooLarge},
    {"data_bytes", "bytes of a .npy file that a graph names", &Limits::data_bytes, UINT64_MAX,
     Diag::FileTooLarge},
    {"inline_bytes", "bytes of all data written in a graph file", &Limits::inline_bytes, UINT64_MAX,
     Diag::InlineLimit},
    {"nodes", "nodes of a graph", &Limits::nodes, Limits{}.nodes, Diag::TooManyNodes},
    {"nesting", "operators and brackets in each other", &Limits::nesting, 1000, Diag::NestingLimit},
    {"name_bytes", "bytes of a name, a number or a quoted text", &Limits::name_bytes, UINT64_MAX,
     Diag::NameLimit},
}};
static_assert(sizeof(Limits) == all_limits.size() * sizeof(uint64_t), "a limit has no row");

} // namespace tsc
