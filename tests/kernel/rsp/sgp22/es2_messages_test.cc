#include "kernel/rsp/sgp22/es2_messages.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "kernel/base/bytes.h"

namespace berth::rsp::sgp22 {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kEid = "89049032123451234512345678901235";
constexpr std::string_view kIccid = "8900012345678901234F";

Json header() {
  return {{"functionRequesterIdentifier", "OP-1"}, {"functionCallIdentifier", "TX-0002"}};
}
Json confirm_body() {
  return {{"header", header()},           {"iccid", kIccid},    {"eid", kEid}, {"matchingId", ""},
          {"confirmationCode", "123456"}, {"releaseFlag", true}};
}
Json cancel_body() {
  return {{"header", header()},
          {"iccid", kIccid},
          {"matchingId", "AB-12"},
          {"finalProfileStatusIndicator", "Available"}};
}
Json download_body() {
  return {{"header", header()}, {"eid", kEid}, {"iccid", kIccid}, {"profileType", "OP_GENERIC"}};
}

// "1.3.1/2.1", or the reason of what is no message at all.
template <class T>
std::string outcome(const Result<T, Es2Failure>& result) {
  if (result) return "accepted";
  if (const auto* refused = std::get_if<RspError>(&result.error())) return refused->pair();
  return std::string(std::get<Error>(result.error()).reason());
}
template <class T>
std::string message(const Result<T, Es2Failure>& result) {
  return std::get<RspError>(result.error()).message;
}

TEST_CASE("ConfirmOrder is read as the operators write it", "[rsp][sgp22]") {
  const auto order = read_confirm_order(
      R"({"header":{"functionRequesterIdentifier":"OP-1","functionCallIdentifier":"TX-0002"},
 "iccid":"8900012345678901234F","eid":"89049032123451234512345678901235",
 "matchingId":"","confirmationCode":"123456","releaseFlag":true})");
  REQUIRE(order);
  CHECK(order->header.requester == "OP-1");
  CHECK(order->header.call == "TX-0002");
  CHECK(order->iccid.text() == "8900012345678901234");
  CHECK(order->eid->text() == kEid);
  CHECK(order->matching_id == std::string());
  CHECK(order->confirmation_code == "123456");
  CHECK(order->smds_address.empty());
  CHECK(order->release);
}

TEST_CASE("what an operator leaves out of ConfirmOrder has its own meaning", "[rsp][sgp22]") {
  const auto order = read_confirm_order(
      Json{{"header", header()}, {"iccid", "890001234567890123"}, {"releaseFlag", false}}.dump());
  REQUIRE(order);
  CHECK_FALSE(order->matching_id.has_value());
  CHECK_FALSE(order->eid.has_value());
  CHECK(order->confirmation_code.empty());
  CHECK_FALSE(order->release);
  Json body = confirm_body();
  body["matchingId"] = nullptr;  // as some generators write an absent member
  body["smdsAddress"] = "smds.Example.com";
  const auto other = read_confirm_order(body.dump());
  REQUIRE(other);
  CHECK_FALSE(other->matching_id.has_value());
  CHECK(other->smds_address == "smds.Example.com");
}

TEST_CASE("ICCIDs of 18 to 20 digits and with a trailing F are taken", "[rsp][sgp22]") {
  for (const auto& [sent, text] : {std::pair("890001234567890123", "890001234567890123"),
                                   std::pair("8900012345678901234", "8900012345678901234"),
                                   std::pair("8900012345678901234F", "8900012345678901234"),
                                   std::pair("89000123456789012341", "89000123456789012341")}) {
    const auto release = read_release_profile(Json{{"header", header()}, {"iccid", sent}}.dump());
    REQUIRE(release);
    CHECK(release->iccid.text() == text);
  }
  for (const char* sent : {"", "89000123456789012", "890001234567890123412", "8900012345678901234G",
                           "89000123456789O123"}) {
    CHECK(outcome(read_release_profile(Json{{"header", header()}, {"iccid", sent}}.dump())) ==
          "1.3.1/2.1");
  }
}

TEST_CASE("DownloadOrder needs a profile or a type", "[rsp][sgp22]") {
  const auto order = read_download_order(download_body().dump());
  REQUIRE(order);
  CHECK(order->iccid->text() == "8900012345678901234");
  CHECK(order->eid->text() == kEid);
  CHECK(order->profile_type == "OP_GENERIC");
  CHECK(order->correlation_id.empty());
  Json body = download_body();
  body.erase("iccid");
  body["correlationId"] = "case-7";
  const auto by_type = read_download_order(body.dump());
  REQUIRE(by_type);
  CHECK_FALSE(by_type->iccid);
  CHECK(by_type->correlation_id == "case-7");
  body["profileType"] = "";
  CHECK(outcome(read_download_order(body.dump())) == "1.3.1/2.2");
  body.erase("profileType");
  CHECK(message(read_download_order(body.dump())) == "iccid or profileType is needed");
}

TEST_CASE("CancelOrder says where the profile is to end", "[rsp][sgp22]") {
  const auto order = read_cancel_order(cancel_body().dump());
  REQUIRE(order);
  CHECK(order->to_available);
  CHECK(order->matching_id == "AB-12");
  Json body = cancel_body();
  body["finalProfileStatusIndicator"] = "Unavailable";
  CHECK_FALSE(read_cancel_order(body.dump())->to_available);
  for (const char* wrong : {"", "available", "Installed"}) {
    body["finalProfileStatusIndicator"] = wrong;
    CHECK(outcome(read_cancel_order(body.dump())) == "1.3.1/2.1");
  }
}

struct Function {
  const char* name;
  Json body;
  std::vector<std::string> mandatory;
  std::string (*read)(const std::string&);
};
std::vector<Function> functions() {
  return {{"downloadOrder",
           download_body(),
           {"header"},
           [](const std::string& body) { return outcome(read_download_order(body)); }},
          {"confirmOrder",
           confirm_body(),
           {"header", "iccid", "releaseFlag"},
           [](const std::string& body) { return outcome(read_confirm_order(body)); }},
          {"cancelOrder",
           cancel_body(),
           {"header", "iccid", "finalProfileStatusIndicator"},
           [](const std::string& body) { return outcome(read_cancel_order(body)); }},
          {"releaseProfile",
           Json{{"header", header()}, {"iccid", kIccid}},
           {"header", "iccid"},
           [](const std::string& body) { return outcome(read_release_profile(body)); }}};
}

TEST_CASE("every mandatory member is missed by its pair, null is as absent", "[rsp][sgp22]") {
  for (const Function& function : functions()) {
    INFO(function.name);
    CHECK(function.read(function.body.dump()) == "accepted");
    for (const std::string& member : function.mandatory) {
      INFO(member);
      Json body = function.body;
      body[member] = nullptr;
      CHECK(function.read(body.dump()) == "1.3.1/2.2");
      body.erase(member);
      CHECK(function.read(body.dump()) == "1.3.1/2.2");
    }
    for (const char* member : {"functionRequesterIdentifier", "functionCallIdentifier"}) {
      Json body = function.body;
      body["header"].erase(member);
      CHECK(function.read(body.dump()) == "1.3.1/2.2");
    }
  }
}

TEST_CASE("every member of a wrong kind is refused as malformed", "[rsp][sgp22]") {
  for (const Function& function : functions()) {
    for (const auto& [member, value] : function.body.items()) {
      INFO(function.name << " " << member);
      for (const Json& other : {Json(7), Json(-1.5), Json::array({"8900012345678901234"}),
                                Json::array(), Json{{"a", "b"}}, Json("text"), Json(false)}) {
        if (other.type() == value.type()) continue;
        Json body = function.body;
        body[member] = other;
        // An object in place of the header lacks its members.
        CHECK(function.read(body.dump()) == "1.3.1/2.1");
      }
    }
    for (const char* member : {"functionRequesterIdentifier", "functionCallIdentifier"}) {
      Json body = function.body;
      for (const Json& other : {Json(7), Json(""), Json(std::string(129, 'x')), Json("a\nb"),
                                Json(true), Json::object()}) {
        body["header"][member] = other;
        CHECK(function.read(body.dump()) == "1.3.1/2.1");
      }
      body["header"][member] = std::string(128, 'x');
      CHECK(function.read(body.dump()) == "accepted");
    }
  }
}

TEST_CASE("unknown members are ignored, repeated ones are no message", "[rsp][sgp22]") {
  for (const Function& function : functions()) {
    INFO(function.name);
    Json body = function.body;
    body["rootSmdsAddress"] = Json::array({1, 2, Json{{"iccid", 7}}});
    body["header"]["extra"] = 7;
    CHECK(function.read(body.dump()) == "accepted");
    const std::string text = function.body.dump();
    CHECK(function.read(R"({"header":{},)" + text.substr(1)) == "json.duplicate");
    CHECK(function.read(R"({"iccid":"x",)" + text.substr(1)) == "json.duplicate");
    std::string twice = text;
    twice.replace(text.find("{\"functionR"), 1, R"({"functionRequesterIdentifier":"OTHER",)");
    CHECK(function.read(twice) == "json.duplicate");
    for (const char* none : {"", "[]", "null", "{", "\xFF", "{}{}"}) {
      CHECK(function.read(none) == "json.invalid");
    }
    CHECK(function.read("{\"a\":" + std::string(50'000, '[')) == "json.too_deep");
  }
}

TEST_CASE("limits and forms of the optional members hold", "[rsp][sgp22]") {
  const auto confirm = [](const char* member, const Json& value) {
    Json body = confirm_body();
    body[member] = value;
    return outcome(read_confirm_order(body.dump()));
  };
  CHECK(confirm("confirmationCode", std::string(64, '1')) == "accepted");
  CHECK(confirm("confirmationCode", std::string(65, '1')) == "1.3.1/2.1");
  CHECK(confirm("confirmationCode", "12\t34") == "1.3.1/2.1");
  CHECK(confirm("matchingId", std::string(255, 'a')) == "accepted");
  CHECK(confirm("matchingId", "lower_case~and.more!") == "accepted");  // v2: any alphabet
  CHECK(confirm("matchingId", std::string(256, 'a')) == "1.3.1/2.1");
  CHECK(confirm("matchingId", "A$B") == "1.3.1/2.1");
  CHECK(confirm("matchingId", "\u00e9") == "1.3.1/2.1");
  CHECK(confirm("eid", "8904903212345123451234567890123") == "1.3.1/2.1");
  CHECK(confirm("eid", "89049032123451234512345678901299") == "accepted");  // wrong check digits
  CHECK(confirm("smdsAddress", "") == "accepted");
  CHECK(confirm("smdsAddress", "not a host") == "8.9/5.1");
  CHECK(confirm("smdsAddress", std::string(256, 'a')) == "1.3.1/2.1");
  CHECK(confirm("releaseFlag", "true") == "1.3.1/2.1");
  Json body = download_body();
  body["profileType"] = std::string(64, 't');
  CHECK(outcome(read_download_order(body.dump())) == "accepted");
  body["profileType"] = std::string(65, 't');
  CHECK(message(read_download_order(body.dump())) == "profileType is not at most 64 octets long");
}

TEST_CASE("the header alone tells whose call it is", "[rsp][sgp22]") {
  const auto call = read_function_header(Json{{"header", header()}, {"iccid", 7}}.dump());
  REQUIRE(call);
  CHECK(call->requester == "OP-1");
  CHECK(call->call == "TX-0002");
  CHECK(outcome(read_function_header("{}")) == "1.3.1/2.2");
  CHECK(outcome(read_function_header(R"({"header":[]})")) == "1.3.1/2.1");
}

TEST_CASE("answers have the standard's members in the standard's form", "[rsp][sgp22]") {
  const Iccid iccid = *Iccid::parse(kIccid);
  CHECK(download_order_json(iccid) ==
        R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}},)"
        R"("iccid":"8900012345678901234"})");
  CHECK(confirm_order_json({*Eid::parse(kEid), "", "smdp.example.com", ""}) ==
        R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}},)"
        R"("eid":"89049032123451234512345678901235","matchingId":"",)"
        R"("smdpAddress":"smdp.example.com"})");
  const Json warned = Json::parse(confirm_order_json({{}, "a_b", "smdp.example.com", "mind it"}));
  const Json status = warned.at("header").at("functionExecutionStatus");
  CHECK(status.at("status") == "Executed-WithWarning");
  CHECK(status.at("statusCodeData").at("message") == "mind it");
  CHECK_FALSE(warned.contains("eid"));
  CHECK(es2_success_json() ==
        R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}}})");
}

TEST_CASE("progress is told as the standard writes it", "[rsp][sgp22]") {
  const Bytes result = *from_hex("BF3781");
  ProgressInfo info{.header = {"SMDP-1", "N-77"},
                    .eid = *Eid::parse(kEid),
                    .iccid = *Iccid::parse(kIccid),
                    .profile_type = "OP_GENERIC",
                    .time_ms = 1'767'323'045'999,
                    .point = 4,
                    .failure = {},
                    .result_data = result};
  CHECK(progress_info_json(info) ==
        R"({"header":{"functionRequesterIdentifier":"SMDP-1","functionCallIdentifier":"N-77"},)"
        R"("eid":"89049032123451234512345678901235","iccid":"8900012345678901234",)"
        R"("profileType":"OP_GENERIC","timestamp":"2026-01-02T03:04:05Z",)"
        R"("notificationPointId":4,"notificationPointStatus":{"status":"Executed-Success"},)"
        R"("resultData":"vzeB"})");
  info.eid.reset();
  info.result_data = {};
  info.failure = RspError{"8.2.7", "6.4", "too many\xFF"};
  const Json failed = Json::parse(progress_info_json(info));
  CHECK_FALSE(failed.contains("eid"));
  CHECK_FALSE(failed.contains("resultData"));
  const Json& status = failed.at("notificationPointStatus");
  CHECK(status.at("status") == "Failed");
  CHECK(status.at("statusCodeData").at("subjectCode") == "8.2.7");
  CHECK(status.at("statusCodeData").at("reasonCode") == "6.4");
}

TEST_CASE("only an answer that says Failed is a failed one", "[rsp][sgp22]") {
  const auto answer = [](const char* status) {
    return R"({"header":{"functionExecutionStatus":{"status":")" + std::string(status) + R"("}}})";
  };
  CHECK(is_failed_answer(answer("Failed")));
  CHECK_FALSE(is_failed_answer(answer("Executed-Success")));
  CHECK_FALSE(is_failed_answer(answer("Executed-WithWarning")));
  for (const char* other : {"", "{}", "<html>", R"({"status":"Failed"})", R"({"header":"Failed"})",
                            R"([{"header":{"functionExecutionStatus":{"status":"Failed"}}}])"}) {
    CHECK_FALSE(is_failed_answer(other));
  }
}

TEST_CASE("changed octets in a request give an answer, never a crash", "[rsp][sgp22]") {
  const unsigned seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 5'000; ++round) {
    for (const Function& function : functions()) {
      std::string text = function.body.dump();
      for (auto hits = 1 + random() % 3; hits != 0; --hits) {
        text[random() % text.size()] = static_cast<char>(random());
      }
      (void)function.read(text);
    }
  }
}

}  // namespace
}  // namespace berth::rsp::sgp22
