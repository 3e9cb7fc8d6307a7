// The verbs that neither run nor compile: check, show, grad, verify, lists and help.
#include "runtime/program_symbols.h"
#include "support/error.h"
#include "support/settings.h"
#include "tests/e2e/cli.h"
#include "tests/jit.h"

#include <sstream>

using namespace tsc;
using namespace tsc::test;

namespace {

const std::string model = "input x: f32[n, 2]\n"
                          "input y: f32[n]\n"
                          "state w: f32[2] = [0.5, -0.5]\n"
                          "e = matmul(x, w) - y\n"
                          "loss = mean(e * e)\n"
                          "output loss\n";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

} // namespace

TEST_CASE("tsc check prints signatures, warns, and goes on behind a wrong file") {
  Place place;
  place.graph("model.tsc", model);
  place.graph("odd.tsc", "input x: f32[n]\ninput z: f32\noutput y = x + 1\n");
  place.graph("wrong.tsc", "input x: f32[n]\noutput y = expp(x)\n");
  CHECK(place.tsc({"check", "model.tsc"}) == Output{0,
                                                    "model.tsc: ok\n"
                                                    "  input x: f32[n, 2]\n"
                                                    "  input y: f32[n]\n"
                                                    "  state w: f32[2]\n"
                                                    "  output loss: f32\n",
                                                    ""});
  CHECK(place.tsc({"check", "wrong.tsc", "missing.tsc", "odd.tsc"}) ==
        Output{1,
               "odd.tsc: ok\n"
               "  input x: f32[n]\n"
               "  input z: f32\n"
               "  output y: f32[n]\n",
               "error[E0109] unknown-op: no operation is named 'expp'; did you mean 'exp'?\n"
               "  --> wrong.tsc:3:12\n"
               "  3 | output y = expp(x)\n"
               "    |            ^~~~\n"
               "  hint: 'tsc ops' lists all\n"
               "error[E0703] cannot-read: cannot read 'missing.tsc': No such file or directory\n"
               "warning: odd.tsc:3:7: no output or update needs the input 'z'\n"});
}

TEST_CASE("tsc show prints graphs, before and after passes") {
  Place place;
  place.graph("g.tsc", "input x: f32[n]\nstate s: f32[2] = [1, 2]\ny = log(1 + exp(x))\noutput y\n"
                       "update s = s * 2\n");
  const Output plain = place.tsc({"show", "g.tsc"});
  CHECK(plain.status == 0);
  CHECK(contains(plain.out, "state s: f32[2] = [1, 2]\n"));
  place.file("again.tsc", plain.out);
  CHECK(place.tsc({"show", "again.tsc"}) == plain);
  CHECK(contains(place.tsc({"show", "g.tsc", "--types"}).out, "y: f32[n] = log(v"));
  CHECK(contains(place.tsc({"show", "g.tsc", "--after", "stabilise"}).out, "y = softplus(x)\n"));
  const Output all = place.tsc({"show", "g.tsc", "--after=all"});
  CHECK(all.status == 0);
  CHECK(contains(all.out,
                 "# after stabilise: unsafe forms become stable ops, before constants hide "
                 "them\ntsc 1\n"));
  CHECK(contains(all.out, "(unchanged)\n"));
  CHECK(place.tsc({"show", "g.tsc", "--after", "stabilize"}) ==
        Output{2, "",
               "tsc show: there is no pass 'stabilize'; did you mean 'stabilise'?\n"
               "Try 'tsc show --help'.\n"});
}

TEST_CASE("tsc grad adds derivatives that run") {
  Place place;
  place.graph("model.tsc", model);
  const Output text = place.tsc({"grad", "model.tsc", "--of", "loss", "--wrt", "w,y"});
  CHECK(text.status == 0);
  CHECK(text.err.empty());
  CHECK(contains(text.out, "\nstate w: f32[2] = [0.5, -0.5]\n"));
  place.file("out.tsc", "old");
  CHECK(place.tsc({"grad", "model.tsc", "--of", "loss", "--wrt", "w,y", "-o", "out.tsc"}) ==
        Output{0, "", ""});
  CHECK(place.read("out.tsc") == text.out);
  // e = 0.5 - 1 = -0.5, and 0.5*3 - 0.5*1 - 0 = 1
  CHECK(place.tsc({"run", "--interpret", "out.tsc", "x=[[1 0] [3 1]]", "y=[1 0]"}) ==
        Output{0, "loss = 0.625\nd_loss_d_w = [2.5 1.]\nd_loss_d_y = [0.5 -1.]\n", ""});
  CHECK(place.tsc({"grad", "model.tsc", "--of", "loss", "--wrt", "v"}) ==
        Output{1, "", "error[E0107] unknown-name: the graph has no value 'v'\n"});
  CHECK(place.tsc({"grad", "model.tsc", "--of", "los", "--wrt", "w"}) ==
        Output{1, "",
               "error[E0107] unknown-name: the graph has no value 'los'; did you mean 'loss'?\n"});
  CHECK(place.tsc({"grad", "model.tsc", "--of", "e", "--wrt", "w"}) ==
        Output{1, "",
               "error[E0208] not-differentiable: grad: the cost must be a floating scalar\n"
               "  value  f32[n]  'e'  model.tsc:5:18\n"});
}

TEST_CASE("tsc grad writes what is needed, once, and names it") {
  NEEDS_JIT();
  Place place;
  place.graph("model.tsc", "input x: f32[n]\nstate w: f32[n] = 1\ndead = exp(x)\n"
                           "loss = sum(log(1 + exp(x * w)))\noutput loss\nupdate w = w * 0.5\n");
  const Output text = place.tsc({"grad", "model.tsc", "--of", "loss", "--wrt", "w"});
  CHECK(text.out == "tsc 1\n"
                    "input x: f32[n]\n"
                    "state w: f32[n] = 1\n"
                    "v2 = mul(x, w)\n"
                    "v3 = softplus(v2)\n"
                    "loss = sum(v3, axes=[0])\n"
                    "const v5: f32[n] = 0.5\n"
                    "v6 = mul(w, v5)\n"
                    "v7 = sigmoid(v2)\n"
                    "d_loss_d_w = mul(v7, x)\n"
                    "update w = v6\n"
                    "output loss\n"
                    "output d_loss_d_w\n");
  // The text is a graph file that goes on.
  place.file("more.tsc", text.out + "output step = w - 0.1 * d_loss_d_w\n");
  CHECK(place.tsc({"run", "more.tsc", "x=[0 1000]"}).out ==
        "loss = 1000.6932\nd_loss_d_w = [0. 1000.]\nstep = [1. -99.]\n");
  place.file("twice.tsc", text.out);
  CHECK(place.tsc({"grad", "twice.tsc", "--of", "loss", "--wrt", "x"}).status == 0);
}

TEST_CASE("tsc grad --names-only defines derivatives for updates") {
  Place place;
  const auto grad = [&](const std::string& body) {
    place.graph("model.tsc", "input x: f32[2]\nstate w: f32[2] = 1\n" + body + "output loss\n");
    return place.tsc({"grad", "model.tsc", "--of", "loss", "--wrt", "w", "--names-only"});
  };
  CHECK(grad("loss = sum(w * x)\n").out == "tsc 1\n"
                                           "input x: f32[2]\n"
                                           "state w: f32[2] = 1\n"
                                           "v2 = mul(w, x)\n"
                                           "loss = sum(v2, axes=[0])\n"
                                           "output loss\n"
                                           "d_loss_d_w = x\n"); // which had a name
  const Output text = grad("loss = sum(w * w * x)\n");
  CHECK(contains(text.out, "\nd_loss_d_w = "));
  CHECK(text.out.ends_with("\noutput loss\n"));
  place.file("train.tsc", text.out + "update w = w - 0.5 * d_loss_d_w\n");
  CHECK(place.tsc({"run", "--interpret", "train.tsc", "x=[2 4]", "--save-state", "next"}) ==
        Output{0, "loss = 6.0\n", ""});
  CHECK(place.tsc({"run", "--interpret", "train.tsc", "x=[1 1]", "--load-state", "next"}) ==
        Output{0, "loss = 10.0\n", ""}); // of w = [-1 -3]
}

TEST_CASE("tsc grad takes no name that is taken") {
  Place place;
  const auto grad = [&](const std::string& body) {
    place.graph("model.tsc", "input x: f32[2]\nstate w: f32[2] = 1\n" + body);
    return place.tsc({"grad", "model.tsc", "--of", "loss", "--wrt", "w"});
  };
  CHECK(grad("d_loss_d_w = x * 3\nloss = sum(w * w * d_loss_d_w)\noutput loss\n") ==
        Output{1, "", "error[E0106] duplicate-name: the graph has a value 'd_loss_d_w' already\n"});
  CHECK(
      grad("loss = sum(w * x)\noutput loss\noutput d_loss_d_w = x\n") ==
      Output{1, "", "error[E0106] duplicate-name: the graph has an output 'd_loss_d_w' already\n"});
}

TEST_CASE("tsc verify compares compiled programs with the interpreter") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc", "input x: f32[n]\ninput i: i64[k]\nstate s: f64 = 1\n"
                       "y = log(1 + exp(x))\noutput y\noutput z = take(x, i) - x[0]\n"
                       "update s = s + f64(sum(x))\n");
  const Output good = place.tsc({"verify", "g.tsc"});
  CHECK(good.status == 0);
  CHECK(good.err.empty());
  CHECK(contains(good.out, "y: f32[n]  as written 0 ulp, optimised 0 ulp\n"));
  CHECK(contains(good.out, "\nnext s: f64  as written "));
  CHECK(contains(good.out, " calls compared, "));
  const Output bad = place.tsc({"verify", "g.tsc", "--tolerance=-1", "--seeds", "1"});
  CHECK(bad.status == 5);
  CHECK(bad.err ==
        "error[E0706] verify-failed: 'next s' differs from the interpreter by more than -1 "
        "ulp\n");
  CHECK(place.tsc({"verify", "g.tsc", "--sizes", "n=7,k=2"}).status == 0);
  CHECK(
      place.tsc({"verify", "g.tsc", "--sizes", "m=7"}) ==
      Output{1, "", "error[E0107] unknown-name: no input has a size 'm'\n  size  k\n  size  n\n"});
  CHECK(
      place.tsc({"verify", "g.tsc", "--sizes", "n=-1"}) ==
      Output{2, "", "tsc verify: --sizes: 'n=-1' is not NAME=NUMBER\nTry 'tsc verify --help'.\n"});
  place.graph("h.tsc", "input x: f32[n, m]\nrequire n == 2*m+5, \"sides\"\noutput y = -x\n");
  const Output misfit = place.tsc({"verify", "h.tsc"});
  CHECK(misfit.status == 1);
  CHECK(contains(misfit.err, "hint: say which sizes fit, as in --sizes n=3,m=5\n"));
  CHECK(place.tsc({"verify", "h.tsc", "--sizes", "n=9,m=2"}).status == 0);
}

TEST_CASE(
    "tsc verify allows products of matrices the roundings of their length, and no wrong term") {
  NEEDS_JIT();
  Place place;
  place.graph("g.tsc",
              "input x: f32[n, 784]\ninput w: f32[784, 10]\noutput y = relu(matmul(x, w))\n");
  CHECK(place.tsc({"verify", "g.tsc"}).status == 0);
  if (!has_blas() || !place.has("cc")) {
    WARN("skipped: there is no BLAS in this build, or no C compiler");
    return;
  }
  place.file("blas.c",
             "void cblas_dgemm(void) {}\n"
             "void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha,\n"
             "                 const float* a, int lda, const float* b, int ldb, float beta,\n"
             "                 float* c, int ldc) {\n"
             "  for (int i = 0; i < m; ++i)\n"
             "    for (int j = 0; j < n; ++j) {\n"
             "      c[i * ldc + j] = 0;\n"
             "      for (int s = LEFT_OUT; s < k; ++s) // one after the other: errs the most\n"
             "        c[i * ldc + j] += a[i * lda + s] * b[s * ldb + j];\n"
             "    }\n"
             "}\n");
  place.set("LD_LIBRARY_PATH=" + place.path.string());
  for (const char* left_out : {"-DLEFT_OUT=0", "-DLEFT_OUT=1"}) {
    REQUIRE(place.run({"cc", "-shared", "-fPIC", "-O1", left_out, "blas.c", "-o", blas_library}) ==
            Output{0, "", ""});
    const Output output = place.tsc({"verify", "g.tsc"});
    INFO(left_out << output);
    CHECK(output.status == (std::string(left_out).ends_with("0") ? 0 : 5));
  }
}

TEST_CASE("lists say what there is, and the docs are made of them") {
  Place place;
  const Output ops = place.tsc({"ops"});
  CHECK(ops.status == 0);
  CHECK(contains(ops.out, "\nsoftplus(x)\n"));
  CHECK(contains(ops.out, "\nsum(x, axes=[], keepdims=false"));
  CHECK(contains(place.tsc({"ops", "--markdown"}).out, "| `softplus(x)` | "));
  CHECK(contains(place.tsc({"rules"}).out, "stabilise/softplus: log(1 + exp(x)) -> softplus(x)"));
  CHECK(place.tsc({"rules", "--markdown"}).out.starts_with("# Rewrite rules\n"));
  CHECK(place.tsc({"version"}).out.starts_with("tsc 0."));
  CHECK(place.tsc({"--version"}).out.starts_with("tsc 0."));
  const Output settings = place.tsc({"--help-env"});
  CHECK(settings.status == 0);
  for (const SettingRow& row : all_settings())
    CHECK(contains(settings.out, std::string(row.variable) + "\n"));
}

TEST_CASE("tsc explain knows every diagnostic, by code and by name") {
  Place place;
  const Output all = place.tsc({"explain"});
  CHECK(all.status == 0);
  for (const DiagRow& row : all_diagnostics())
    CHECK(contains(all.out, std::string(row.code) + " " + row.slug + ": " + row.summary + "\n"));
  for (const char* name : {"E0204", "e0204", "shape-mismatch"}) {
    const Output one = place.tsc({"explain", name});
    CHECK(one.status == 0);
    CHECK(one.out.starts_with("E0204 shape-mismatch: Sizes that must be equal differ.\n"));
    CHECK(contains(one.out, "needs a transpose"));
  }
  CHECK(place.tsc({"explain", "shape-mismtch"}) ==
        Output{2, "",
               "tsc explain: there is no diagnostic 'shape-mismtch'; did you mean "
               "'shape-mismatch'?\nTry 'tsc explain --help'.\n"});
}

TEST_CASE("help has examples, and fits a terminal of 24 lines") {
  Place place;
  const Output help = place.tsc({"--help"});
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  CHECK(place.tsc({}) == help);
  CHECK(std::count(help.out.begin(), help.out.end(), '\n') <= 24);
  size_t verbs = 0;
  for (const std::string& line : lines_of(help.out)) {
    if (!line.starts_with("  ") || line.starts_with("  tsc")) continue;
    const std::string verb = line.substr(2, line.find(' ', 2) - 2);
    INFO(verb);
    ++verbs;
    const Output own = place.tsc({verb, "--help"});
    CHECK(own.status == 0);
    const size_t examples = own.out.find("Examples:\n  ");
    REQUIRE(examples != std::string::npos);
    CHECK(contains(own.out.substr(examples), (verb == "cache" ? "tsc-" : "tsc ") + verb));
    CHECK(own.out.find("\n  ", examples + 12) != std::string::npos); // two at least
  }
  CHECK(verbs >= 17);
}
