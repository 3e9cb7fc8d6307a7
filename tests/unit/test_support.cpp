// support/: diagnostics, hashing, dtypes, sizes.
#include "support/checked.h"
#include "support/dtype.h"
#include "support/error.h"
#include "support/hash.h"
#include "support/writer.h"
#include "tests/catch.h"

#include <set>

using namespace tsc;

TEST_CASE("an error prints as one readable diagnostic") {
  const Error e = Error(Diag::ShapeMismatch, "matmul: inner sizes differ")
                      .at(Loc::in_file("model.tsc", 12, 7))
                      .note("left", "f32[batch, 128]")
                      .note("right", "f32[64, 10]")
                      .hint("left axis 1 is 128, right axis 0 is 64");
  CHECK(std::string(e.what()) == "error[E0204] shape-mismatch: matmul: inner sizes differ\n"
                                 "  --> model.tsc:12:7\n"
                                 "  left   f32[batch, 128]\n"
                                 "  right  f32[64, 10]\n"
                                 "  hint: left axis 1 is 128, right axis 0 is 64");
}

TEST_CASE("an error shows the line it is about") {
  const auto shown = [](std::string_view line, uint32_t column, uint32_t length) {
    const std::string text = Error(Diag::BadSyntax, "no")
                                 .at(Loc::in_file("m.tsc", 12, column))
                                 .excerpt(line, column, length)
                                 .hint("h")
                                 .what();
    const size_t at = text.find("\n  12 | ");
    return text.substr(at + 1, text.find("\n  hint") - at - 1);
  };
  CHECK(shown("h = matmul(x, w)", 5, 6) == "  12 | h = matmul(x, w)\n     |     ^~~~~~");
  CHECK(shown("", 1, 0) == "  12 | \n     | ^");
  CHECK(shown("ab", 9, 9) == "  12 | ab\n     |   ^");
  CHECK(shown("\tx\x1b", 2, 1) == "  12 |  x\\x1b\n     |  ^");
  CHECK(shown("\xC3\xA9 = x", 6, 1) == "  12 | \xC3\xA9 = x\n     |     ^");
  const std::string far = shown(std::string(500, 'a'), 300, 2);
  CHECK(far == "  12 | ..." + std::string(120, 'a') + "...\n     | " + std::string(63, ' ') + "^~");
}

TEST_CASE("diagnostic codes are unique and well formed") {
  std::set<std::string> codes, slugs;
  for (const DiagRow& r : all_diagnostics()) {
    CHECK(std::string(r.code).size() == 5);
    CHECK(codes.insert(r.code).second);
    CHECK(slugs.insert(r.slug).second);
  }
}

TEST_CASE("user text is shown escaped and bounded") {
  CHECK(printable("a\nb\x7F") == "a\\x0ab\\x7f");
  CHECK(printable("\xC3\xA9\xFF") == "\xC3\xA9\\xff");
  CHECK(printable(std::string(1000, 'x')).size() == 83);
  CHECK(printable("\xC2\x9B[31m") == "\\xc2\\x9b[31m");  // a terminal's escape, as one character
  CHECK(printable("\xE2\x80\xAE") == "\\xe2\\x80\\xae"); // right-to-left override
  CHECK(printable("\xC0\xAF\xED\xA0\x80") == "\\xc0\\xaf\\xed\\xa0\\x80"); // overlong, surrogate
}

TEST_CASE("suggestions are near or absent") {
  CHECK(nearest("sofmax", {"softmax", "softplus"}) == "softmax");
  CHECK(nearest("zzz", {"softmax", "add"}) == "");
  CHECK(nearest("n", {"x"}) == "");
}

TEST_CASE("SHA-256 gives the published vectors") {
  CHECK(sha256(std::string_view("")).hex() ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(std::string_view("abc")).hex() ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256(std::string(1000000, 'a')).hex() ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("key text keeps fields apart") {
  CHECK(KeyText().field("a", "bc").text() != KeyText().field("ab", "c").text());
  CHECK(KeyText().field("a", "b\nc 1:d").text() !=
        KeyText().field("a", "b").field("c", "d").text());
}

TEST_CASE("promotion is symmetric and keeps f32 with integers") {
  CHECK(promote(DType::I32, DType::F32) == DType::F32);
  CHECK(promote(DType::U8, DType::I8) == DType::I16);
  CHECK(promote(DType::U64, DType::I64) == DType::F64);
  CHECK(promote(DType::F16, DType::BF16) == DType::F32);
  CHECK(promote(DType::Bool, DType::U8) == DType::U8);
  for (const DTypeRow& a : all_dtypes())
    for (const DTypeRow& b : all_dtypes())
      CHECK(promote(a.dtype, b.dtype) == promote(b.dtype, a.dtype));
}

TEST_CASE("half conversions round trip every finite value") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto h = static_cast<uint16_t>(bits);
    const float f = f16_to_f32(h);
    if (f == f && f32_to_f16(f) != h) FAIL("f16 " << bits);
    const float b = bf16_to_f32(h);
    if (b == b && f32_to_bf16(b) != h) FAIL("bf16 " << bits);
  }
  CHECK(f32_to_f16(65519.0f) == 0x7BFF);
  CHECK(f32_to_f16(65520.0f) == 0x7C00);
  CHECK(f32_to_f16(0x1.8p-25f) == 1);
  CHECK(f32_to_f16(0x1p-25f) == 0); // tie to even
}

TEST_CASE("element counts are checked") {
  const std::vector<int64_t> fine = {3, 0, 5}, huge = {int64_t{1} << 32, int64_t{1} << 32},
                             hidden = {0, int64_t{1} << 62}, negative = {-1};
  CHECK(checked_elements(fine, 4) == 0);
  CHECK_THROWS_AS(checked_elements(huge, 1), Error);
  CHECK_THROWS_AS(checked_elements(hidden, 4), Error);
  CHECK_THROWS_AS(checked_elements(negative, 4), Error);
}

TEST_CASE("a writer's blocks close themselves") {
  Writer w;
  {
    auto f = w.block("void f()");
    auto loop = w.block("for (;;)");
    w.line("x = {};", 1);
  }
  CHECK(w.text() == "void f() {\n  for (;;) {\n    x = 1;\n  }\n}\n");
}
