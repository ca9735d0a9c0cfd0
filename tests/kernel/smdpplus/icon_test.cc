#include "kernel/smdpplus/icon.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/kernel/smdpplus/icons.h"

namespace berth::smdpplus::testing {
namespace {

using rsp::sgp22::IconType;

bool refused(ByteView octets) {
  const auto icon = read_icon(octets);
  return !icon && icon.error().reason() == "profile_type.icon";
}

}  // namespace

TEST_CASE("a PNG and a JPEG of 64 by 64 pixels are told apart", "[smdpplus]") {
  CHECK(read_icon(png_icon()).value() == IconType::kPng);
  for (const std::uint8_t marker : {std::uint8_t{0xC0}, std::uint8_t{0xC2}, std::uint8_t{0xCF}}) {
    CHECK(read_icon(jpeg_icon(64, 64, marker)).value() == IconType::kJpeg);
  }
}

TEST_CASE("other dimensions are refused and named", "[smdpplus]") {
  CHECK(refused(png_icon(64, 63)));
  CHECK(refused(png_icon(65, 64)));
  CHECK(refused(png_icon(0x40000040, 64)));
  CHECK(refused(jpeg_icon(64, 63)));
  CHECK(refused(jpeg_icon(128, 64)));
  const auto wide = read_icon(png_icon(128, 64));
  CHECK(wide.error().message().find("128×64") != std::string::npos);
}

TEST_CASE("what is no whole icon is refused", "[smdpplus]") {
  CHECK(refused({}));
  CHECK(refused(as_bytes("GIF89a@@@@@@@@@@")));
  for (const Bytes& whole : {png_icon(), jpeg_icon()}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CHECK(refused(ByteView(whole).first(size)));
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK(refused(longer));
  }
  CHECK(refused(jpeg_icon(64, 64, 0xC4)));  // a table's marker: no frame header
  Bytes large = png_icon();
  large.insert(large.end() - 12, 1024, 0);
  CHECK(refused(large));
  Bytes twice = png_icon();
  twice.insert(twice.begin() + 33, twice.begin() + 8, twice.begin() + 33);
  CHECK(refused(twice));  // two IHDR
}

TEST_CASE("noise in an icon is an answer, never a crash", "[smdpplus]") {
  const unsigned seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    Bytes noisy = round % 2 == 0 ? png_icon() : jpeg_icon();
    for (int hits = 0; hits < 3; ++hits) {
      noisy[random() % noisy.size()] = static_cast<std::uint8_t>(random());
    }
    (void)read_icon(noisy).ok();
  }
}

}  // namespace berth::smdpplus::testing
