// The reader of ELF files and archives, on bytes that nobody should write.
#include "support/elf.h"
#include "support/error.h"
#include "tests/catch.h"
#include "tests/elf_sample.h"

#include <cstring>
#include <elf.h>
#include <random>
#include <string>

using namespace tsc;
using test::small_elf;

namespace {

std::string small_archive(const std::string& member) {
  std::string header(60, ' ');
  header.replace(0, 4, "a.o/");
  const std::string size = std::to_string(member.size());
  header.replace(48, size.size(), size);
  header.replace(58, 2, "`\n");
  return "!<arch>\n" + header + member + (member.size() % 2 ? "\n" : "");
}

} // namespace

TEST_CASE("sections are found by name") {
  const std::string file = small_elf("content");
  CHECK(is_binary(file));
  CHECK_FALSE(is_binary("tsc 1\n"));
  CHECK(sections_named(file, ".tsc.meta") == std::vector<std::string_view>{"content"});
  CHECK(sections_named(file, ".tsc.met").empty());
  const std::string archive = small_archive(file) + small_archive(file).substr(8);
  CHECK(sections_named(archive, ".tsc.meta") ==
        std::vector<std::string_view>{"content", "content"});
}

TEST_CASE("a file cut anywhere, or with any bytes changed, is read within its bounds") {
  const std::string elf = small_elf("content"), archive = small_archive(elf);
  for (const std::string& whole : {elf, archive}) {
    for (size_t size = 0; size + 1 < whole.size(); ++size) { // the last byte may be padding
      const std::string part = whole.substr(0, size);        // sanitizers watch its end
      if (part != "!<arch>\n") CHECK_THROWS_AS(sections_named(part, ".tsc.meta"), Error);
    }
    std::mt19937 random(1);
    for (int i = 0; i < 20000; ++i) {
      std::string changed = whole;
      for (int n = 0; n < 3; ++n)
        changed[random() % changed.size()] = static_cast<char>(random() % 2 ? random() : 0xff);
      try {
        for (std::string_view section : sections_named(changed, ".tsc.meta"))
          if (!section.empty()) {
            const bool inside = section.data() >= changed.data() &&
                                section.data() + section.size() <= changed.data() + changed.size();
            if (!inside) FAIL("a section outside the file");
          }
      } catch (const Error& error) {
        if (error.diag() != Diag::BadLibrary) throw;
      }
    }
  }
}
