// Executable: a compiled program that is loaded and can be called, on whatever device. Immutable,
// thread-safe and re-entrant: calls share nothing but a pool of scratch memory, which grows to what
// the calls in flight at one time need and stays until the Executable goes.
#pragma once

#include "runtime/array.h"
#include "runtime/manifest.h"

#include <span>
#include <vector>

namespace tsc {

class Executable {
public:
  virtual ~Executable() = default;
  Executable(const Executable&) = delete;
  Executable& operator=(const Executable&) = delete;

  const Manifest& manifest() const { return manifest_; }

  // `inputs` are the arguments, then the states, of the declared dtypes and ranks, in any layout.
  // Returns the results, then the next states: new arrays that share nothing with the inputs.
  //
  // Throws ArgumentCount, ArgumentType, ArgumentShape or IndexRange, naming the input and the
  // user's source line; OutOfMemory; DeviceFailed.
  virtual std::vector<Array> run(std::span<const Array> inputs) const = 0;

  // The same into arrays that the caller made, contiguous and of the right dtype and shape (else
  // ArgumentType or ArgumentShape). An output may share memory with inputs, which are then copied
  // first, but not with other outputs. When an error is thrown the outputs' elements are
  // unspecified. Once calls of some shapes were made, more of these allocate nothing on the CPU.
  virtual void run_into(std::span<const Array> inputs, std::span<Array> outputs) const = 0;

protected:
  explicit Executable(Manifest manifest) : manifest_(std::move(manifest)) {}

private:
  const Manifest manifest_;
};

} // namespace tsc
