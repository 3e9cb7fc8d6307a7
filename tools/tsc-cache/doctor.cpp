// tsc-cache doctor: can the cache work here, and may it be trusted?
#include "cache/folder.h"
#include "support/error.h"
#include "support/files.h"
#include "support/settings.h"
#include "tools/tsc-cache/entries.h"
#include "tools/tsc-cache/text.h"

#include <array>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace tsc::cache_cli {

namespace {

namespace fs = std::filesystem;

enum class Health { Ok, Warn, Bad };
constexpr std::array health_names = {"ok", "warn", "bad"};

struct Finding {
  std::string check; // "owner"
  Health health;
  std::string text;
};
using Findings = std::vector<Finding>;

std::string shown(const fs::path& path) { return printable(path.string(), 4096); }

Finding about_directory(const Common& common) {
  const Store store(common.directory, CacheMode::Read, cache_limits());
  if (const auto problem = store.problem()) return {"directory", Health::Bad, *problem};
  struct stat status;
  if (::stat(common.directory.c_str(), &status) != 0)
    return {"directory", Health::Ok, shown(common.directory) + " is made when it is first needed"};
  return {"directory", Health::Ok,
          fmt::format("{}, mode {:03o}, owner {}", shown(common.directory), status.st_mode & 0777,
                      status.st_uid == ::geteuid() ? "you" : "root")};
}

Finding about_mode() {
  const std::string mode = value(Setting::Cache);
  cache_mode(mode);
  return {"mode", mode == "off" ? Health::Warn : Health::Ok, "TSC_CACHE is " + mode};
}

// What sets apart: appending from several machines, and who else reaches it.
Finding about_file_system(const std::string& directory) {
  constexpr std::array<std::pair<unsigned long, const char*>, 8> networks = {
      {{0x6969, "NFS"},
       {0xFF534D42, "CIFS"},
       {0xFE534D42, "SMB"},
       {0x517B, "SMB"},
       {0x0BD00BD0, "Lustre"},
       {0x00C36400, "Ceph"},
       {0x47504653, "GPFS"},
       {0x65735546, "FUSE"}}};
  struct statfs status;
  if (::statfs(directory.c_str(), &status) != 0)
    return {"file system", Health::Warn, "cannot be asked"};
  for (const auto& [type, name] : networks)
    if (static_cast<unsigned long>(status.f_type) == type)
      return {"file system", Health::Warn,
              fmt::format("{}: the cache works, but counters may lose events", name)};
  return {"file system", Health::Ok,
          fmt::format("local (type {:x})", static_cast<unsigned long>(status.f_type))};
}

Finding about_space(const std::string& directory) {
  struct statvfs status;
  if (::statvfs(directory.c_str(), &status) != 0) return {"space", Health::Warn, "unknown"};
  const uint64_t free = uint64_t{status.f_bavail} * status.f_frsize;
  const uint64_t wanted = cache_limits().bytes;
  const bool inodes = status.f_files == 0 || status.f_favail > 1000;
  return {"space", free < wanted / 10 || !inodes ? Health::Warn : Health::Ok,
          fmt::format("{} free, the limit is {}{}", size_text(free), size_text(wanted),
                      inodes ? "" : "; few files more can be made")};
}

// Writes, renames and removes a file as a put does, and compares the file system's clock with ours.
void probe(const std::string& directory, Findings& out) {
  const fs::path folder = fs::path(directory) / format_folder;
  if (!fs::exists(folder)) return;
  const fs::path to = folder / fmt::format("doctor-{}", ::getpid());
  try {
    write_file(to, "probe"); // under another name, then renamed
  } catch (const Error& error) {
    out.push_back({"writing", Health::Bad, error.message()});
    return;
  }
  struct stat status;
  const bool found = ::stat(to.c_str(), &status) == 0;
  ::unlink(to.c_str());
  out.push_back({"writing", found ? Health::Ok : Health::Bad,
                 found ? "a file was written, renamed and removed" : "a renamed file went away"});
  if (!found) return;
  const int64_t ahead = status.st_mtime - std::time(nullptr);
  out.push_back({"clock", std::abs(ahead) > 5 ? Health::Warn : Health::Ok,
                 fmt::format("the file system's clock differs by {} s", ahead)});
}

void look_for_strays(const Common& common, Findings& out) {
  Store store(common.directory, CacheMode::Read, cache_limits());
  const int64_t now = std::time(nullptr);
  uint64_t ahead = 0, entries = 0;
  for (const EntryInfo& e : store.list())
    ++entries, ahead += e.last_used > now + 3600;
  out.push_back(
      {"entries", ahead ? Health::Warn : Health::Ok,
       fmt::format("{}{}", count_text(entries, "entry", "entries"),
                   ahead ? fmt::format("; {} from the future, which go first", ahead) : "")});
  std::error_code error;
  for (const auto& item : fs::directory_iterator(common.directory, error)) {
    const std::string name = item.path().filename().string();
    if (name != format_folder && name.size() == 2 && name[0] == 'v' && item.is_directory())
      out.push_back(
          {"other format", Health::Ok,
           fmt::format("{} is another version's, and is left alone", shown(item.path()))});
  }
}

void look_at_layers(Findings& out) {
  for (const fs::path& layer : cache_layers()) {
    Store store(layer, CacheMode::Read, cache_limits());
    if (const auto problem = store.problem())
      out.push_back({"layer", Health::Bad, *problem});
    else if (const Stats stats = store.stats(); stats.entries == 0)
      out.push_back({"layer", Health::Warn, shown(layer) + " has no entries"});
    else
      out.push_back(
          {"layer", Health::Ok,
           fmt::format("{}, {}", shown(layer), count_text(stats.entries, "entry", "entries"))});
  }
}

Findings examined(const Common& common) {
  Findings out = {about_mode(), about_directory(common)};
  if (out.back().health == Health::Ok && fs::exists(common.directory)) {
    out.push_back(about_file_system(common.directory));
    out.push_back(about_space(common.directory));
    if (::access(common.directory.c_str(), W_OK) == 0) probe(common.directory, out);
    look_for_strays(common, out);
  }
  look_at_layers(out);
  return out;
}

void print(const Findings& findings) {
  for (const Finding& f : findings)
    fmt::print("{:5} {:12} {}\n", health_names[static_cast<size_t>(f.health)], f.check, f.text);
  fmt::print("\nsettings\n");
  for (const SettingRow& row : all_settings())
    if (std::string_view(row.variable).starts_with("TSC_CACHE"))
      fmt::print("  {}={} ({})\n", row.variable, printable(value(row.setting), 400),
                 std::getenv(row.variable) ? "environment" : "default");
  fmt::print("\nWhoever can write in the directory or a layer can run code as you; checksums tell "
             "damage, not attackers.\n");
}

int run(const Common& common) {
  const Findings findings = examined(common);
  bool bad = false;
  Json all = Json::array();
  for (const Finding& f : findings) {
    bad |= f.health == Health::Bad;
    all.push_back({{"check", f.check},
                   {"health", health_names[static_cast<size_t>(f.health)]},
                   {"text", f.text}});
  }
  if (common.json)
    print_json({{"ok", !bad}, {"findings", all}});
  else
    print(findings);
  return bad ? CheckFailed : Done;
}

std::function<int()> declare(CLI::App&) {
  return [] { return run(common()); };
}

} // namespace

const Verb doctor_verb = {"doctor", "Say whether the cache can work here; exit code 5 if not",
                          "  tsc-cache doctor\n"
                          "  tsc-cache doctor --json",
                          declare,
                          "{\"ok\": true or false, \"findings\": [{\"check\", \"health\": \"ok\", "
                          "\"warn\" or \"bad\", \"text\"}]}"};

} // namespace tsc::cache_cli
