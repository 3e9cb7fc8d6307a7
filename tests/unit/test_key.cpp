// ir/key: what does and what does not change the identity of a graph.
#include "ir/key.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "support/hash.h"
#include "tests/catch.h"
#include "tests/contains.h"
#include "tests/random_graph.h"

#include <set>

using namespace tsc;

namespace {

std::string key(const std::string& body) {
  return key_text(parse("tsc 1\n" + body, "t.tsc").graph);
}
std::string digest(const std::string& body) { return sha256(key(body)).hex(); }

const std::string base = "input x: f32[n, 4]\n"
                         "input y: f32[4, m]\n"
                         "state w: f32[4]\n"
                         "const c: f32[3] = [1, 2, 3]\n"
                         "a = matmul(x, y)\n"
                         "b = sum(a, axes=[1])\n"
                         "d = pad(c, low=[1], high=[0], value=f32(0))\n"
                         "update w = w * 0.5\n"
                         "output a, b, d\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("key text is readable and complete") {
  CHECK(key("input x: f32[n, 4]\ny = sum(exp(x), axes=[1])\noutput y\n") ==
        KeyText()
            .field("graph-key", int64_t{1})
            .field("inputs", int64_t{1})
            .field("node", "input")
            .field("shape", "s0,4,")
            .field("dtype", "f32")
            .field("states", int64_t{0})
            .field("node", "exp")
            .field("args", "0")
            .field("node", "sum")
            .field("args", "1")
            .field("axes", "1")
            .field("output", "2")
            .text());
}

// These digests name cache entries: when they change, the field graph-key must count up.
TEST_CASE("the digests of three graphs stay") {
  CHECK(digest("input x: f32[n, 4]\noutput y = x * 2 + 1\n") ==
        "abcc647e61f3526c3736ec6754beb2d1b158094cf1ce9b12d295cc14fc63875c");
  CHECK(digest("state w: f64[3]\nupdate w = w + 1\n") ==
        "f19115291159ff68d91acba1a16a86d3ea7b0900470670c9939f88e2581dadfb");
  CHECK(digest("input x: f32[n, k]\ninput w: f32[k, m]\nconst b: f32[2] = [1, nan]\n"
               "output h = softmax(matmul(x, w))\noutput b\n") ==
        "19b07b0d213d95f1c9788693a60e5f9b85fb9f1b2319598f60b01852d2ba08aa");
}

TEST_CASE("names, dead nodes, order of definitions and places do not matter") {
  const std::string expected = key(base);
  CHECK(key("# comment\n\n\n" + base) == expected);
  CHECK(key(replaced(base, "input x:", "input x \"another\":")) == expected);
  CHECK(key("input data: f32[rows, 4]\ninput y: f32[4, columns]\nstate w: f32[4]\n"
            "const c: f32[3] = [1, 2, 3]\ntmp = matmul(data, y)\nb = sum(tmp, axes=[1])\n"
            "d = pad(c, low=[1], high=[0], value=f32(0))\nupdate w = w * 0.5\n"
            "output a = tmp\noutput bb = b\noutput d\n") == expected);
  CHECK(key(replaced(base, "a = ", "dead = exp(x) + log(x)\na = ")) == expected);
  const std::string pad = "d = pad(c, low=[1], high=[0], value=f32(0))\n";
  CHECK(key(replaced(replaced(base, pad, ""), "a = ", pad + "a = ")) == expected);
  CHECK(key(replaced(base, "state w: f32[4]\n", "state w: f32[4] = 7\n")) == expected); // data
}

TEST_CASE("everything that changes the computation matters") {
  std::set<std::string> keys = {key(base)};
  const auto differs = [&](const std::string& from, const std::string& to) {
    INFO(from << " -> " << to);
    CHECK(keys.insert(key(replaced(base, from, to))).second);
  };
  differs("input x: f32", "input x: f64");
  differs("f32[n, 4]", "f32[m, 4]"); // one symbol, not two
  differs("f32[n, 4]", "f32[5, 4]");
  differs("f32[n, 4]", "f32[n+1, 4]");
  differs("state w: f32[4]", "state w: f32[5]");
  differs("state w: f32[4]", "input unused: f32\nstate w: f32[4]");
  differs("[1, 2, 3]", "[1, 2, 4]");
  differs("[1, 2, 3]", "[1, 2, -0]");
  differs("[1, 2, 3]", "1");
  differs("axes=[1]", "axes=[0]");
  differs("sum(a", "max(a");
  differs("low=[1], high=[0]", "low=[0], high=[1]");
  differs("value=f32(0)", "value=f32(-0)");
  differs("* 0.5", "* 0.25");
  differs("update w = w * 0.5\n", "");
  differs("output a, b, d", "output b, a, d");
  differs("output a, b, d", "output a, b");
  differs("output a, b, d", "output a, b, d, x");
  differs("update", "require n <= 9\nupdate");
  differs("matmul(x, y)", "matmul(x, y + y)");
  CHECK(key("input x: f32\ninput y: f32\noutput r = x - y\n") !=
        key("input x: f32\ninput y: f32\noutput r = y - x\n"));
  std::string large = "const c: i8[100] = [1";
  for (int i = 1; i < 100; ++i)
    large += ", 1";
  CHECK(key(large + "]\noutput c\n") != key(replaced(large, "[1,", "[2,") + "]\noutput c\n"));
}

TEST_CASE("graphs of one key are one graph in the key's order") {
  const std::string other =
      "input x: f32[n, 4]\ninput y: f32[4, m]\nstate w: f32[4]\n"
      "const c: f32[3] = [1, 2, 3]\nu = w * 0.5\n"
      "d = pad(c, low=[1], high=[0], value=f32(0))\ndead = exp(x)\n"
      "a = matmul(x, y)\nb = sum(a, axes=[1])\nupdate w = u\noutput a, b, d\n";
  const auto text = [](const std::string& body) {
    return print(canonical(parse("tsc 1\n" + body, "t.tsc").graph).graph);
  };
  CHECK(same_graph(parse(text(other), "o.tsc").graph, parse(text(base), "b.tsc").graph));
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const Canonical once = canonical(random_graph(seed));
    const Canonical twice = canonical(once.graph);
    CHECK(once.key == twice.key);
    CHECK(same_graph(once.graph, twice.graph));
  }
}

TEST_CASE("with the key's names of sizes, graphs of one key are the same to the letter") {
  const auto text = [](const std::string& a, const std::string& b, const std::string& c) {
    const std::string body = "input x: f32[" + a + ", " + b + ", " + c + "]\ninput y: f32[" + b +
                             "*" + a + "+" + c + "]\nz = reshape(x, [" + c + "*" + b + "*" + a +
                             "])\nrequire " + a + " + " + c + " <= " + b + "\noutput z, y\n";
    const Canonical asked = canonical(parse("tsc 1\n" + body, "t.tsc").graph);
    CHECK(key_text(with_key_sizes(asked)) == asked.key);
    return print(with_key_sizes(asked));
  };
  const std::string expected = text("a", "b", "c");
  CHECK(contains(expected, "s0*s1*s2"));
  CHECK(text("zz", "mm", "aa") == expected);
  CHECK(text("s2", "s0", "s1") == expected); // names of ours given by the user
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const Canonical asked = canonical(random_graph(seed));
    CHECK(key_text(with_key_sizes(asked)) == asked.key);
  }
}

TEST_CASE("the key survives printing, dead code and other names") {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    const Graph g = random_graph(seed);
    INFO("seed " << seed);
    const std::string expected = key_text(g);
    REQUIRE(key_text(parse(print(g), "t.tsc").graph) == expected);
    REQUIRE(key_text(without_dead_nodes(g)) == expected);
  }
}
