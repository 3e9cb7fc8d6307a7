#include "support/error.h"
#include "support/npy.h"
#include "support/zip.h"

#include <fmt/format.h>

namespace tsc {

std::vector<std::pair<std::string, NpyArray>> read_npz(const std::filesystem::path& path,
                                                       uint64_t max_total_bytes) {
  constexpr std::string_view suffix = ".npy";
  const std::string file = path.string();
  std::vector<std::pair<std::string, NpyArray>> arrays;
  for (ZipMember& member : unzip(read_file(path, max_total_bytes), file, max_total_bytes)) {
    if (!member.name.ends_with(suffix))
      throw Error(Diag::BadNpy, fmt::format("'{}': member '{}' is no .npy array",
                                            printable(file, 200), printable(member.name)));
    NpyArray array = parse_npy(member.bytes, file + ":" + member.name);
    member.bytes = {}; // now held by `array`
    member.name.resize(member.name.size() - suffix.size());
    arrays.emplace_back(std::move(member.name), std::move(array));
  }
  return arrays;
}

void write_npz(const std::filesystem::path& path,
               std::span<const std::pair<std::string, NpyView>> arrays) {
  ZipWriter zip;
  for (const auto& [name, array] : arrays)
    zip.add(name + ".npy", npy_bytes(array));
  write_file(path, zip.finish());
}

} // namespace tsc
