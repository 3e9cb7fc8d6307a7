// What NVRTC says of the CUDA kernels of all goldens and examples. No GPU is needed.
#include "codegen/emit.h"
#include "compiler/cuda.h"
#include "ir/parse.h"
#include "support/error.h"
#include "tests/catch.h"
#include "tests/graph_files.h"

#include <filesystem>

using namespace tsc;
namespace fs = std::filesystem;

namespace {

#define NEEDS_NVRTC()                                                                              \
  do {                                                                                             \
    if (!known_gpus().empty()) break;                                                              \
    WARN("skipped: NVRTC is not installed");                                                       \
    return;                                                                                        \
  } while (false)

std::string source_of(const fs::path& path) {
  return emit(planned_for_grid(optimised(load_graph(path).graph)), cuda).full();
}

CompileOptions for_gpu(const char* gpu) { return {.gpu = gpu, .cache = false}; }

} // namespace

TEST_CASE("NVRTC compiles every kernel of goldens and examples, without spills") {
  NEEDS_NVRTC();
  REQUIRE(test::graph_files().size() >= 12);
  for (const fs::path& path : test::graph_files()) {
    INFO(path.filename().string());
    const std::string source = source_of(path);
    for (const char* gpu : {"sm_80", "sm_90"}) {
      const CudaObject object = cuda_object(source, CudaForm::Cubin, for_gpu(gpu));
      CHECK(object.code.substr(1, 3) == "ELF");
      CHECK(!object.kernels.empty());
      for (const KernelUse& use : object.kernels) {
        INFO(text({use}));
        CHECK(use.spilled == 0);
        CHECK(use.registers > 0);
        CHECK(source.find(" " + use.kernel + "(") != std::string::npos);
      }
    }
    const CudaObject ptx = cuda_object(source, CudaForm::Ptx, for_gpu("sm_80"));
    CHECK(ptx.code.find(".target sm_80") != std::string::npos);
    CHECK(ptx.code.find(".entry ") != std::string::npos);
  }
}

TEST_CASE("a GPU that NVRTC does not know is an error that names those it does") {
  NEEDS_NVRTC();
  try {
    cuda_object("", CudaForm::Cubin, for_gpu("sm_9000"));
    FAIL("compiled");
  } catch (const Error& e) {
    CHECK(e.diag() == Diag::BadTarget);
    CHECK(std::string(e.what()).find("sm_90") != std::string::npos);
  }
}
