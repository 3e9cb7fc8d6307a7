// The errors of calls to an Executable, in the user's words.
#pragma once

#include "codegen/prelude/abi.h"
#include "runtime/array.h"
#include "runtime/manifest.h"

#include <span>

namespace tsc {

// How a port is called in errors: "argument 'x'", "state 's'", "output 'y'".
std::string input_title(const Manifest& manifest, size_t index);
std::string output_title(const Manifest& manifest, size_t index);

// ArgumentCount: `given` arrays instead of one for each port.
[[noreturn]] void throw_input_count(const Manifest& manifest, size_t given);
[[noreturn]] void throw_output_count(const Manifest& manifest, size_t given);

// ArgumentType: another dtype or rank than the port has.
[[noreturn]] void throw_port_type(const std::string& title, const Port& port, const Array& given);

// An output that has another shape than the call gives (ArgumentShape), or whose memory cannot take
// dense elements (DataMismatch).
[[noreturn]] void throw_output_layout(const std::string& title, const Port& port, Sizes wanted,
                                      const Array& given);
[[noreturn]] void throw_shared_outputs(const std::string& first, const std::string& second);

// What a program reported: ArgumentShape or IndexRange in the words of the manifest's check, or
// OutOfMemory. A report that makes no sense is InternalError.
[[noreturn]] void throw_report(const Manifest& manifest, int32_t code, const tsc_report& report,
                               std::span<const Array> inputs);

} // namespace tsc
