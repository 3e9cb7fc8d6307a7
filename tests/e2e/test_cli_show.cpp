// tsc show --html and --dot: what the page holds, and what it does in a browser where one is there.
#include "support/hash.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

using namespace tsc;
using namespace tsc::test;

namespace {

using Json = nlohmann::json;

const std::string layer = "input x: f32[n, 64]\n"
                          "state w: f32[64, 10]\n"
                          "state b: f32[10]\n"
                          "h = matmul(x, w) + b\n"
                          "p = softmax(h, axes=[1])\n"
                          "loss = mean(log(1 + exp(h)))\n"
                          "output p\noutput loss\nupdate b = b * 0.5\n";

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++found;
  return found;
}

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const size_t start = from + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

Json data_of(const std::string& page) {
  return Json::parse(between(page, "<script id=\"data\" type=\"application/json\">", "</script>"));
}

std::string program(std::initializer_list<const char*> names) {
  const char* path = std::getenv("PATH");
  std::string folders = path ? path : "";
  for (const char* name : names)
    for (size_t at = 0; at <= folders.size();) {
      const size_t end = std::min(folders.find(':', at), folders.size());
      const fs::path file = fs::path(folders.substr(at, end - at)) / name;
      if (::access(file.c_str(), X_OK) == 0) return file.string();
      at = end + 1;
    }
  return "";
}

// The document as the browser has it once the page has drawn `address` ("#stage=fuse").
std::string dom(Place& place, const std::string& browser, const std::string& file,
                const std::string& address) {
  const std::string url = "file://" + (place.path / file).string() + address;
  const Output output =
      place.run({"timeout", "60", browser, "--headless", "--no-sandbox", "--disable-gpu",
                 "--window-size=1200,800", "--user-data-dir=" + (place.path / "profile").string(),
                 "--virtual-time-budget=5000", "--dump-dom", url});
  REQUIRE(output.status == 0);
  return output.out;
}

const char* const browsers_missing = "skipped: no chromium or google-chrome is installed";

std::string browser() { return program({"chromium", "chromium-browser", "google-chrome"}); }

} // namespace

TEST_CASE("tsc show --html writes one page with every stage, the same each time") {
  Place place;
  place.graph("g.tsc", layer);
  const Output made = place.tsc({"show", "g.tsc", "--html"});
  REQUIRE(made.status == 0);
  CHECK(made.err.empty());
  CHECK(place.tsc({"show", "g.tsc", "--html", "-o", "g.html"}) == Output{0, "", ""});
  CHECK(place.read("g.html") == made.out);

  const Json data = data_of(made.out);
  CHECK(data["file"] == "g.tsc");
  CHECK(data["text"] == "tsc 1\n" + layer);
  CHECK(data["stages"][0]["name"] == "read");
  CHECK(data["stages"][1]["name"] == "stabilise");
  CHECK(data["stages"].back()["name"] == "fuse");
  CHECK(data["ops"].contains("softplus"));
  CHECK_FALSE(data.contains("problem"));
  // Each step's source is a part of the whole, and each node of the last stage at most in one
  // group.
  size_t grouped = 0;
  for (const Json& step : data["steps"])
    if (step.contains("cpp")) {
      const std::string program = data["program"], cpp = step["cpp"];
      CHECK(contains(program, cpp));
      CHECK(contains(cpp, "static void " + std::string(step["name"]) + "("));
    }
  for (const Json& group : data["groups"]) {
    grouped += group["nodes"].size();
    CHECK_FALSE(group["steps"].empty());
  }
  CHECK(grouped <= data["stages"].back()["nodes"].size());
  for (const Json& buffer : data["buffers"])
    CHECK((buffer["home"] != "slot" || buffer["index"] < data["slots"].size()));
}

TEST_CASE("the page may run its own script and style, and use no network") {
  Place place;
  place.graph("g.tsc", layer);
  const std::string page = place.tsc({"show", "g.tsc", "--html"}).out;
  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  CHECK(contains(policy, "default-src 'none'; style-src 'sha256-"));
  CHECK(contains(policy, "script-src 'sha256-"));
  CHECK_FALSE(contains(policy, "unsafe"));
  for (const char* from_elsewhere : {"src=", "href=", "@import", "url("})
    CHECK_FALSE(contains(page, from_elsewhere));
}

TEST_CASE("what the user wrote is data in the page, never markup") {
  Place place;
  const std::string attack = "</script><script>document.body.setAttribute('data-hacked','')"
                             "</script><img onerror=alert(1)>&\\u2028";
  place.file("g<b>.tsc", "tsc 1\n# " + attack + "\ninput x \"" + "</script><!--" +
                             "\": f32[n]\ny = exp(x)\noutput \"<b>&amp;\" = y\n");
  const Output made = place.tsc({"show", "g<b>.tsc", "--html"});
  INFO(made.err);
  REQUIRE(made.status == 0);
  CHECK(count(made.out, "</script>") == 2);
  CHECK(count(made.out, "<script") == 2);
  CHECK_FALSE(contains(made.out, "<!--"));
  CHECK_FALSE(contains(made.out, "<img"));
  const Json data = data_of(made.out);
  CHECK(data["file"] == "g<b>.tsc");
  CHECK(contains(data["text"].get<std::string>(), attack));
  CHECK(data["nodes"][0]["name"] == "</script><!--");

  if (browser().empty()) {
    WARN(browsers_missing);
    return;
  }
  place.file("page.html", made.out);
  const std::string document = dom(place, browser(), "page.html", "#stage=file");
  CHECK(contains(document, "data-ready"));
  CHECK_FALSE(contains(document, "data-hacked=\"\""));
  CHECK(contains(document, "&lt;/script&gt;&lt;script&gt;document.body"));
}

TEST_CASE("a graph that cannot become a program is shown as far as it gets") {
  Place place;
  place.graph("g.tsc", "input x: f32[n*m]\noutput y = x + 1\n");
  const Output made = place.tsc({"show", "g.tsc", "--html"});
  REQUIRE(made.status == 0);
  const Json data = data_of(made.out);
  CHECK(contains(data["problem"].get<std::string>(), "error[E"));
  CHECK(data["stages"].size() >= 1);
  CHECK_FALSE(data.contains("steps"));
  if (browser().empty()) {
    WARN(browsers_missing);
    return;
  }
  place.file("page.html", made.out);
  const std::string document = dom(place, browser(), "page.html", "");
  CHECK(contains(document, "id=\"problem\""));
  CHECK(contains(document, "data-ready"));
}

TEST_CASE("the page draws every node, finds by name and follows its address") {
  if (browser().empty()) {
    WARN(browsers_missing);
    return;
  }
  Place place;
  place.graph("g.tsc", layer);
  REQUIRE(place.tsc({"show", "g.tsc", "--html", "-o", "g.html"}).status == 0);
  const Json data = data_of(place.read("g.html"));

  const std::string first = dom(place, browser(), "g.html", "#find=w");
  CHECK(contains(first, "data-ready"));
  CHECK(count(first, "data-node=") == data["stages"][0]["nodes"].size());
  // Behind the stages: the file, kernels, memory and source.
  CHECK(count(between(first, "<nav", "</nav>"), "<button") == data["stages"].size() + 4);
  CHECK(contains(first, "data-chosen=\"1\"")); // state w, the second node
  CHECK(contains(between(first, "<aside", "</aside>"), "<h2>w</h2>"));

  const std::string fuse = dom(place, browser(), "g.html", "#stage=fuse");
  CHECK(count(fuse, "data-node=") == data["stages"].back()["nodes"].size());
  CHECK(count(fuse, "data-group=") == data["groups"].size());
  const std::string kernels = dom(place, browser(), "g.html", "#stage=kernels&kernel=1");
  CHECK(count(kernels, "data-step=") == data["steps"].size());
  CHECK(contains(kernels, "static void"));
  const std::string memory = dom(place, browser(), "g.html", "#stage=memory&find=loss");
  CHECK(contains(memory, "class=\"bar output chosen\""));
}

// A script of the test's own, which the page's policy would refuse, plays the user.
TEST_CASE("the page follows mouse and keys") {
  if (browser().empty()) {
    WARN(browsers_missing);
    return;
  }
  Place place;
  place.graph("g.tsc", layer);
  std::string page = place.tsc({"show", "g.tsc", "--html"}).out;
  const size_t policy = page.find("<meta http-equiv");
  page.erase(policy, page.find('\n', policy) - policy);
  page.insert(page.rfind("</body>"),
              "<script>" + read_file(fs::path(TSC_SOURCE_DIR) / "tests/e2e/page_user.js") +
                  "</script>");
  place.file("page.html", page);
  const std::string document = dom(place, browser(), "page.html", "");
  CHECK(between(document, "data-played=\"", "\"") == "ok");
}

// The parts of the page that need no document, on their own: any engine that has console.log.
TEST_CASE("the page's layout keeps ranks and distances") {
  const std::string engine = program({"node", "nodejs", "qjs"});
  if (engine.empty()) {
    WARN("skipped: no node or qjs is installed");
    return;
  }
  Place place;
  const fs::path root = TSC_SOURCE_DIR;
  place.file("layout.js", read_file(root / "tools/tsc/page/model.js") +
                              read_file(root / "tools/tsc/page/layout.js") +
                              read_file(root / "tests/e2e/page_layout.js"));
  CHECK(place.run({"timeout", "120", engine, "layout.js"}) == Output{0, "ok\n", ""});
}

TEST_CASE("tsc show --dot writes Graphviz text, clusters being what is fused") {
  Place place;
  place.graph("g.tsc", layer + "output \"a\\\"b\\\\N\" = h\n");
  const Output plain = place.tsc({"show", "g.tsc", "--dot"});
  REQUIRE(plain.status == 0);
  CHECK(plain.out.starts_with("digraph graph_of_tsc {\n"));
  CHECK(contains(plain.out, "n0 [label=\"input  x\\nf32[n, 64]\\ng.tsc:2:7\""));
  CHECK_FALSE(contains(plain.out, "cluster"));
  CHECK(contains(place.tsc({"show", "g.tsc", "--dot", "--after=stabilise"}).out, "softplus"));
  const Output fused = place.tsc({"show", "g.tsc", "--dot", "--after=fuse", "-o", "g.dot"});
  REQUIRE(fused.status == 0);
  CHECK(contains(place.read("g.dot"), "subgraph cluster_0 {"));
  CHECK(contains(place.tsc({"show", "g.tsc", "--after=fuse"}).out, "supremum"));

  const std::string graphviz = program({"dot"});
  if (graphviz.empty()) {
    WARN("skipped: no dot of Graphviz is installed");
    return;
  }
  place.file("plain.dot", plain.out);
  for (const char* file : {"plain.dot", "g.dot"}) {
    const Output drawn = place.run({graphviz, "-Tsvg", file});
    CHECK(drawn.status == 0);
    CHECK(drawn.err.empty());
    CHECK(contains(drawn.out, "</svg>"));
  }
}

TEST_CASE("tsc show refuses options that do not go together") {
  Place place;
  place.graph("g.tsc", layer);
  const auto refused = [&](std::vector<std::string> options, const std::string& why) {
    options.insert(options.begin(), {"show", "g.tsc"});
    CHECK(place.tsc(options) == Output{2, "", "tsc show: " + why + "\nTry 'tsc show --help'.\n"});
  };
  refused({"--dot", "--html"}, "--dot and --html are two outputs: choose one");
  refused({"--html", "--after", "fold"},
          "--html shows the graph after every pass: it goes without --after");
  refused({"--dot", "--after", "all"}, "--dot shows one graph: name one pass after --after");
  refused({"--html", "--types"}, "--types is for text: pictures always show types");
  refused({"--strict", "--after", "cancel"}, "--strict leaves the pass 'cancel' out");
}
