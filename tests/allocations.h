// Counts what operator new gives, for tests that promise no allocation, or not much.
#pragma once

#include <cstddef>

// Allocations of this process so far; always 0 with a sanitizer.
size_t allocations();

// The most bytes held at one time since the last reset, beyond those held then; 0 with a sanitizer.
size_t peak_bytes();
void reset_peak_bytes();
