// The page of `tsc show --html`: one file with everything in it, which needs no network and gets
// none. The program of the page stands in tools/tsc/page/ and is embedded as text; what it shows is
// JSON, made here.
//
// The JSON, where NODE is a place in `nodes` and DIM is a size (a number, or {"text", "sum":
// [number, [coefficient, atom...]...]} whose atoms are a symbol's name or {"over": [DIM, DIM]}):
//
//   file, text       the graph file's name, and its text? where it is known and not too long
//   nodes            every node of every stage once: {op, kind, type, args: [NODE], name?, attrs?,
//                    at?: ["file:line:column"]}
//   ops              what each op used does
//   stages           {name, doc, nodes: [NODE]?, outputs, updates, moved}; one without `nodes`
//                    changed nothing. `moved`: [before, after] pairs of nodes that stayed but
//                    for their operands
//   problem          why there is no program; the rest is then missing
//   groups           {form, nodes, stored, steps}
//   steps            {name, ir, cpp?, work, group?, at, reads, writes: [buffer]}
//   buffers          {home, index, type, bytes: DIM, node?, first, last: steps}
//   slots            [DIM]
//   symbols, checks  texts
//   program          the whole C++ source, without the prelude
#pragma once

#include "tools/tsc/show_stages.h"

#include <string_view>
#include <vector>

namespace tsc::cli {

struct PageFile {
  std::string_view name; // "layout.js"
  std::string_view text;
};

// The files of tools/tsc/page/, sorted by name.
const std::vector<PageFile>& page_files();

// `file` is what the graph file is called, `file_text` what it says ("" if unknown). The same
// arguments give the same bytes.
std::string page(const Shown& shown, const std::string& file, const std::string& file_text);

// The JSON alone.
std::string page_data(const Shown& shown, const std::string& file, const std::string& file_text);

} // namespace tsc::cli
