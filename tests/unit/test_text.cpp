// ir/lexer, parse, print: the text format.
#include "ir/literal_text.h"
#include "ir/print.h"
#include "support/files.h"
#include "support/npy.h"
#include "tests/catch.h"
#include "tests/contains.h"
#include "tests/random_graph.h"
#include "tests/small_stack.h"

#include <cmath>
#include <ctime>
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

using namespace tsc;

namespace {

Graph graph_of(const std::string& body) { return parse("tsc 1\n" + body, "t.tsc").graph; }

std::string canonical(const std::string& body) { return print(graph_of(body)); }

// The type of `expression` over a few inputs.
std::string type_of(const std::string& expression) {
  const Graph g = graph_of("input x: f32[n, 4]\ninput h: f16[4]\ninput i: i32[n, 4]\n"
                           "input b: bool[n, 4]\ninput s: i8\noutput y = " +
                           expression + "\n");
  return text(g.type(g.outputs[0].node));
}

std::string message_of(const std::string& body) {
  try {
    graph_of(body);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

const char* const sample = R"(tsc 1
# A small classifier.
input x: f32[n, 64]
input y "the labels": i64[n]
state w: f32[64, 10] = 0.5
state v: f32[2] = [1e-3, -0]
state steps: i64
const c: f32[3] = [1, nan, -inf]   # not used
const z: c64[2] = [(1, -2), 3]
require n <= 1000, "batch"
h = matmul(x, w) * 2 + 0x1.8p1
p: f32[n, 10] = softmax(h, axes=[1])
first = p[0, 1:3]
m = (first > 0.5) & ~(first == 1) | false
update steps = steps + 1
update w = w - 0.5 * w ** 2
output p, first
output "an output" = where(m, f32(nan(0x7fc00001)), -first)
)";

} // namespace

TEST_CASE("a sample parses to what it says") {
  const GraphFile file = parse(sample, "sample.tsc");
  const Graph& g = file.graph;
  CHECK(g.inputs().size() == 2);
  CHECK(g[g.inputs()[1]].attrs.name(Key::name) == "the labels");
  CHECK(g.states().size() == 3);
  REQUIRE(file.states.size() == 3);
  CHECK(file.states[0].value == Literal::number(DType::F32, 0.5));
  CHECK(std::signbit(file.states[1].value.as_f64(1)));
  CHECK(file.states[2].value == Literal::integer(DType::I64, 0));
  CHECK(g.outputs.size() == 3);
  CHECK(g.outputs[2].name == "an output");
  CHECK(g.updates.size() == 2);
  CHECK(text(g.type(g.outputs[1].node)) == "f32[2]");
  CHECK(unused_inputs(g) == std::vector<NodeId>{g.inputs()[1]});
  CHECK(g.first_location(g[g.outputs[0].node].locs).text() == "sample.tsc:12:17");
}

TEST_CASE("print and parse are inverse") {
  const GraphFile file = parse(sample, "sample.tsc");
  const std::string text = print(file);
  const GraphFile again = parse(text, "again.tsc");
  INFO(text);
  CHECK(same_graph(file.graph, again.graph));
  CHECK(print(again) == text);
  for (size_t i = 0; i < file.states.size(); ++i)
    CHECK(file.states[i].value == again.states[i].value);
}

TEST_CASE("print and parse are inverse on random graphs") {
  for (uint32_t seed = 0; seed < 1500; ++seed) {
    const Graph g = random_graph(seed);
    const std::string text = print(g, {.types = seed % 3 == 0});
    INFO("seed " << seed << "\n" << text);
    const Graph again = parse(text, "again.tsc").graph;
    REQUIRE(same_graph(g, again));
    REQUIRE(print(again, {.types = seed % 3 == 0}) == text);
    REQUIRE(same_graph(again, without_dead_nodes(again)) ==
            same_graph(again, parse(print(without_dead_nodes(again)), "dead.tsc").graph));
  }
}

TEST_CASE("canonical text is one exact call a node") {
  CHECK(canonical("input x: f32[n, 4]\ninput s: f32[1, 4]\ny = x * s + 2\noutput y\n") ==
        "tsc 1\n"
        "input x: f32[n, 4]\n"
        "input s: f32[1, 4]\n"
        "v2 = broadcast(s, shape=[n, 4], axes=[0, 1])\n"
        "v3 = mul(x, v2)\n"
        "const v4: f32 = 2\n"
        "v5 = broadcast(v4, shape=[n, 4], axes=[])\n"
        "y = add(v3, v5)\n"
        "output y\n");
}

TEST_CASE("a node that arithmetic would broadcast says so") {
  Graph g;
  const NodeId a = g.input("a", {DType::F32, {1}}),
               b = g.input("b", {DType::F32, {Dim::symbol("n")}});
  g.outputs.push_back({"y", g.add(Op::add, {a, b})});
  const std::string text = print(g);
  CHECK(contains(text, "add(a, b, broadcast=false)"));
  CHECK(same_graph(g, parse(text, "t.tsc").graph));
}

TEST_CASE("operators bind as in Python") {
  const auto same = [](const char* a, const char* b) {
    const std::string head = "input x: i64[3]\ninput y: i64[3]\ninput z: i64[3]\noutput r = ";
    INFO(a << " / " << b);
    CHECK(canonical(head + a + "\n") == canonical(head + b + "\n"));
  };
  same("x + y * z", "x + (y * z)");
  same("x - y - z", "(x - y) - z");
  same("-x ** y", "-(x ** y)");
  same("x ** y ** z", "x ** (y ** z)");
  same("x ** -y", "x ** (-y)");
  same("x & y == z", "(x & (y)) == z");
  same("x | y ^ z & x << y + z * x", "x | (y ^ (z & (x << (y + (z * x)))))");
  same("~x + y", "(~x) + y");
  same("x // y % z * x", "((x // y) % z) * x");
  same("x * 2 * 3", "(x * 2) * 3");
  same("x + 7 // 2 + 2 ** 10", "x + 3 + 1024");
  same("x + -7 % 4", "x + 1");
  CHECK(contains(message_of("input x: f32\noutput y = x < x < x\n"), "cannot be chained"));
}

TEST_CASE("numbers take the dtype of what they meet") {
  CHECK(type_of("0.5 * x") == "f32[n, 4]");
  CHECK(type_of("0.5 * h") == "f16[4]");
  CHECK(type_of("2 * i") == "i32[n, 4]");
  CHECK(type_of("0.5 * i") == "f64[n, 4]");
  CHECK(type_of("0.5 * s") == "f32");
  CHECK(type_of("i / 2") == "f64[n, 4]");
  CHECK(type_of("b + 1") == "i64[n, 4]");
  CHECK(type_of("2 * 3 * h") == "f16[4]");
  CHECK(type_of("1 / 2") == "f32");
  CHECK(type_of("7") == "i64");
  CHECK(type_of("f64(0.1)") == "f64");
  CHECK(type_of("bf16(x)") == "bf16[n, 4]");
  CHECK(type_of("select(b, 1, x)") == "f32[n, 4]");
  CHECK(type_of("b & true") == "bool[n, 4]");
  CHECK(type_of("x[0]") == "f32[4]");
  CHECK(type_of("x[:, -1]") == "f32[n]");
  CHECK(type_of("x[1:n-1, ::-2]") == "f32[n-2, 2]");
  CHECK(type_of("softmax(i, axes=[-1])") == "f64[n, 4]");
  CHECK(type_of("size(2*n+1)") == "i64");
  CHECK(type_of("iota([n, 3], i32, 1)") == "i32[n, 3]");
  CHECK(type_of("concat([x, x, i])") == "f32[3*n, 4]");
  CHECK(type_of("concat(x, x, axis=0)") == "f32[2*n, 4]");
  CHECK(type_of("pad(x, low=[0, 1], high=[n, 0], value=7)") == "f32[2*n, 5]");
  CHECK(contains(message_of("input i: i8\noutput y = i + 300\n"), "number-range"));
}

TEST_CASE("constants keep every bit") {
  const auto kept = [](DType dtype, std::string bytes) {
    const int64_t items = static_cast<int64_t>(bytes.size() / size_of(dtype));
    const Literal value = Literal::dense(dtype, {items}, std::move(bytes));
    Graph g;
    g.outputs.push_back({"c", g.constant(value, {items})});
    const std::string text = print(g);
    const Graph again = parse(text, "t.tsc").graph;
    INFO(text.substr(0, 500));
    REQUIRE(again[again.outputs[0].node].attrs.value(Key::value) == value);
  };
  for (DType dtype : {DType::F16, DType::BF16}) {
    std::string all;
    for (uint32_t bits = 0; bits < 0x10000; ++bits)
      all.append(reinterpret_cast<const char*>(&bits), 2);
    kept(dtype, all);
  }
  std::mt19937_64 random(7);
  for (const DTypeRow& row : all_dtypes()) {
    std::string bytes;
    for (int i = 0; i < 512; ++i) {
      const uint64_t word = random();
      bytes.append(reinterpret_cast<const char*>(&word), 8);
    }
    if (row.dtype == DType::Bool)
      for (char& c : bytes)
        c &= 1;
    kept(row.dtype, bytes);
  }
}

TEST_CASE("floats print shortest and special values by name") {
  const auto shown = [](DType dtype, uint64_t bits) {
    return item_text(
        Literal::splat(dtype, std::string(reinterpret_cast<const char*>(&bits), size_of(dtype))));
  };
  CHECK(shown(DType::F32, 0x3DCCCCCD) == "0.1");
  CHECK(shown(DType::F32, 0x80000000) == "-0");
  CHECK(shown(DType::F32, 0x00000001) == "1e-45");
  CHECK(shown(DType::F32, 0x7FC00000) == "nan");
  CHECK(shown(DType::F32, 0xFFC00000) == "nan(0xffc00000)");
  CHECK(shown(DType::F32, 0x7FC00001) == "nan(0x7fc00001)");
  CHECK(shown(DType::F64, 0xFFF0000000000000) == "-inf");
  CHECK(shown(DType::F16, 0x2E66) == "0.1");
  CHECK(shown(DType::U64, UINT64_MAX) == "18446744073709551615");
  CHECK(shown(DType::I64, uint64_t{1} << 63) == "-9223372036854775808");
}

TEST_CASE("numbers in files are read exactly") {
  const auto f32 = [](const char* text) {
    float value;
    std::memcpy(&value, number_bytes(DType::F32, {text, false}).data(), 4);
    return value;
  };
  CHECK(f32("0x1.8p-3") == 0x1.8p-3f);
  CHECK(f32("1e-400") == 0);
  CHECK(f32(("0." + std::string(400, '0') + "1").c_str()) == 0);
  CHECK_THROWS_AS(f32((std::string(400, '9') + "e-5").c_str()), Error);
  CHECK_THROWS_AS(f32("1e39"), Error);
  // Halfway between two floats but for the last digit: by way of f64 this would be rounded down.
  CHECK(f32("1.00000005960464477540") == 0x1.000002p0f);
  CHECK(f64_to_f16(0x1.002p0) == 0x3C00);
  CHECK(f64_to_f16(0x1.00200001p0) == 0x3C01); // by way of f32 a tie, to even: 0x3C00
  CHECK_THROWS_AS(number_bytes(DType::I8, {"128", false}), Error);
  CHECK_NOTHROW(number_bytes(DType::I8, {"128", true}));
  CHECK_THROWS_AS(number_bytes(DType::I32, {"1.5", false}), Error);
  CHECK_THROWS_AS(number_bytes(DType::U64, {"18446744073709551616", false}), Error);
}

TEST_CASE("sizes read back as they print") {
  std::mt19937 random(3);
  const auto pick = [&](uint32_t n) { return random() % n; };
  for (int round = 0; round < 3000; ++round) {
    std::vector<Dim> pool = {Dim::symbol("n"), Dim::symbol("m"), Dim::symbol("a.b"),
                             Dim(static_cast<int64_t>(pick(9)) - 4)};
    for (int i = 0; i < 6; ++i) {
      const Dim a = pool[pick(static_cast<uint32_t>(pool.size()))];
      const Dim b = pool[pick(static_cast<uint32_t>(pool.size()))];
      const uint32_t what = pick(4);
      if (what == 3 && b == Dim(0)) continue;
      pool.push_back(what == 0 ? a + b : what == 1 ? a - b : what == 2 ? a * b : floordiv(a, b));
    }
    Graph g;
    g.outputs.push_back({"y", g.add(Op::size, {}, {{Key::size, pool.back()}})});
    INFO(print(g));
    REQUIRE(same_graph(g, parse(print(g), "t.tsc").graph));
  }
}

TEST_CASE("lists of data have the declared shape") {
  const auto result = [](const std::string& type, const std::string& data) {
    try {
      const GraphFile file =
          parse("tsc 1\nstate s: " + type + " = " + data + "\noutput s\n", "t.tsc");
      const Literal& value = file.states[0].value;
      return fmt::format("[{}] {}", fmt::join(value.shape(), ", "), data_text(value));
    } catch (const Error& e) {
      return std::string(row(e.diag()).slug);
    }
  };
  CHECK(result("i8[2, 2]", "[[1, 2], [3, 4,],]") == "[2, 2] [[1, 2], [3, 4]]");
  CHECK(result("i8[n, 2]", "[[1, 2]]") == "[1, 2] [[1, 2]]");
  CHECK(result("i8[n, m]", "[\n  [1, 2, 3], # rows\n  [4, 5, 6]\n]") ==
        "[2, 3] [[1, 2, 3], [4, 5, 6]]");
  CHECK(result("i8[2, 0]", "[[], []]") == "[2, 0] []");
  CHECK(result("i8[2, 0]", "[]") == "[2, 0] []");
  CHECK(result("i8[0, 3]", "[]") == "[0, 3] []");
  CHECK(result("i8[n, 3]", "[]") == "[0, 3] []");
  CHECK(result("c64[2]", "[1, (2, -0)]") == "[2] [(1, 0), (2, -0)]");
  CHECK(result("bool[2]", "[true, 0]") == "[2] [true, false]");
  CHECK(result("f32[n, 2]", "7") == "[] 7");
  for (const char* bad : {"[]", "[[1, 2]]", "[[1, 2], [3]]", "[[1, 2], [3, 4], [5, 6]]",
                          "[[1, 2], 3]", "[1, 2]", "[[[1, 2], [3, 4]]]", "[[], []]"})
    CHECK(result("i8[2, 2]", bad) == "data-mismatch");
  for (const char* bad :
       {"[,]", "[[1 2], [3, 4]]", "[[1,, 2], [3, 4]]", "[[1, x], [3, 4]]", "[[1, 2]; 3]"})
    CHECK(result("i8[2, 2]", bad) == "bad-syntax");
  CHECK(result("i8[2]", "[1, 2") == "bad-syntax"); // the next statement stands in the list
}

TEST_CASE("data files lie beside the graph") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / fmt::format("tsc-text-{}", ::getpid());
  fs::create_directories(folder);
  const std::vector<float> items(30000, 0.1f);
  const std::string bytes(reinterpret_cast<const char*>(items.data()), items.size() * 4);
  const std::vector<int64_t> shape = {300, 100};
  write_npy(folder / "w.npy", {DType::F32, shape, bytes});
  write_file(folder / "g.tsc", "tsc 1\nstate w: f32[n, 100] = @w.npy\noutput w\n");
  const GraphFile file = load_graph(folder / "g.tsc");
  CHECK(file.states[0].value == Literal::dense(DType::F32, shape, bytes));
  CHECK(file.states[0].file == "w.npy");

  save_graph(file, folder / "copy.tsc");
  const std::string text = read_file(folder / "copy.tsc");
  INFO(text);
  CHECK(contains(text, "= @data-"));
  CHECK(load_graph(folder / "copy.tsc").states[0].value == file.states[0].value);

  const auto code = [&](const std::string& name, const char* type = "f32[300, 100]") {
    try {
      parse(fmt::format("tsc 1\nconst c: {} = @{}\noutput c\n", type, name), "t.tsc",
            {.directory = folder});
    } catch (const Error& e) {
      return std::string(row(e.diag()).slug);
    }
    return std::string("fine");
  };
  CHECK(code("w.npy") == "fine");
  CHECK(code("w.npy", "f64[300, 100]") == "data-mismatch");
  CHECK(code("w.npy", "f32[100, 300]") == "data-mismatch");
  CHECK(code("nothing.npy") == "cannot-read");
  for (const char* name :
       {"../w.npy", "/etc/passwd", "a/../w.npy", ".", "..", "C:\\w.npy", "file://w"})
    CHECK(code(name) == "bad-path");
  fs::create_symlink("w.npy", folder / "link.npy");
  CHECK(code("link.npy") == "bad-path");
  fs::create_directory(folder / "folder");
  CHECK(code("folder") == "bad-path");
  fs::create_hard_link(folder / "g.tsc", folder / "hard.npy");
  CHECK(code("hard.npy") == "bad-path");
  write_file(folder / "broken.npy", "\x93NUMPY");
  CHECK(code("broken.npy") == "bad-npy");
  fs::remove_all(folder);
}

TEST_CASE("every truncation of a file is read or refused") {
  const std::string_view text = sample;
  size_t read = 0;
  for (size_t n = 0; n <= text.size(); ++n) {
    try {
      parse(text.substr(0, n), "cut.tsc");
      ++read;
    } catch (const Error&) {
    }
  }
  CHECK(read > 0);
}

TEST_CASE("random changes of a file never break the parser") {
  const std::string original = sample;
  std::mt19937 random(11);
  const auto pick = [&](size_t n) { return random() % n; };
  const std::string_view interesting =
      "()[]{},.:;=+-*/%<>&|^~@#\"\\!\n \t0123456789eExXpPnNaA_\0\xff\xc3";
  for (int round = 0; round < 20000; ++round) {
    std::string text = original;
    for (size_t change = 1 + pick(4); change > 0; --change) {
      const size_t at = pick(text.size());
      const size_t length = std::min(pick(8), text.size() - at);
      switch (pick(4)) {
      case 0:
        text[at] = interesting[pick(interesting.size())];
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(pick(text.size()), length));
        break;
      default:
        text.insert(at, 1, static_cast<char>(random()));
      }
      if (text.empty()) text = "t";
    }
    try {
      const GraphFile file = parse(text, "changed.tsc");
      REQUIRE(same_graph(file.graph, parse(print(file), "again.tsc").graph));
    } catch (const Error&) {
    }
  }
}

TEST_CASE("long and deep texts need little stack and time") {
  test::with_small_stack([] {
    std::string chain = "tsc 1\ninput x: f32[n]\nv0 = x + 1\n";
    for (int i = 1; i < 100000; ++i)
      chain += fmt::format("v{} = sin(v{})\n", i, i - 1);
    chain += "output v99999\n";
    const std::clock_t start = std::clock();
    const GraphFile file = parse(chain, "chain.tsc");
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    WARN("100,000 lines in " << seconds << " s");
    CHECK(seconds < 5); // about 0.3; a quadratic parser would need minutes
    CHECK(file.graph.size() > 100000);

    const auto code = [](const std::string& body) {
      try {
        graph_of(body);
      } catch (const Error& e) {
        return std::string(row(e.diag()).slug);
      }
      return std::string("fine");
    };
    const std::string head = "input x: i64\noutput y = ";
    const auto times = [](const char* text, int n) {
      std::string out;
      for (int i = 0; i < n; ++i)
        out += text;
      return out;
    };
    CHECK(code(head + times("(", 199) + "x" + times(")", 199) + "\n") == "fine");
    CHECK(code(head + times("x|x^x&x<<x+x*-(", 20) + "x" + times(")", 20) + "\n") == "fine");
    for (const char* open :
         {"(", "[", "f(", "x[", "-", "~", "2**", "x + (", "x|x^x&x<<x+x*-(", "sum(x, axes=["})
      CHECK(code(head + times(open, 100000) + "\n") == "nesting-limit");
    CHECK(code(head + "x" + times(" + x", 100000) + "\n") == "fine");
    CHECK(code(head + "1" + times(" + 1", 100000) + "\n") == "fine");
    CHECK(code("input x: f32[n" + times("+1", 100000) + "]\noutput x\n") == "fine");
    CHECK(code("input x: f32[n" + times("*n", 100000) + "]\noutput x\n") == "size-overflow");
    std::string factors;
    for (int i = 0; i < 60; ++i)
      factors += fmt::format("*(n{}+m{})", i, i);
    CHECK(code("input x: f32[1" + factors + "]\noutput x\n") == "size-overflow");
    CHECK(code("const c: f32[1] = " + times("[", 100000) + "\noutput c\n") == "data-mismatch");
    CHECK(code("input " + std::string(10 << 20, 'a') + ": f32\n") == "name-limit");
    CHECK(code("output y = " + std::string(10 << 20, '1') + "\n") == "name-limit");
    std::string circle;
    for (int i = 0; i < 100000; ++i)
      circle += fmt::format("a{} = a{} + 1\n", i, (i + 1) % 100000);
    CHECK(code(circle + "output a0\n") == "cyclic-definition");
  });
}

TEST_CASE("hostile bytes are shown escaped") {
  const std::string e = message_of(std::string("input x: f32\noutput y = x \x1b[31m\n"));
  CHECK(!contains(e, "\x1b"));
  CHECK(contains(e, "\\x1b"));
  CHECK(contains(message_of(std::string("# a\0b\n", 6)), "bad-character"));
  CHECK(contains(message_of("# \xe2\x80\xae override\n"), "bad-character"));
  CHECK(contains(message_of("# \xc0\xaf\n"), "bad-character"));
}

TEST_CASE("names that are no identifiers survive in quotes") {
  Graph g;
  const NodeId x = g.input("\"); system(\"id\"); //", {DType::F32, {}});
  const NodeId y = g.input("int \\ \xc3\xa9", {DType::F32, {}});
  const NodeId s = g.add(Op::add, {x, y});
  g.set_name(s, "output");
  g.outputs.push_back({"*/ #include", s});
  g.outputs.push_back({"nan", s});
  const std::string text = print(g);
  INFO(text);
  const Graph again = parse(text, "t.tsc").graph;
  CHECK(same_graph(g, again));
  CHECK(print(again) == text);
}

TEST_CASE("the examples of docs/format.md are graphs") {
  const std::string page = read_file(std::filesystem::path(TSC_SOURCE_DIR) / "docs/format.md");
  std::vector<std::string> examples;
  const std::string fence = "```\n";
  for (size_t at = page.find(fence + "tsc 1"); at != std::string::npos;
       at = page.find(fence + "tsc 1", at + 1)) {
    const size_t begin = at + fence.size();
    examples.push_back(page.substr(begin, page.find(fence, begin) - begin));
  }
  REQUIRE(examples.size() == 2);
  for (const std::string& example : examples)
    CHECK_NOTHROW(parse(example, "format.md"));
  CHECK(print(parse(examples[1], "format.md")) == examples[1]); // that of exact calls
}

TEST_CASE("an error shows its line") {
  CHECK(message_of("input x: f32[n, 4]\nh = exp(x) + hiden\noutput h\n") ==
        "error[E0107] unknown-name: 'hiden' is not defined\n"
        "  --> t.tsc:3:14\n"
        "  3 | h = exp(x) + hiden\n"
        "    |              ^~~~~");
}
