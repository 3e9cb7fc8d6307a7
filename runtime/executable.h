// Executable: a compiled program that is loaded and can be called. Immutable, thread-safe and
// re-entrant: calls share nothing but a pool of scratch memory, which grows to what the calls in
// flight at one time need and stays until the Executable goes.
#pragma once

#include "codegen/prelude/abi.h"
#include "runtime/array.h"
#include "runtime/loader.h"
#include "runtime/manifest.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace tsc {

class Executable {
public:
  // Takes over the code and shares the constants' elements. Throws InternalError when the code
  // lacks tsc_bind or tsc_run, or the constants are not as many as the manifest says; BadSetting.
  Executable(Manifest manifest, std::unique_ptr<LoadedCode> code, std::vector<Array> constants);
  ~Executable();
  Executable(const Executable&) = delete;
  Executable& operator=(const Executable&) = delete;

  const Manifest& manifest() const { return manifest_; }

  // `inputs` are the arguments, then the states, of the declared dtypes and ranks, in any layout.
  // Returns the results, then the next states: new arrays that share nothing with the inputs.
  //
  // Throws ArgumentCount, ArgumentType, ArgumentShape or IndexRange, naming the input and the
  // user's source line; OutOfMemory.
  std::vector<Array> run(std::span<const Array> inputs) const;

  // The same into arrays that the caller made, contiguous and of the right dtype and shape (else
  // ArgumentType or ArgumentShape). An output may share memory with inputs, which are then copied
  // first, but not with other outputs. When an error is thrown the outputs' elements are
  // unspecified. Once calls of some shapes were made, more of these allocate nothing.
  void run_into(std::span<const Array> inputs, std::span<Array> outputs) const;

private:
  struct Scratch;
  class Lease;
  using Bind = int32_t (*)(const int64_t*, int64_t*, int64_t*, int64_t*, tsc_report*);
  using Run = int32_t (*)(const tsc_call*);

  void bind(std::span<const Array> inputs, Scratch& scratch) const;
  void place_inputs(std::span<const Array> inputs, Scratch& scratch) const;
  void place_outputs(std::span<Array> outputs, Scratch& scratch) const;
  void call(Scratch& scratch) const;

  const Manifest manifest_;
  const std::unique_ptr<LoadedCode> code_;
  const std::vector<Array> constants_;
  std::vector<const void*> constant_data_;
  size_t input_axes_ = 0, output_axes_ = 0;
  Bind bind_ = nullptr;
  Run run_ = nullptr;
  const tsc_host* host_;

  // Scratch objects that no call uses: one within reach of a single exchange, the others in a list.
  mutable std::atomic<Scratch*> hot_{nullptr};
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Scratch>> idle_; // guarded by mutex_
  mutable size_t scratches_ = 0;                       // guarded by mutex_: how many there are
};

} // namespace tsc
