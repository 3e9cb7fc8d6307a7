// A program in this process's memory, which the CPU runs.
#pragma once

#include "codegen/prelude/abi.h"
#include "runtime/executable.h"
#include "runtime/loader.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace tsc {

class CpuExecutable final : public Executable {
public:
  // Takes over the code and shares the constants' elements. Throws InternalError when the code
  // lacks tsc_bind or tsc_run, or the constants are not as many as the manifest says; BadSetting.
  CpuExecutable(Manifest manifest, std::unique_ptr<LoadedCode> code, std::vector<Array> constants);
  ~CpuExecutable() override;

  std::vector<Array> run(std::span<const Array> inputs) const override;
  void run_into(std::span<const Array> inputs, std::span<Array> outputs) const override;

private:
  struct Scratch;
  class Lease;
  using Bind = int32_t (*)(const int64_t*, int64_t*, int64_t*, int64_t*, tsc_report*);
  using Run = int32_t (*)(const tsc_call*);

  void bind(std::span<const Array> inputs, Scratch& scratch) const;
  void place_inputs(std::span<const Array> inputs, Scratch& scratch) const;
  void place_outputs(std::span<Array> outputs, Scratch& scratch) const;
  void call(Scratch& scratch) const;

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
