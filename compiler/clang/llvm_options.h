// LLVM keeps its command-line options in process-wide variables. Compiling reads them; LLD resets
// all of them to their defaults at each link. So whoever compiles holds this lock shared, and
// whoever links holds it alone.
#pragma once

#include <shared_mutex>

namespace tsc {

std::shared_mutex& llvm_options_lock(); // in clang.cpp

} // namespace tsc
