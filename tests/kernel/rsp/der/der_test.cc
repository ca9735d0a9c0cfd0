#include "kernel/rsp/der/der.h"

#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <memory>
#include <random>

namespace berth::rsp::der {
namespace {

constexpr std::uint32_t kSeed = 20260507;

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// The input on the heap at its exact size, so that a sanitizer sees a read past either end.
struct Exact {
  explicit Exact(ByteView input) : size(input.size()), octets(new std::uint8_t[input.size()]) {
    std::copy(input.begin(), input.end(), octets.get());
  }
  ByteView view() const { return {octets.get(), size}; }
  std::size_t size;
  std::unique_ptr<std::uint8_t[]> octets;
};

std::string reason_of(std::string_view input_hex) {
  const Exact input(hex(input_hex));
  Reader reader(input.view());
  const auto read = reader.next();
  return read ? "read" : std::string(read.error().reason());
}

// Walks everything that looks constructed; returns how many elements it met.
std::size_t walk(ByteView input, ByteView outer, int depth) {
  std::size_t count = 0;
  Reader reader(input);
  while (!reader.at_end()) {
    const auto element = reader.next();
    if (!element) return count;
    ++count;
    REQUIRE(element->whole.data() >= outer.data());
    REQUIRE(element->whole.data() + element->whole.size() <= outer.data() + outer.size());
    REQUIRE(element->value.data() + element->value.size() ==
            element->whole.data() + element->whole.size());
    if (depth < 32) count += walk(element->value, outer, depth + 1);
  }
  return count;
}

}  // namespace

TEST_CASE("an element gives its tag, its value and the slice it came in", "[rsp][der]") {
  const Bytes input = hex("BF2281800102" + std::string(2 * 126, '0') + "5F374000");
  Reader reader{ByteView(input)};
  const auto outer = reader.expect(0xBF22);
  REQUIRE(outer.ok());
  CHECK(outer->whole.size() == 132);
  CHECK(outer->value.size() == 128);
  CHECK(outer->whole.data() == input.data());
  CHECK(reader.peek().value() == 0x5F37);
  const auto cut = reader.next();
  REQUIRE_FALSE(cut.ok());
  CHECK(cut.error().reason() == "der.truncated");
}

TEST_CASE("lengths and tags in any form but the shortest are refused", "[rsp][der]") {
  CHECK(reason_of("3000") == "read");
  CHECK(reason_of("308000000000") == "der.length");                      // indefinite
  CHECK(reason_of("308100") == "der.length");                            // long form of 0
  CHECK(reason_of("30817F" + std::string(254, '0')) == "der.length");    // long form of 127
  CHECK(reason_of("308180" + std::string(256, '0')) == "read");          // 128 needs it
  CHECK(reason_of("30820080" + std::string(256, '0')) == "der.length");  // leading zero
  CHECK(reason_of("308200FF" + std::string(510, '0')) == "der.length");  // leading zero
  CHECK(reason_of("30820100" + std::string(512, '0')) == "read");        // 256 needs it
  CHECK(reason_of("30850000000001FF") == "der.length");                  // five octets
  CHECK(reason_of("30FF" + std::string(254, '0')) == "der.length");      // reserved form
  CHECK(reason_of("3084FFFFFFFF00") == "der.truncated");                 // 4 GiB promised
  CHECK(reason_of("1F1E00") == "der.tag");                               // 30 in high form
  CHECK(reason_of("1F1F00") == "read");                                  // 31 needs it
  CHECK(reason_of("1F807F00") == "der.tag");                             // leading zero group
  CHECK(reason_of("1F817F00") == "read");                                // three octets
  CHECK(reason_of("1F81807F00") == "der.tag");                           // four octets
  CHECK(reason_of("0000") == "der.tag");                                 // end of contents
}

TEST_CASE("an input that ends anywhere inside an element is truncated", "[rsp][der]") {
  for (const std::string_view whole : {"BF8122820100", "5F37820100", "30820100"}) {
    const Bytes full = [&] {
      Bytes bytes = hex(whole);
      bytes.resize(bytes.size() + 256, 0x42);
      return bytes;
    }();
    Reader good{ByteView(full)};
    REQUIRE(good.next().ok());
    CHECK(good.at_end());
    for (std::size_t size = 0; size < full.size(); ++size) {
      const Exact cut(ByteView(full).first(size));
      Reader reader(cut.view());
      const auto read = reader.next();
      REQUIRE_FALSE(read.ok());
      REQUIRE(read.error().reason() == "der.truncated");
      REQUIRE(read.error().code() == ErrorCode::kInvalidArgument);
    }
  }
}

TEST_CASE("expect, optional, peek and finish say what was wrong", "[rsp][der]") {
  const Bytes input = hex("0201058101FF");
  Reader reader{ByteView(input)};
  CHECK(reader.expect(0x30).error().reason() == "der.unexpected");
  CHECK_FALSE(reader.optional(0x81).value().has_value());
  CHECK(reader.finish().error().reason() == "der.trailing");
  CHECK(reader.expect(0x02)->value[0] == 5);
  const auto present = reader.optional(0x81);
  REQUIRE(present.value().has_value());
  CHECK(reader.at_end());
  CHECK(reader.finish().ok());
  CHECK(reader.peek().value() == 0);
  CHECK_FALSE(reader.optional(0x81).value().has_value());
  CHECK(reader.expect(0x30).error().reason() == "der.truncated");
  CHECK(reader.next().error().reason() == "der.truncated");

  const Bytes bad = hex("1F1E00");
  CHECK(Reader{ByteView(bad)}.peek().error().reason() == "der.tag");
  CHECK(Reader{ByteView(bad)}.optional(0x30).error().reason() == "der.tag");
  CHECK(parse_single(input, 0x02).error().reason() == "der.trailing");
  CHECK(parse_single(ByteView(input).first(3), 0x02).ok());
}

TEST_CASE("integers are minimal and not negative", "[rsp][der]") {
  const auto value = [](std::string_view text) { return to_unsigned(hex(text)); };
  CHECK(value("00").value() == 0);
  CHECK(value("7F").value() == 127);
  CHECK(value("0080").value() == 128);
  CHECK(value("00FFFFFFFFFFFFFFFF").value() == std::numeric_limits<std::uint64_t>::max());
  for (const std::string_view bad :
       {"", "80", "FF", "0000", "007F", "010000000000000000", "00FFFFFFFFFFFFFFFFFF"}) {
    INFO(bad);
    CHECK(value(bad).error().reason() == "der.value");
  }
  CHECK(to_boolean(hex("FF")).value());
  CHECK_FALSE(to_boolean(hex("00")).value());
  for (const std::string_view bad : {"", "01", "0000"}) CHECK_FALSE(to_boolean(hex(bad)).ok());
}

TEST_CASE("object identifiers read and write alike", "[rsp][der]") {
  const std::array<std::pair<const char*, const char*>, 6> known = {{
      {"2.999.10", "88370A"},
      {"2.23.146.1.2.1.4", "67811201020104"},
      {"1.2.840.10045.3.1.7", "2A8648CE3D030107"},
      {"1.3.36.3.3.2.8.1.1.7", "2B2403030208010107"},
      {"0.0", "00"},
      {"2.25.18446744073709551615", "6981FFFFFFFFFFFFFFFF7F"},
  }};
  for (const auto& [text, contents] : known) {
    INFO(text);
    CHECK(to_hex(oid_from_text(text).value()) == contents);
    CHECK(oid_to_text(hex(contents)).value() == text);
  }
  for (const char* bad : {"", "1", "1.", ".1", "1..2", "3.1", "1.40", "01.2", "1.02", "1.2.x",
                          "2.25.18446744073709551616", "1.-2", "1.2 "}) {
    INFO(bad);
    CHECK(oid_from_text(bad).error().reason() == "der.value");
  }
  for (const std::string_view bad :
       {"", "80", "8001", "2A80", "2A8001", "2AFFFFFFFFFFFFFFFFFF7F"}) {
    INFO(bad);
    CHECK(oid_to_text(hex(bad)).error().reason() == "der.value");
  }
  CHECK_FALSE(oid_to_text(Bytes(65, 0x01)).ok());
}

TEST_CASE("what is encoded decodes to the same, for random trees", "[rsp][der][property]") {
  std::mt19937 random(kSeed);
  INFO("seed " << kSeed);
  const std::array<Tag, 8> tags = {0x02, 0x30, 0xA0, 0x88, 0x5F37, 0xBF22, 0x1F817F, 0xBF8122};
  const std::array<std::size_t, 9> sizes = {0, 1, 127, 128, 255, 256, 257, 65535, 65536};
  for (int round = 0; round < 500; ++round) {
    std::vector<std::pair<Tag, Bytes>> elements;
    Bytes stream;
    for (std::size_t i = random() % 5; i > 0; --i) {
      const Tag tag = tags[random() % tags.size()];
      const std::size_t size = random() % 8 == 0 ? sizes[random() % sizes.size()] : random() % 300;
      Bytes value(size);
      for (auto& octet : value) octet = static_cast<std::uint8_t>(random());
      append_tlv(stream, tag, value);
      elements.emplace_back(tag, std::move(value));
    }
    const Bytes outer = tlv(0x30, {ByteView(stream).first(stream.size() / 2),
                                   ByteView(stream).subspan(stream.size() / 2)});
    REQUIRE(outer == tlv(0x30, stream));
    const auto read = parse_single(outer, 0x30);
    REQUIRE(read.ok());
    Reader reader(read->value);
    for (const auto& [tag, value] : elements) {
      const auto element = reader.next();
      REQUIRE(element.ok());
      REQUIRE(element->tag == tag);
      REQUIRE(equal(element->value, value));
      REQUIRE(equal(element->whole, tlv(tag, value)));
    }
    REQUIRE(reader.finish().ok());
    const std::uint64_t number = (std::uint64_t{random()} << 32 | random()) >> (random() % 64);
    REQUIRE(to_unsigned(integer_contents(number)).value() == number);
  }
}

TEST_CASE("random octets never make the reader leave its input", "[rsp][der][property]") {
  std::mt19937 random(kSeed);
  INFO("seed " << kSeed);
  // Octets that begin plausible elements come often, so that walks go deep.
  const std::array<std::uint8_t, 12> likely = {0x30, 0x02, 0x80, 0x81, 0x82, 0x84,
                                               0x00, 0x01, 0x05, 0xBF, 0x5F, 0xFF};
  std::size_t met = 0;
  for (int round = 0; round < 20000; ++round) {
    Bytes garbage(random() % 64);
    for (auto& octet : garbage) {
      octet = random() % 2 == 0 ? likely[random() % likely.size()]
                                : static_cast<std::uint8_t>(random());
    }
    const Exact input(garbage);
    met += walk(input.view(), input.view(), 0);
    static_cast<void>(to_unsigned(input.view()));
    const auto text = oid_to_text(input.view());
    if (text) REQUIRE(oid_from_text(*text).value() == garbage);
  }
  CHECK(met > 4000);
}

}  // namespace berth::rsp::der
