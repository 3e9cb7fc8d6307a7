// What a graph may be at most. A graph file cannot raise its own limits; the program that reads it
// can (ParseOptions), but for the number of nodes and of axes (max_rank), which bind every graph.
#pragma once

#include "support/checked.h"

#include <cstddef>
#include <cstdint>

namespace tsc {

struct Limits {
  uint64_t file_bytes = uint64_t{256} << 20;  // FileTooLarge: a graph file
  uint64_t data_bytes = uint64_t{16} << 30;   // FileTooLarge: a .npy file that a graph names
  uint64_t inline_bytes = uint64_t{64} << 20; // InlineLimit: all data written in the text
  size_t nodes = 5'000'000;                   // TooManyNodes
  size_t nesting = 200;                       // NestingLimit: operators and brackets in each other
  size_t name_bytes = 1024;                   // NameLimit: a name, a number, a quoted text
};

} // namespace tsc
