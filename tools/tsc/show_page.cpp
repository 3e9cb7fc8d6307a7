#include "tools/tsc/show_page.h"

#include "support/hash.h"

#include <fmt/format.h>

namespace tsc::cli {

namespace {

std::string_view page_file(std::string_view name) {
  for (const PageFile& file : page_files())
    if (file.name == name) return file.text;
  throw InternalError("the page has no file " + std::string(name));
}

// In the order in which each needs those before it.
constexpr const char* scripts[] = {"model.js",   "layout.js", "drawing.js", "details.js",
                                   "kernels.js", "memory.js", "main.js"};

std::string all_scripts() {
  std::string out;
  for (const char* name : scripts)
    out += page_file(name);
  return out;
}

std::string base64(const Digest& digest) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  const size_t size = digest.bytes.size();
  for (size_t i = 0; i < size; i += 3) {
    const auto byte = [&](size_t at) { return at < size ? uint32_t{digest.bytes[at]} : 0; };
    const uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (size_t k = 0; k < 4; ++k)
      out += i + k <= size ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

// What the page may do: run this script, use this style, and nothing else; above all no network.
std::string policy(std::string_view style, std::string_view script) {
  return fmt::format("default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; "
                     "base-uri 'none'; form-action 'none'",
                     base64(sha256(style)), base64(sha256(script)));
}

// JSON inside of <script>: what could end the element or begin another is escaped.
std::string inside_script(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (char c : json)
    if (c == '<' || c == '>' || c == '&')
      out += fmt::format("\\u{:04x}", c);
    else
      out += c;
  return out;
}

} // namespace

std::string page(const Shown& shown, const std::string& file, const std::string& file_text) {
  const std::string script = all_scripts();
  const std::string_view style = page_file("show.css");
  const std::pair<std::string_view, std::string> parts[] = {
      {"{{policy}}", policy(style, script)},
      {"{{style}}", std::string(style)},
      {"{{data}}", inside_script(page_data(shown, file, file_text))},
      {"{{script}}", script}};
  std::string_view rest = page_file("show.html");
  std::string out;
  for (const auto& [mark, text] : parts) { // in the order in which they stand there
    const size_t at = rest.find(mark);
    TSC_CHECK(at != std::string_view::npos);
    out += rest.substr(0, at);
    out += text;
    rest.remove_prefix(at + mark.size());
  }
  return out.append(rest);
}

} // namespace tsc::cli
