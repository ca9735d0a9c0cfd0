// Whole ES9+ sessions: the octets choose what a phone, and whoever else, sends to a tenant (the
// real requests of a software card, changed at chosen places, out of order, again, to another
// tenant, after chosen times, or plain rubbish). After every step the story must still be right.

// Catch2 is here because the tenants and the card are those of the unit tests, which assert; its
// signal handlers would hide what the sanitizers have to say.
#define CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "kernel/rsp/der/der.h"
#include "kernel/smdpplus/es9_binding.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/steady_random.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::fuzz {
namespace {

using smdpplus::testing::must;
using smdpplus::testing::Phone;
using smdpplus::testing::Site;
using Json = nlohmann::json;

constexpr std::size_t kMaxSteps = 24;
constexpr std::uint32_t kAttemptsMax = 3;
constexpr std::uint32_t kCodeAttemptsMax = 2;
constexpr std::string_view kCode = "2468";
// Set when a finding is replayed: every call and its answer are printed.
const bool kTrace = std::getenv("BERTH_FUZZ_TRACE") != nullptr;
constexpr std::string_view kPrefix = "/gsma/rsp2/es9plus/";

struct Sent {
  std::string path;
  std::string content_type;
  std::string body;
};

// A JSON answer's octets, or nothing.
Bytes octets(const Json& answer, const char* member) {
  const auto found = answer.find(member);
  if (found == answer.end() || !found->is_string()) return {};
  const auto decoded = from_base64(found->get<std::string>());
  return decoded ? *decoded : Bytes();
}

// A card, and what it was last answered.
struct Device {
  Phone phone;
  Json initiated = Json::object();
  Json authenticated = Json::object();
  Json bound = Json::object();

  euicc::Card& card() { return *phone.card; }
  std::optional<TransactionId> transaction() const {
    const auto found = initiated.find("transactionId");
    if (found == initiated.end()) return std::nullopt;
    const auto id = TransactionId::parse_hex(found->get<std::string>());
    return id ? std::optional(*id) : std::nullopt;
  }
};

class Session {
 public:
  explicit Session(ByteView input) : choices_(input) {
    plain_ = site_.order();
    coded_ = site_.order([](auto& request) { request.confirmation_code = std::string(kCode); });
  }

  void run() {
    for (std::size_t step = 0; step < kMaxSteps && !choices_.at_end(); ++step) {
      one_step();
      check();
    }
    must_hold(must(site_.ledger().verify_audit()).intact, "the audit chain is intact");
  }

 private:
  void one_step() {
    const std::uint8_t choice = choices_.octet();
    device_ = &devices_[choice >> 7];
    switch ((choice & 0x7F) % 12) {
      case 0:
      case 1:
        return initiate();
      case 2:
      case 3:
        return authenticate();
      case 4:
        return prepare();
      case 5:
        return install();
      case 6:
        return cancel();
      case 7:
        return notify();
      case 8:
        return replay();
      case 9:
        return pass_time();
      case 10:
        return manage();
      default:
        rubbish();
    }
  }

  void initiate() {
    const bool foreign = choices_.octet() % 8 == 7;
    const Bytes challenge = device_->card().euicc_challenge();
    const Bytes info = patched(device_->card().euicc_info1(), choices_);
    const Json body = {{"euiccChallenge", to_base64(challenge)},
                       {"euiccInfo1", to_base64(info)},
                       {"smdpAddress", foreign ? "rsp.bravo.example" : "rsp.alpha.example"}};
    const Json answer = send("initiateAuthentication", body.dump());
    if (answer.contains("transactionId")) device_->initiated = answer;
  }

  void authenticate() {
    const std::string codes[] = {plain_->matching_id.text(), coded_->matching_id.text(), "",
                                 "NOBODY-ISSUED-THIS"};
    const Bytes key_id = octets(device_->initiated, "euiccCiPKIdToBeUsed");
    const auto response =
        device_->card().authenticate_server({octets(device_->initiated, "serverSigned1"),
                                             octets(device_->initiated, "serverSignature1"),
                                             key_id,
                                             octets(device_->initiated, "serverCertificate"),
                                             codes[choices_.below(std::size(codes))],
                                             {must(from_hex("35290611")), {}}});
    if (!response) return;
    const Json answer = send("authenticateClient", "authenticateServerResponse", 0xBF3B,
                             patched(response->der, choices_));
    if (answer.contains("smdpSigned2")) device_->authenticated = answer;
  }

  void prepare() {
    const auto id = device_->transaction();
    std::optional<Bytes> hash;
    const std::uint8_t choice = choices_.octet() % 3;
    if (choice > 0 && id) {
      hash = euicc::Card::hash_confirmation_code(choice == 1 ? kCode : "1357", *id);
    }
    const auto response =
        device_->card().prepare_download({octets(device_->authenticated, "smdpSigned2"),
                                          octets(device_->authenticated, "smdpSignature2"),
                                          octets(device_->authenticated, "smdpCertificate"), hash});
    if (!response) return;
    const Json answer = send("getBoundProfilePackage", "prepareDownloadResponse", 0xBF3A,
                             patched(response->der, choices_));
    if (answer.contains("boundProfilePackage")) device_->bound = answer;
  }

  // The card loads what it got and signs how that went.
  void install() {
    const Bytes package = patched(octets(device_->bound, "boundProfilePackage"), choices_);
    const auto answer = device_->card().load_bound_profile_package(package);
    if (!answer) return;
    if (!answer->failure) signed_.insert(answer->iccid->text());
    notify();
  }

  void notify() {
    const auto& waiting = device_->card().state().notifications;
    if (waiting.empty()) return;
    const Bytes der = patched(waiting[choices_.below(waiting.size())].der, choices_);
    if (choices_.octet() % 4 == 3) {
      const Bytes inner = rsp::der::tlv(0xBF3D, {rsp::der::tlv(0xA0, der)});
      send_asn1(rsp::der::tlv(0xA2, inner));
    } else {
      send("handleNotification", Json{{"pendingNotification", to_base64(der)}}.dump());
    }
  }

  void cancel() {
    const auto id = device_->transaction();
    if (!id) return;
    const auto answer = device_->card().cancel_session(*id, choices_.octet());
    if (!answer) return;
    send("cancelSession", "cancelSessionResponse", 0xBF41, patched(answer->der, choices_));
  }

  void replay() {
    if (sent_.empty()) return;
    const Sent again = sent_[choices_.below(sent_.size())];
    post(again);
  }

  void pass_time() {
    site_.clock.advance(std::chrono::seconds(choices_.octet() * 30));
    site_.es9->housekeeping(site_.tenant(), choices_.octet() % 8 == 0);
    site_.es9->housekeeping(*site_.bravo.context, false);
  }

  void rubbish() {
    static const std::string kPaths[] = {"initiateAuthentication", "authenticateClient",
                                         "getBoundProfilePackage", "handleNotification",
                                         "cancelSession",          ""};
    const std::string path = kPaths[choices_.below(std::size(kPaths))];
    const bool asn1 = choices_.octet() % 2 == 1;
    const ByteView body = choices_.take(choices_.octet());
    post({std::string(kPrefix) + path, asn1 ? "application/x-gsma-rsp-asn1" : "application/json",
          std::string(as_text(body))});
  }

  // What a user does with the profile; each makes a notification.
  void manage() {
    const auto& profiles = device_->card().state().profiles;
    if (profiles.empty()) return;
    const Iccid iccid = profiles[choices_.below(profiles.size())].iccid;
    switch (choices_.octet() % 3) {
      case 0:
        device_->card().enable_profile(iccid).ok();
        break;
      case 1:
        device_->card().disable_profile(iccid).ok();
        break;
      default:
        device_->card().delete_profile(iccid).ok();
    }
  }

  // The card's octets in either binding, under the transaction at hand.
  Json send(const std::string& function, const char* member, rsp::der::Tag tag, ByteView der) {
    const auto id = device_->transaction();
    const std::string hex = id ? id->hex() : "00";
    if (choices_.octet() % 4 == 3) {
      const Bytes inner = rsp::der::tlv(tag, {rsp::der::tlv(0x80, *from_hex(hex)), der});
      return send_asn1(rsp::der::tlv(0xA2, inner));
    }
    return send(function, Json{{"transactionId", hex}, {member, to_base64(der)}}.dump());
  }
  Json send(const std::string& function, std::string body) {
    // Now and then the damage is around the card's octets.
    if (choices_.octet() % 8 == 7) {
      body = as_text(patched(to_bytes(as_bytes(body)), choices_));
    }
    return post({std::string(kPrefix) + function, "application/json", std::move(body)});
  }
  Json send_asn1(const Bytes& request) {
    return post({"/gsma/rsp2/asn1", "application/x-gsma-rsp-asn1", std::string(as_text(request))});
  }

  Json post(Sent what) {
    auto& tenant = choices_.octet() % 16 == 15 ? *site_.bravo.context : site_.tenant();
    sent_.push_back(what);
    const auto answer = smdpplus::answer_es9(*site_.es9, tenant,
                                             {.request_id = "fuzz",
                                              .method = "POST",
                                              .path = what.path,
                                              .content_type = what.content_type,
                                              .admin_protocol = "gsma/rsp/v2.2.0",
                                              .body = what.body});
    if (kTrace) {
      std::fprintf(
          stderr, "%s %s %s -> %d %s\n", tenant.id().text().c_str(), what.path.c_str(),
          what.content_type.c_str(), answer.http_status,
          answer.content_type == "application/json" ? answer.body.substr(0, 250).c_str() : "");
    }
    must_hold(answer.http_status == 200 || answer.http_status == 204 || answer.http_status == 400 ||
                  answer.http_status == 404 || answer.http_status == 415,
              "a status that a phone's request can have");
    must_hold((answer.http_status == 200) == !answer.body.empty(), "a body with 200 alone");
    if (answer.content_type != "application/json") return Json::object();
    Json json = Json::parse(answer.body, nullptr, false);
    must_hold(json.is_object(), "an answer is an object");
    return json;
  }

  void check_order(const smdpplus::OrderAnswer& order) {
    const auto row = site_.order_row(order.order_id);
    must_hold(row.attempts_used <= kAttemptsMax, "attempts stay within their number");
    must_hold(row.code_attempts_used <= kCodeAttemptsMax, "so do confirmation codes");
    if (site_.state(order.iccid) != "Installed") return;
    must_hold(signed_.contains(order.iccid.text()), "Installed is what a card has signed");
  }

  void check() {
    check_order(*plain_);
    check_order(*coded_);
    if (kTrace) {
      std::fprintf(stderr, "  states: %s %s\n", site_.state(plain_->iccid).c_str(),
                   site_.state(coded_->iccid).c_str());
    }
    for (const auto& one : devices_[0].card().state().profiles) {
      for (const auto& other : devices_[1].card().state().profiles) {
        must_hold(one.iccid != other.iccid, "no ICCID lives on two cards");
      }
    }
    const auto head = must(site_.ledger().head());
    must_hold(
        must(site_.ledger().usage(0, 1000)).size() == must(site_.ledger().events(0, 1000)).size(),
        "each event has its usage fact");
    must_hold(head.last_audit_sequence >= head.last_event_sequence, "and its audit record");
    must_hold(must(site_.bravo.ledger->head()).last_event_sequence == 0,
              "nothing of the other tenant moved");
  }

  Choices choices_;
  Site site_{{.attempts_max = kAttemptsMax, .code_attempts_max = kCodeAttemptsMax}};
  Device devices_[2] = {{Phone(site_)}, {Phone(site_, smdpplus::testing::kOtherAlphaEid)}};
  Device* device_ = nullptr;
  std::optional<smdpplus::OrderAnswer> plain_;
  std::optional<smdpplus::OrderAnswer> coded_;
  std::vector<Sent> sent_;
  std::set<std::string> signed_;  // ICCIDs whose installation the card has signed
};

}  // namespace

void one_input(ByteView input) {
  steady_openssl(4);
  try {
    Session(input).run();
  } catch (const Catch::TestFailureException&) {
    must_hold(false, "what the fixture asserts (above)");
  }
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerRunDriver(int* argc, char*** argv,
                                   int (*run)(const std::uint8_t*, std::size_t));

namespace {
int argument_count = 0;            // NOLINT: from main into the one case below
char** argument_values = nullptr;  // NOLINT
}  // namespace

// The fixture's assertions need a running case.
TEST_CASE("whatever is sent, the story stays right") {
  CHECK(LLVMFuzzerRunDriver(&argument_count, &argument_values, LLVMFuzzerTestOneInput) == 0);
}

int main(int argc, char** argv) {
  argument_count = argc;
  argument_values = argv;
  return Catch::Session().run(1, argv);
}
