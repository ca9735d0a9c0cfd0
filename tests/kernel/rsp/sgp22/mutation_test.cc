// Damaged messages: no parser may crash, read outside its input or accept what breaks a bound.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "kernel/rsp/sgp22/activation_code.h"
#include "kernel/rsp/sgp22/es9_json.h"
#include "kernel/rsp/sgp22/metadata.h"
#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;

constexpr unsigned kSeed = 20260509;
constexpr int kMutations = 6000;

class Mutator {
 public:
  Bytes damaged(const Bytes& good) {
    Bytes bad = good;
    const std::size_t changes = 1 + pick(3);
    for (std::size_t i = 0; i < changes; ++i) change(bad, good);
    return bad;
  }

 private:
  std::size_t pick(std::size_t below) { return below == 0 ? 0 : random_() % below; }

  void change(Bytes& bad, const Bytes& good) {
    // Octets at which DER readers go wrong: long, indefinite and reserved lengths, long tags.
    static constexpr std::uint8_t kEdges[] = {0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84,
                                              0x88, 0xFF, 0x1F, 0x30, 0xA0, 0xBF};
    const std::size_t at = pick(bad.size());
    const auto here = bad.begin() + static_cast<std::ptrdiff_t>(at);
    switch (pick(7)) {
      case 0:
        if (!bad.empty()) bad[at] = static_cast<std::uint8_t>(bad[at] ^ (1U << pick(8)));
        break;
      case 1:
        if (!bad.empty()) bad[at] = kEdges[pick(std::size(kEdges))];
        break;
      case 2:
        bad.insert(here, kEdges[pick(std::size(kEdges))]);
        break;
      case 3:
        if (!bad.empty()) bad.erase(here);
        break;
      case 4:
        bad.resize(at);
        break;
      case 5: {  // a piece of the good message in a wrong place
        const std::size_t from = pick(good.size());
        const std::size_t size = pick(std::min<std::size_t>(40, good.size() - from));
        const auto begin = good.begin() + static_cast<std::ptrdiff_t>(from);
        bad.insert(here, begin, begin + static_cast<std::ptrdiff_t>(size));
        break;
      }
      default: {
        const std::size_t size = pick(std::min<std::size_t>(40, bad.size() - at));
        bad.erase(here, here + static_cast<std::ptrdiff_t>(size));
      }
    }
  }

  std::mt19937 random_{kSeed};
};

bool holds(const Bytes& message, const Bytes& part) {
  return std::search(message.begin(), message.end(), part.begin(), part.end()) != message.end();
}

// Runs `check` on damaged forms of `good`; it returns whether the parser accepted them. The count
// of acceptances shows that the damage is neither always fatal nor never.
template <class Check>
void damage(const Bytes& good, Check check) {
  CAPTURE(kSeed);
  Mutator mutator;
  REQUIRE(check(good));
  int accepted = 0;
  for (int i = 0; i < kMutations; ++i) {
    const Bytes bad = mutator.damaged(good);
    CAPTURE(i, to_hex(bad));
    if (check(bad)) ++accepted;
  }
  CHECK(accepted < kMutations);
}

TEST_CASE("damaged EUICCInfo1 never breaks the parser", "[rsp][sgp22]") {
  damage(euicc_info1(), [](const Bytes& der) {
    const auto info = parse_euicc_info1(der);
    return info.ok();
  });
}

TEST_CASE("damaged EUICCInfo2 never breaks the parser", "[rsp][sgp22]") {
  damage(euicc_info2(), [](const Bytes& der) {
    const auto info = parse_euicc_info2(der);
    if (info) REQUIRE_FALSE(info->rsp_capability.empty());
    return info.ok();
  });
}

TEST_CASE("damaged authenticateServerResponse never breaks the parser", "[rsp][sgp22]") {
  damage(authenticate_server_response(hex(kEuiccSigned1)), [](const Bytes& der) {
    const auto response = parse_authenticate_server_response(der);
    if (!response) return false;
    if (const auto* ok = std::get_if<AuthenticateResponseOk>(&*response)) {
      REQUIRE(holds(der, ok->signed1));
      REQUIRE(holds(der, ok->euicc_certificate));
      REQUIRE(ok->signature1.size() == 64);
      REQUIRE(ok->server_challenge.size() == 16);
      REQUIRE(ok->server_address.size() <= 255);
    }
    return true;
  });
}

TEST_CASE("damaged prepareDownloadResponse never breaks the parser", "[rsp][sgp22]") {
  damage(prepare_download_response(hex(kEuiccSigned2)), [](const Bytes& der) {
    const auto response = parse_prepare_download_response(der);
    if (!response) return false;
    if (const auto* ok = std::get_if<PrepareDownloadOk>(&*response)) {
      REQUIRE(holds(der, ok->signed2));
      REQUIRE(ok->signature2.size() == 64);
      REQUIRE(ok->euicc_otpk.size() == 65);
      REQUIRE((!ok->hash_cc || ok->hash_cc->size() == 32));
    }
    return true;
  });
}

bool check_notification(const Bytes& der) {
  const auto request = parse_pending_notification(der);
  if (!request) return false;
  if (const auto* result = std::get_if<ProfileInstallationResult>(&request->notification)) {
    REQUIRE(result->whole == der);
    REQUIRE(holds(der, result->data));
    REQUIRE(result->signature.size() == 64);
  } else {
    const auto& other = std::get<OtherSignedNotification>(request->notification);
    REQUIRE(other.whole == der);
    REQUIRE(holds(der, other.tbs));
    REQUIRE(other.signature.size() == 64);
  }
  return true;
}

TEST_CASE("damaged notifications never break the parser", "[rsp][sgp22]") {
  damage(hex(kPirBf37), check_notification);
  damage(other_notification(), check_notification);
}

TEST_CASE("a damaged cancelSessionResponse never breaks the parser", "[rsp][sgp22]") {
  damage(hex(kCancelSessionResponseBf41), [](const Bytes& der) {
    const auto response = parse_cancel_session_response(der);
    if (!response) return false;
    if (const auto* ok = std::get_if<CancelSessionOk>(&*response)) {
      REQUIRE(holds(der, ok->signed_part));
      REQUIRE(ok->signature.size() == 64);
    }
    return true;
  });
}

TEST_CASE("damaged metadata never breaks the parser", "[rsp][sgp22]") {
  damage(hex(kStoreMetadataPlain), [](const Bytes& der) {
    const auto metadata = parse_metadata(der);
    if (!metadata) return false;
    REQUIRE(metadata->service_provider_name.size() <= 32);
    REQUIRE(metadata->profile_name.size() <= 64);
    return true;
  });
}

TEST_CASE("damaged JSON never breaks the parser", "[rsp][sgp22]") {
  const std::string body = "{\"transactionId\":\"" + std::string(kTransactionId) +
                           "\",\"cancelSessionResponse\":\"" +
                           to_base64(hex(kCancelSessionResponseBf41)) +
                           "\",\"more\":{\"a\":[1,2.5e3,null,true,\"\\u20ac\"]}}";
  damage(to_bytes(as_bytes(body)),
         [](const Bytes& text) { return parse_cancel_session(as_text(text)).ok(); });
}

TEST_CASE("a damaged activation code never breaks the parser", "[rsp][sgp22]") {
  const std::string text = "LPA:1$SMDP.EXAMPLE.COM$04386-AGYFT$1.3.6.1.4.1.31746$1";
  damage(to_bytes(as_bytes(text)), [](const Bytes& damaged) {
    const auto code = ActivationCode::parse(as_text(damaged));
    if (code) REQUIRE(code->text());
    return code.ok();
  });
}

}  // namespace
}  // namespace berth::rsp::sgp22
