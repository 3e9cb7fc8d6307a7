// Counts calls of operator new, for tests that promise none.
#pragma once

#include <cstddef>

// Allocations of this process so far; always 0 with a sanitizer.
size_t allocations();
