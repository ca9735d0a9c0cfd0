#include <catch2/catch.hpp>

#include "tests/tools/berth_lpa/fake_server.h"
#include "tools/berth-lpa/lpa.h"

namespace berth::lpa {
namespace {

struct Phone {
  explicit Phone(Curve curve = Curve::kP256, Binding way = Binding::kJson)
      : bench(curve), server(bench.smdp), binding(way) {}

  Outcome<DownloadReport> download(const std::string& code = "1$smdp.example.com$TOKEN-1",
                                   DownloadOptions options = {}) {
    options.device = {Bytes(4, 0x35), {}};
    Lpa lpa(*bench.card, server, bench.clock, nullptr, binding);
    return lpa.download(*rsp::sgp22::ActivationCode::parse(code), options);
  }
  std::uint64_t cancel_reason() const {
    return std::get<rsp::sgp22::CancelSessionOk>(server.cancelled->response).reason;
  }
  euicc::Bench bench;
  FakeServer server;
  Binding binding;
};

TEST_CASE("a download installs the profile and delivers its result", "[berth_lpa][R44]") {
  Phone phone(GENERATE(Curve::kP256, Curve::kBrainpoolP256r1),
              GENERATE(Binding::kJson, Binding::kAsn1));
  const auto report = phone.download();
  INFO((report ? std::string() : report.error().message));
  REQUIRE(report.ok());
  CHECK(report->end == DownloadEnd::kInstalled);
  CHECK(report->iccid == phone.bench.iccid);
  CHECK(phone.bench.card->state().profiles[0].package == phone.bench.smdp.package);
  CHECK(phone.bench.card->state().notifications.empty());
  CHECK(phone.server.notifications.size() == 1);
  CHECK(phone.server.calls ==
        std::vector<std::string>{"initiateAuthentication", "authenticateClient",
                                 "getBoundProfilePackage", "handleNotification"});
}

TEST_CASE("a refusal carries the server's pair and leaves the card alone", "[berth_lpa]") {
  Phone phone;
  phone.server.instead["authenticateClient"] = [] {
    return json_reply(rsp::sgp22::failure_json({"8.2.6", "3.8", ""}));
  };
  const auto report = phone.download();
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().kind == FailureKind::kServer);
  CHECK(report.error().subject_code == "8.2.6");
  CHECK(exit_status(report.error().kind) == 3);
  CHECK(phone.bench.card->state().profiles.empty());
}

TEST_CASE("an error integer is the pair it stands for, an unknown one is told as such",
          "[berth_lpa]") {
  Phone phone(Curve::kP256, Binding::kAsn1);
  const auto answer = [](const char* text) {
    return [body = *from_hex(text)] { return asn1_reply(body); };
  };
  phone.server.instead["authenticateClient"] = answer("A206BF3B03810106");
  const auto known = phone.download();
  REQUIRE_FALSE(known.ok());
  CHECK(known.error().kind == FailureKind::kServer);
  CHECK(known.error().subject_code == "8.2.6");
  CHECK(known.error().reason_code == "3.8");
  phone.server.instead["authenticateClient"] = answer("A206BF3B0381017F");
  const auto undefined = phone.download();
  REQUIRE_FALSE(undefined.ok());
  CHECK(undefined.error().kind == FailureKind::kServer);
  CHECK(undefined.error().subject_code.empty());
  CHECK(undefined.error().message == "the server answered with error 127");
}

TEST_CASE("a user's cancel and a second code work over ASN.1, too", "[berth_lpa]") {
  Phone phone(Curve::kP256, Binding::kAsn1);
  SECTION("cancel") {
    DownloadOptions options;
    options.cancel_after = StopPoint::kAuthenticated;
    options.cancel_reason = kCancelPostponed;
    const auto report = phone.download("1$smdp.example.com$TOKEN-1", options);
    REQUIRE(report.ok());
    CHECK(report->end == DownloadEnd::kCancelled);
    CHECK(phone.cancel_reason() == kCancelPostponed);
  }
  SECTION("codes") {
    phone.bench.smdp.confirmation_code_required = true;
    phone.server.wanted_code = "right";
    DownloadOptions options;
    options.confirmation_codes = {"wrong", "right"};
    const auto report = phone.download("1$smdp.example.com$TOKEN-1$$1", options);
    REQUIRE(report.ok());
    CHECK(report->end == DownloadEnd::kInstalled);
  }
}

TEST_CASE("a server with another OID than the code's is not talked to", "[berth_lpa]") {
  Phone phone;
  const auto report = phone.download("1$smdp.example.com$TOKEN-1$2.999.12");
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().reason == "lpa.oid_mismatch");
  CHECK(phone.server.calls.size() == 1);
  CHECK(phone.download("1$smdp.example.com$TOKEN-1$2.999.10").ok());
}

TEST_CASE("other metadata in the package than announced cancels the session", "[berth_lpa]") {
  Phone phone;
  auto announced = euicc::named_metadata(phone.bench.iccid, phone.bench.smdp.address);
  announced.profile_name = "Cheap";
  phone.server.metadata_announced = *rsp::sgp22::encode_metadata(announced);
  const auto report = phone.download();
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().reason == "lpa.metadata_mismatch");
  CHECK(phone.cancel_reason() == kCancelMetadataMismatch);
  CHECK(phone.bench.card->state().profiles.empty());
}

TEST_CASE("a second confirmation code is tried after a wrong one", "[berth_lpa]") {
  Phone phone;
  phone.bench.smdp.confirmation_code_required = true;
  phone.server.wanted_code = "123456";
  DownloadOptions options;
  options.confirmation_codes = {"000000", "123456"};
  CHECK(phone.download("1$smdp.example.com$TOKEN-1$$1", options).ok());
}

TEST_CASE("without the code that is needed the order is postponed", "[berth_lpa]") {
  Phone phone;
  phone.bench.smdp.confirmation_code_required = true;
  const auto report = phone.download();
  CHECK(report.error().reason == "lpa.confirmation_code_missing");
  CHECK(phone.cancel_reason() == kCancelPostponed);
}

TEST_CASE("the user may cancel, or the phone die, before the install", "[berth_lpa]") {
  Phone phone;
  DownloadOptions options;
  options.cancel_after = StopPoint::kAuthenticated;
  const auto cancelled = phone.download("1$smdp.example.com$TOKEN-1", options);
  REQUIRE(cancelled.ok());
  CHECK(cancelled->end == DownloadEnd::kCancelled);
  CHECK(phone.cancel_reason() == 0);
  options.cancel_after = StopPoint::kNever;
  options.abandon_after = StopPoint::kBound;
  CHECK(phone.download("1$smdp.example.com$TOKEN-1", options)->end == DownloadEnd::kAbandoned);
  CHECK(phone.bench.card->state().retry_keys.size() == 1);
}

TEST_CASE("a result the server does not take stays on the card", "[berth_lpa]") {
  Phone phone;
  phone.server.instead["handleNotification"] = [] { return HttpReply{503, "", "", ""}; };
  const auto report = phone.download();
  REQUIRE(report.ok());
  REQUIRE(report->notifications.size() == 1);
  CHECK(report->notifications[0].failure.has_value());
  CHECK(phone.bench.card->state().notifications.size() == 1);
  phone.server.instead.clear();
  Lpa lpa(*phone.bench.card, phone.server, phone.bench.clock, nullptr);
  CHECK_FALSE(lpa.send_notifications().at(0).failure.has_value());
  CHECK(phone.bench.card->state().notifications.empty());
}

TEST_CASE("a card's refusal of the package is reported to the server", "[berth_lpa]") {
  Phone phone;
  REQUIRE(phone.download().ok());
  phone.bench.smdp.dp_one_time_key.reset();
  const auto report = phone.download();
  CHECK(report.error().kind == FailureKind::kCard);
  CHECK(report.error().reason == "installFailedDueToIccidAlreadyExistsOnEuicc");
  REQUIRE(phone.server.notifications.size() == 2);
}

TEST_CASE("answers that are no answers end the download", "[berth_lpa]") {
  Phone phone;
  const HttpReply reply = GENERATE(
      HttpReply{500, "application/json", "", "{}"}, HttpReply{200, "text/html", "", "<html>"},
      HttpReply{200, "application/json", "gsma/rsp/v3.0.0", "{}"}, json_reply("not json"),
      json_reply("[]"), json_reply("{\"header\":17}"), json_reply(rsp::sgp22::success_json()));
  phone.server.instead["initiateAuthentication"] = [&] { return reply; };
  const auto report = phone.download();
  REQUIRE_FALSE(report.ok());
  CHECK((report.error().kind == FailureKind::kLpa || report.error().kind == FailureKind::kNetwork));
}

}  // namespace
}  // namespace berth::lpa
