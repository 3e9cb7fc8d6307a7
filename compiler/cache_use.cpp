#include "compiler/cache_use.h"

#include "codegen/prelude.h"
#include "compiler/toolchain_facts.h"
#include "runtime/program_symbols.h"
#include "support/error.h"
#include "support/hash.h"
#include "support/settings.h"

namespace tsc {

namespace {

// Raised by hand whenever passes, lowering or emission change what they give for the same graph and
// the prelude's text does not tell.
constexpr int64_t generation = 15;

Digest prelude_digest() {
  static const Digest digest = [] {
    Sha256 hash;
    for (const PreludeHeader& header : prelude_headers())
      hash.update(header.name).update(header.text);
    return hash.finish();
  }();
  return digest;
}

} // namespace

std::string key_material(const ObjectKey& object, const CompileOptions& options) {
  KeyText key;
  key.field("kind", object.kind);
  key.field("generation", generation);
  key.field("prelude", prelude_digest().hex());
  key.field("toolchain", toolchain_facts(options.cache).identity);
  key.field("triple", object.target.triple).field("cpu", object.target.cpu);
  for (const std::string& feature : object.target.features)
    key.field("feature", feature);
  key.field("optimise", options.optimise).field("strict", options.strict);
  key.field("blas", options.lower.blas).field("has blas", has_blas());
  key.field("group", options.lower.max_group).field("embed", options.lower.embed_bytes);
  key.field("carry", options.lower.carry);
  key.field("split outer", options.lower.split.outer)
      .field("split block", options.lower.split.block);
  key.field("inlined", options.lower.body.inlined).field("piece", options.lower.body.piece);
  key.field("salt", value(Setting::CacheSalt));
  if (!object.function.empty()) key.field("function", object.function);
  if (!object.source.empty()) key.field("source", object.source);
  key.field("graph", object.graph);
  return key.text();
}

CacheUse::CacheUse(std::string key, const CompileOptions& options, CompileReport& report)
    : key_(std::move(key)), report_(report) {
  report_.key = sha256(key_).hex();
  if (!options.cache) return;
  store_.reset(new Store(Store::open())); // Store cannot be moved
  if (options.explain_cache) report_.cache_explained = text(store_->explain(key_)); // before `keep`
}

std::optional<Entry> CacheUse::find() {
  if (!store_) return std::nullopt;
  std::optional<Entry> entry = store_->get(key_);
  report_.cache_problem = store_->problem().value_or("");
  report_.cache_hit = entry.has_value();
  if (store_->mode() != CacheMode::Verify) return entry;
  doubted_ = std::move(entry);
  return std::nullopt;
}

void CacheUse::keep(Entry built, double ms) {
  if (!store_) return;
  report_.cache_hit = doubted_.has_value();
  if (!doubted_) {
    built.key_text = key_;
    store_->put(built, ms);
  } else if (doubted_->object != built.object) {
    throw InternalError(
        "the cache held another object than compiling again gives (TSC_CACHE=verify)");
  }
  report_.cache_problem = store_->problem().value_or("");
}

} // namespace tsc
