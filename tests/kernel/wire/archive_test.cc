// Goal: every message has one encoding, and whatever is not exactly that is refused.

#include "kernel/wire/archive.h"

#include <catch2/catch.hpp>
#include <random>

#include "kernel/wire/draft_tables.h"
#include "kernel/wire/messages.h"
#include "kernel/wire/tables.h"

namespace {

using namespace berth;        // NOLINT
using namespace berth::wire;  // NOLINT

constexpr std::uint32_t kSeed = 20261123;

// Fills a message's fields with anything.
class Filler {
 public:
  explicit Filler(std::mt19937& source) : source_(source) {}
  template <class... T>
  void operator()(T&... values) {
    (fill(values), ...);
  }

 private:
  template <std::integral T>
  void fill(T& value) {
    const std::uint64_t bits = (std::uint64_t{source_()} << 32) | source_();
    value = static_cast<T>(std::is_same_v<T, bool> ? bits % 2 : bits);
  }
  void fill(std::string& text) {
    text.resize(source_() % 40);
    for (char& c : text) c = static_cast<char>(source_());
  }
  void fill(Octets& octets) {
    octets.resize(source_() % 80);
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(source_());
  }
  template <class T>
  void fill(std::vector<T>& items) {
    items.resize(source_() % 4);
    for (T& item : items) fill(item);
  }
  template <class T>
  requires requires(T& value, Filler& filler) { value.fields(filler); }
  void fill(T& message) { message.fields(*this); }

  std::mt19937& source_;
};

template <class T>
void check_message(std::mt19937& source) {
  for (int round = 0; round < 20; ++round) {
    T message;
    Filler{source}(message);
    const Octets octets = encode(message);
    T again;
    REQUIRE(decode(octets, again));
    CHECK(encode(again) == octets);
    for (std::size_t length = 0; length < octets.size(); ++length) {
      T cut;
      CHECK_FALSE(decode(ByteView(octets).first(length), cut));
    }
    Octets longer = octets;
    longer.push_back(0);
    CHECK_FALSE(decode(longer, again));
    for (std::size_t i = 0; i < octets.size(); ++i) {
      Octets changed = octets;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << source() % 8));
      T other;
      // Another message, or none; never the same one and never one that is written otherwise.
      if (decode(changed, other)) CHECK(encode(other) == changed);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a message is read as it was written, whole or not at all", "[wire]", CallHead,
                   AnswerHead, Ask, AskAnswer, Hello, Entry, HostFacts, Create, Created,
                   HealthAnswer, LogLine, ClockQuestion, ClockAnswer, CloseKey, Buffer, KeyAnswer,
                   HsmLimits, Mechanisms, MechanismsAnswer, Reference, KeySpec, KeyInfo,
                   PublicPoint, Sign, Agree, AgreeAnswer, Transform, Capacity, ImportKey,
                   wire::ObjectInfo, Put, Get, Name, List, DsEvent, Registration, DsEventName, Rate,
                   RatedLine, Order, Verdict, DeliverBatch, Receipt, Reconcile) {
  std::mt19937 source(kSeed);
  check_message<TestType>(source);
}

TEST_CASE("integers are little-endian and lengths have 32 bits", "[wire]") {
  CHECK(encode(CloseKey{1, 0x0203}) == Octets{1, 0, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0});
  CHECK(encode(Reference{"ab"}) == Octets{2, 0, 0, 0, 'a', 'b'});
}

TEST_CASE("a bool is 0 or 1 and a list has an end", "[wire]") {
  ClockQuestion question;
  CHECK(decode(Octets{0, 0, 0, 0, 1}, question));
  CHECK_FALSE(decode(Octets{0, 0, 0, 0, 2}, question));
  MechanismsAnswer answer;
  answer.ids.resize(kMaxItems);
  Octets octets = encode(answer);
  CHECK(decode(octets, answer));
  answer.ids.push_back(1);
  CHECK_FALSE(decode(encode(answer), answer));
}

TEST_CASE("a length beyond the octets that are there reads nothing", "[wire]") {
  Reference reference{"left over"};
  CHECK_FALSE(decode(Octets{0xFF, 0xFF, 0xFF, 0xFF, 'a'}, reference));
  CHECK(reference.reference.empty());
}
