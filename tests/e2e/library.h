// A compiled library as its callers see it: opened, its functions by name, tensors for them.
#pragma once

#include "codegen/prelude/library.h"
#include "tests/e2e/cli.h"

#include <cstdint>
#include <dlfcn.h>
#include <string>
#include <vector>

namespace tsc::test {

class OpenLibrary {
public:
  explicit OpenLibrary(const fs::path& path) : handle_(::dlopen(path.c_str(), RTLD_NOW)) {
    INFO(dlerror());
    REQUIRE(handle_);
  }
  ~OpenLibrary() { ::dlclose(handle_); }
  OpenLibrary(const OpenLibrary&) = delete;

  // As the function type F.
  template <class F>
  F* get(const std::string& name) const {
    void* const address = ::dlsym(handle_, name.c_str());
    INFO(name);
    REQUIRE(address);
    return reinterpret_cast<F*>(address);
  }
  const tsc_library* query(uint32_t abi = TSC_LIBRARY_ABI) const {
    return get<const tsc_library*(uint32_t)>("tsc_query")(abi);
  }

private:
  void* handle_;
};

using CallTensors = int32_t(const DLTensor* const*, int32_t, const tsc_options*);

// A tensor in the CPU's memory, dense.
struct Tensor {
  Tensor(void* data, DLDataType dtype, std::vector<int64_t> sizes) : shape(std::move(sizes)) {
    tensor = {data, {1, 0}, static_cast<int32_t>(shape.size()), dtype, shape.data(), nullptr, 0};
  }
  Tensor(const Tensor&) = delete;

  std::vector<int64_t> shape, strides;
  DLTensor tensor;
};

inline constexpr DLDataType f32{2, 32, 1}, f64{2, 64, 1}, i64{0, 64, 1};

// Options with an error struct of their own.
struct Options {
  Options() {
    error.size = sizeof error;
    options.size = sizeof options;
    options.error = &error;
  }
  Options(const Options&) = delete;

  tsc_error error{};
  tsc_options options{};
};

} // namespace tsc::test
