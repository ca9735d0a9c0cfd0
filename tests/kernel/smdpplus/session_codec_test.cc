#include "kernel/smdpplus/session_codec.h"

#include <random>

#include "kernel/rsp/der/der.h"
#include "tests/kernel/smdpplus/good.h"
#include "tests/kernel/smdpplus/session_samples.h"

namespace berth::smdpplus {
namespace {

using namespace testing;
using rsp::der::tlv;

std::string why(const Bytes& octets) {
  const auto session = decode_session(octets, find_sample);
  return session ? "ok" : std::string(session.error().reason());
}

bool same(const Session& left, const Session& right) {
  const bool cards = left.card.has_value() == right.card.has_value() &&
                     (!left.card || (left.card->eid == right.card->eid &&
                                     left.card->euicc.der() == right.card->euicc.der()));
  return cards && left.transaction_id == right.transaction_id && left.state == right.state &&
         left.server_address == right.server_address &&
         left.server_challenge == right.server_challenge &&
         left.euicc_ci_key_id == right.euicc_ci_key_id && left.identity == right.identity &&
         left.order_id == right.order_id && left.iccid == right.iccid &&
         left.attempt == right.attempt && left.smdp_signature2 == right.smdp_signature2 &&
         left.metadata == right.metadata;
}

// Any session a service can make.
class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}
  std::unique_ptr<Session> session() {
    auto made = begun(1);
    made->transaction_id = *TransactionId::from_octets(octets(1, 16));
    made->server_address = as_text(octets(1, 300));
    made->server_challenge = octets(16, 16);
    made->euicc_ci_key_id = octets(1, 64);
    const std::uint32_t phase = below(4);
    if (phase > 0) authenticate(*made);
    if (phase == 1) back_to_the_beginning(*made);
    if (phase < 2) return made;
    made->state = phase == 2 ? SessionState::kAuthenticated : SessionState::kDelivered;
    made->order_id = as_text(octets(1, 40));
    made->attempt = below(2) == 0 ? below(300) : 0xFFFFFFFFU - below(300);
    made->smdp_signature2 = octets(64, 64);
    made->metadata = octets(1, 3000);
    return made;
  }
  std::uint32_t below(std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random_);
  }

 private:
  // The card was verified, then something of ours failed: the device may repeat the call.
  static void back_to_the_beginning(Session& session) {
    auto fresh = begun(1);
    fresh->transaction_id = session.transaction_id;
    fresh->card = session.card;
    session = std::move(*fresh);
  }
  Bytes octets(std::uint32_t from, std::uint32_t to) {
    Bytes made(from + below(to - from + 1));
    for (auto& octet : made) octet = static_cast<std::uint8_t>(below(256));
    return made;
  }
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("any session survives the way through the table", "[smdpplus]") {
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  Maker maker(seed);
  for (int i = 0; i < 300; ++i) {
    const auto session = maker.session();
    const Bytes octets = good(encode_session(*session));
    const auto back = good(decode_session(octets, find_sample));
    CHECK(same(*back, *session));
    CHECK(back->expires_ms == 0);
    CHECK(good(encode_session(*back)) == octets);
  }
}

TEST_CASE("octets that were changed are refused or another valid session", "[smdpplus]") {
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  Maker maker(seed);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    Bytes octets = good(encode_session(*maker.session()));
    const std::size_t at = maker.below(static_cast<std::uint32_t>(octets.size()));
    switch (maker.below(3)) {
      case 0:
        octets[at] = static_cast<std::uint8_t>(octets[at] ^ (1U << maker.below(8)));
        break;
      case 1:
        octets.erase(octets.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default:
        octets.resize(at);
    }
    const auto session = decode_session(octets, find_sample);
    if (!session) {
      ++refused;
      continue;
    }
    CHECK(good(encode_session(**session)) == octets);
  }
  CHECK(refused > 1000);
}

TEST_CASE("what this program never writes is not a session", "[smdpplus]") {
  const auto field = [](rsp::der::Tag tag, Bytes value) { return tlv(tag, value); };
  const auto name = name_of(*sample_identity());
  struct Parts {
    Bytes version{1}, id = Bytes(16, 1), state{1}, address{'a'}, challenge = Bytes(16, 2),
                      key_id = Bytes(20, 3);
    Bytes identity, card, download, more;
  };
  Parts sound;
  sound.identity =
      tlv(0xA6, {field(0x80, name.ci_key_id), tlv(0x81, name.dp_auth), tlv(0x82, name.dp_pb)});
  const auto write = [&](const Parts& p) {
    return tlv(0x30, {field(0x80, p.version), field(0x81, p.id), field(0x82, p.state),
                      field(0x83, p.address), field(0x84, p.challenge), field(0x85, p.key_id),
                      p.identity, p.card, p.download, p.more});
  };
  REQUIRE(why(write(sound)) == "ok");
  const Bytes card = field(0x87, *from_hex(rsp::pki::test::kP256Euicc));
  const auto download = [&](const char* iccid, Bytes attempt, std::size_t signature) {
    return tlv(0xA8, {field(0x80, {'o'}), tlv(0x81, as_bytes(iccid)), field(0x82, attempt),
                      field(0x83, Bytes(signature, 4)), field(0x84, {5})});
  };
  const Bytes good_download = download("8944500000000000018", {1}, 64);
  const struct {
    const char* what;
    std::function<void(Parts&)> change;
  } kFaults[] = {
      {"version 2", [](Parts& p) { p.version = {2}; }},
      {"no version", [](Parts& p) { p.version = {}; }},
      {"long id", [](Parts& p) { p.id = Bytes(17, 1); }},
      {"no id", [](Parts& p) { p.id = {}; }},
      {"state 0", [](Parts& p) { p.state = {0}; }},
      {"state 4", [](Parts& p) { p.state = {4}; }},
      {"state 257",
       [](Parts& p) {
         p.state = {1, 1};
       }},
      {"a longer number",
       [](Parts& p) {
         p.state = {0, 1};
       }},
      {"no address", [](Parts& p) { p.address = {}; }},
      {"no challenge", [](Parts& p) { p.challenge = {}; }},
      {"no key identifier", [](Parts& p) { p.key_id = {}; }},
      {"no identity", [](Parts& p) { p.identity = {}; }},
      {"half an identity", [&](Parts& p) { p.identity = tlv(0xA6, field(0x80, name.ci_key_id)); }},
      {"a short digest",
       [&](Parts& p) {
         p.identity = tlv(
             0xA6, {field(0x80, name.ci_key_id), field(0x81, Bytes(31, 1)), tlv(0x82, name.dp_pb)});
       }},
      {"more inside the identity",
       [&](Parts& p) {
         p.identity = tlv(0xA6, {field(0x80, name.ci_key_id), tlv(0x81, name.dp_auth),
                                 tlv(0x82, name.dp_pb), field(0x83, {1})});
       }},
      {"a card that is no certificate",
       [&](Parts& p) {
         p.card = field(0x87, {0x30, 0});
       }},
      {"a card without an EID",
       [&](Parts& p) { p.card = field(0x87, *from_hex(rsp::pki::test::kP256DpAuth)); }},
      {"authenticated without a card",
       [&](Parts& p) {
         p.state = {2};
         p.download = good_download;
       }},
      {"authenticated without a download",
       [&](Parts& p) {
         p.state = {2};
         p.card = card;
       }},
      {"begun with a download",
       [&](Parts& p) {
         p.card = card;
         p.download = good_download;
       }},
      {"more at the end", [&](Parts& p) { p.more = field(0x89, {1}); }},
  };
  for (const auto& fault : kFaults) {
    Parts parts = sound;
    fault.change(parts);
    INFO(fault.what);
    CHECK(why(write(parts)) == "es9.session_unreadable");
  }
  sound.state = {3};
  sound.card = card;
  sound.download = good_download;
  REQUIRE(why(write(sound)) == "ok");
  for (const Bytes& bad : {download("8944500000000000018F", {1}, 64), download("12", {1}, 64),
                           download("8944500000000000018", {1}, 63),
                           download("8944500000000000018", {1, 0, 0, 0, 0}, 64),
                           download("8944500000000000018", {}, 64)}) {
    sound.download = bad;
    CHECK(why(write(sound)) == "es9.session_unreadable");
  }
  CHECK(why({}) == "es9.session_unreadable");
  sound.download = good_download;
  sound.address = Bytes(kMaxSessionOctets - 2000, 'a');
  CHECK(why(write(sound)) == "ok");
  sound.address = Bytes(kMaxSessionOctets, 'a');
  CHECK(why(write(sound)) == "es9.session_unreadable");
}

TEST_CASE("a session whose certificates are gone says so", "[smdpplus]") {
  const Bytes octets = good(encode_session(*begun(1)));
  const auto gone = decode_session(octets, [](const IdentityName&) { return nullptr; });
  REQUIRE_FALSE(gone.ok());
  CHECK(gone.error().code() == ErrorCode::kNotFound);
  CHECK(gone.error().reason() == "es9.session_identity_gone");
}

TEST_CASE("a session larger than a stored one may be is refused when it is written", "[smdpplus]") {
  auto session = begun(1);
  authenticate(*session);
  session->metadata = Bytes(kMaxSessionOctets, 1);
  CHECK(encode_session(*session).error().reason() == "es9.session_too_large");
}

}  // namespace berth::smdpplus
