#include "compiler/toolchain_facts.h"

#include "cache/settings.h"
#include "cache/store.h"
#include "support/error.h"
#include "support/hash.h"
#include "support/settings.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fmt/format.h>
#include <link.h>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/stat.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tsc {

namespace {

using Json = nlohmann::json;

// What tells that a file is the one that it was: where it is, and when it was made and changed, to
// the nanosecond. A change of content changes the time at which the file system noted one (ctime),
// which no program sets.
std::string stamp(const std::string& path) {
  struct stat s;
  if (::stat(path.c_str(), &s) != 0) return path + " missing";
  return fmt::format("{} {}:{} {} {}.{:09} {}.{:09}", path, s.st_dev, s.st_ino, s.st_size,
                     s.st_mtim.tv_sec, s.st_mtim.tv_nsec, s.st_ctim.tv_sec, s.st_ctim.tv_nsec);
}

// What CPUID says of the machine's model and features, as far as LLVM asks; none on other machines.
std::string cpu_text() {
#if defined(__x86_64__)
  std::string text;
  for (const auto& [leaf, part] : {std::pair{0u, 0u},
                                   {1u, 0u},
                                   {7u, 0u},
                                   {7u, 1u},
                                   {0xdu, 1u},
                                   {0x14u, 0u},
                                   {0x19u, 0u},
                                   {0x1eu, 1u},
                                   {0x24u, 0u},
                                   {0x80000000u, 0u},
                                   {0x80000001u, 0u},
                                   {0x80000008u, 0u}}) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(leaf, part, &a, &b, &c, &d)) continue;
    if (leaf == 1) b &= 0xffff;     // the rest numbers the core that we run on
    if (leaf == 0xd) b = c = d = 0; // sizes
    text += fmt::format("{:x}.{} {:x} {:x} {:x} {:x}\n", leaf, part, a, b, c, d);
    if (leaf == 1 && (c & bit_OSXSAVE)) { // which registers the system saves
      unsigned low = 0, high = 0;
      __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
      text += fmt::format("xcr0 {:x} {:x}\n", low, high);
    }
  }
  return text;
#else
  return "";
#endif
}

// The file that this code is in: what the loader goes by when it looks for the toolchain.
std::string own_file() {
  Dl_info info;
  void* found = nullptr;
  if (!::dladdr1(reinterpret_cast<const void*>(&toolchain_facts), &info, &found, RTLD_DL_LINKMAP))
    return "";
  const auto* const map = static_cast<const link_map*>(found);
  const bool program = !map->l_name || !*map->l_name;
  std::error_code error;
  return std::filesystem::canonical(program ? "/proc/self/exe" : map->l_name, error).string();
}

std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text ? text : "";
}

// All that decides what the toolchain is and says, but for its own files.
std::string question() {
  const std::string own = own_file(), cpu = cpu_text();
  if (own.empty() || cpu.empty()) return "";
  return KeyText()
      .field("note", "toolchain 1")
      .field("version", TSC_VERSION)
      .field("file", stamp(own))
      .field("cpu", cpu)
      .field("search", variable("LD_LIBRARY_PATH"))
      .field("preload", variable("LD_PRELOAD"))
      .field("loader", stamp("/etc/ld.so.cache"))
      .field("hwcaps", variable("GLIBC_TUNABLES"))
      .text();
}

// The toolchain's files in this process.
std::vector<std::string> toolchain_files() {
  std::vector<std::string> files;
  ::dl_iterate_phdr(
      [](dl_phdr_info* object, size_t, void* found) {
        const std::string path = object->dlpi_name;
        const std::string name = path.substr(path.rfind('/') + 1);
        for (const char* start : {"libtsc-clang", "libLLVM", "libclang-cpp"})
          if (name.starts_with(start))
            static_cast<std::vector<std::string>*>(found)->push_back(path);
        return 0;
      },
      &files);
  std::sort(files.begin(), files.end());
  return files;
}

std::string to_answer(const ToolchainFacts& facts) {
  Json stamps = Json::array();
  for (const std::string& file : toolchain_files())
    stamps.push_back({{"file", file}, {"stamp", stamp(file)}});
  return Json{{"files", stamps},
              {"identity", facts.identity},
              {"triple", facts.host.triple},
              {"cpu", facts.host.cpu},
              {"features", facts.host.features}}
      .dump();
}

// None where a file is not what it was.
std::optional<ToolchainFacts> from_answer(const std::string& answer) {
  try {
    const Json json = Json::parse(answer);
    if (json.at("files").empty()) return std::nullopt;
    for (const Json& file : json.at("files"))
      if (stamp(file.at("file").get<std::string>()) != file.at("stamp").get<std::string>())
        return std::nullopt;
    return ToolchainFacts{json.at("identity").get<std::string>(),
                          {json.at("triple").get<std::string>(), json.at("cpu").get<std::string>(),
                           json.at("features").get<std::vector<std::string>>()}};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

ToolchainFacts asked() { return {toolchain_identity(), host_target()}; }

// "" where notes are not wanted.
std::string question_to(Store& store) {
  const bool wanted = store.mode() == CacheMode::On || store.mode() == CacheMode::Read;
  return wanted ? question() : "";
}

std::optional<ToolchainFacts> noted_in(Store& store, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto answer = store.note(text);
  return answer ? from_answer(*answer) : std::nullopt;
}

ToolchainFacts noted_or_asked() {
  Store store = Store::open();
  const std::string text = question_to(store);
  if (auto facts = noted_in(store, text)) return std::move(*facts);
  ToolchainFacts facts = asked();
  if (text.empty()) return facts;
  store.keep_note(text, to_answer(facts));
  return facts;
}

} // namespace

const ToolchainFacts& toolchain_facts(bool noted) {
  static std::mutex mutex;
  static std::optional<ToolchainFacts> known;
  const std::lock_guard lock(mutex);
  if (!known) known = noted ? noted_or_asked() : asked();
  return *known;
}

std::optional<ToolchainFacts> noted_toolchain_facts() {
  if (cache_mode(value(Setting::Cache)) == CacheMode::Off) return std::nullopt;
  Store store(cache_directory(), CacheMode::Read);
  return noted_in(store, question_to(store));
}

} // namespace tsc
