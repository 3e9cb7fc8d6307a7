#include "compiler/cuda.h"

#include "compiler/cache_use.h"
#include "support/hash.h"
#include "support/settings.h"

#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tsc {

namespace {

std::string key_of(const std::string& source, CudaForm form, const CompileOptions& options) {
  KeyText key;
  key.field("kind", form == CudaForm::Cubin ? "cubin" : "ptx");
  key.field("toolchain", nvrtc_identity());
  key.field("gpu", options.gpu);
  key.field("salt", value(Setting::CacheSalt));
  key.field("source", sha256(source).hex());
  return key.text();
}

std::string metadata_of(const CudaObject& object) {
  nlohmann::json kernels = nlohmann::json::array();
  for (const KernelUse& k : object.kernels)
    kernels.push_back({k.kernel, k.registers, k.shared, k.stack, k.spilled});
  return nlohmann::json{{"kernels", kernels}}.dump();
}

// None when the entry's metadata is not ours.
std::optional<CudaObject> from_entry(Entry entry) {
  CudaObject object{std::move(entry.object), {}};
  try {
    for (const auto& k : nlohmann::json::parse(entry.metadata).at("kernels"))
      object.kernels.push_back({k.at(0), k.at(1), k.at(2), k.at(3), k.at(4)});
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
  return object;
}

} // namespace

Plan planned_for_grid(const Graph& optimised_graph, const CompileOptions& options) {
  options.enter("lower");
  LowerOptions how = for_grid;
  how.embed_bytes = options.lower.embed_bytes;
  return lower(optimised_graph, how);
}

CudaObject cuda_object(const std::string& source, CudaForm form, const CompileOptions& options,
                       CompileReport* report) {
  CompileReport unread;
  CacheUse cache(key_of(source, form, options), options, report ? *report : unread);
  options.enter("cache");
  if (auto entry = cache.find())
    if (auto object = from_entry(std::move(*entry))) return std::move(*object);
  options.enter("nvrtc");
  const auto start = std::chrono::steady_clock::now();
  CudaObject object = compile_cuda(source, options.gpu, form);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  if (report) report->toolchain_ms = took.count();
  cache.keep({.metadata = metadata_of(object), .source = source, .object = object.code},
             took.count());
  return object;
}

std::string text(const std::vector<KernelUse>& kernels) {
  std::string out;
  for (const KernelUse& k : kernels)
    out += fmt::format("{}: {} registers, {} bytes shared, {} bytes stack, {}\n", k.kernel,
                       k.registers, k.shared, k.stack,
                       k.spilled ? fmt::format("{} bytes spilled", k.spilled) : "no spills");
  return out;
}

} // namespace tsc
