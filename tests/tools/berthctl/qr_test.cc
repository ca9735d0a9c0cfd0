#include "tools/berthctl/qr.h"

#include <catch2/catch.hpp>

using berth::berthctl::qr_text;

TEST_CASE("a QR code is a square of half blocks with its quiet zone", "[berthctl]") {
  const auto drawn = qr_text("LPA:1$rsp.tenant-a.example$ABCD-EFGH");
  REQUIRE(drawn.ok());
  std::size_t lines = 0;
  std::size_t width = 0;
  std::size_t columns = 0;
  for (const char c : *drawn) {
    if (c == '\n') {
      ++lines;
      width = std::max(width, columns);
      columns = 0;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++columns;
    }
  }
  CHECK((width - 8 - 17) % 4 == 0);  // 17 + 4 * version modules
  CHECK(lines == (width + 1) / 2);
  CHECK(drawn->starts_with("\u2588\u2588\u2588\u2588\u2588"));
}

TEST_CASE("a text that fits no QR code is refused", "[berthctl]") {
  CHECK_FALSE(qr_text(std::string(5000, 'a')).ok());
  CHECK_FALSE(qr_text("").ok());
}
