// What an operator is told of each download: points, order, repeats and the card's own result.

#include <catch2/catch.hpp>
#include <map>

#include "kernel/rsp/der/der.h"
#include "tests/scenario/operator_system.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using nlohmann::json;

std::string told(const json& report) {
  const json& status = report.at("notificationPointStatus");
  std::string text = report.at("notificationPointId").dump() + ":";
  if (status.at("status") != "Failed") return text + status.at("status").get<std::string>();
  const json& codes = status.at("statusCodeData");
  return text + codes.at("subjectCode").get<std::string>() + "/" +
         codes.at("reasonCode").get<std::string>();
}

std::vector<std::string> told(const std::vector<json>& reports, const std::string& iccid) {
  std::vector<std::string> all;
  for (const json& report : reports) {
    if (report.at("iccid") == iccid) all.push_back(told(report));
  }
  return all;
}

std::string call_of(const json& report) {
  return report.at("header").at("functionCallIdentifier").get<std::string>();
}

constexpr const char* kSuccess = "Executed-Success";

json operators(const tenancy::TlsIdentity& key) {
  return json::array({OperatorSystem::allowed("alpha-it", {key}, {{"OP-ALPHA", "alpha"}})});
}

}  // namespace

TEST_CASE("the operator is told each point in order, the last with what the card signed",
          "[scenario][es2plus][R72:part]") {
  OperatorSystem system;
  system.listen();
  const auto key = system.key("alpha-it");
  World world(system.options(operators(key)));
  OperatorClient alpha(system, world, key, "OP-ALPHA");
  const std::string iccid = world.stock("alpha").text();
  const json confirmed = alpha.order({{"iccid", iccid}});
  auto phone = world.phone(kAlphaEid);
  const Bytes result = phone->install_silently(activation_code(confirmed));
  CHECK(told(system.reports(2), iccid) ==
        std::vector<std::string>{std::string("1:") + kSuccess, std::string("3:") + kSuccess});
  phone->send_notifications();
  const auto reports = system.reports(3);
  REQUIRE(told(reports, iccid) == std::vector<std::string>{std::string("1:") + kSuccess,
                                                           std::string("3:") + kSuccess,
                                                           std::string("4:") + kSuccess});
  CHECK(reports[2].at("resultData") == to_base64(result));
  CHECK(rsp::der::parse_single(result, 0xBF37).ok());
  CHECK_FALSE(reports[0].contains("resultData"));
  CHECK(call_of(reports[0]) != call_of(reports[1]));
}

TEST_CASE("with a confirmation code its check is told too, wrong and right",
          "[scenario][es2plus][R72:part][R102]") {
  OperatorSystem system;
  system.listen();
  const auto key = system.key("alpha-it");
  World world(system.options(operators(key)));
  OperatorClient alpha(system, world, key, "OP-ALPHA");
  const std::string iccid = world.stock("alpha").text();
  const json confirmed = alpha.order({{"iccid", iccid}}, {{"confirmationCode", "4711"}});
  auto phone = world.phone(kAlphaEid);
  REQUIRE(outcome_of(*phone, activation_code(confirmed, true), {"0000", "4711"}) == "installed");
  CHECK(told(system.reports(5), iccid) ==
        std::vector<std::string>{std::string("1:") + kSuccess, "2:8.2.7/3.8",
                                 std::string("2:") + kSuccess, std::string("3:") + kSuccess,
                                 std::string("4:") + kSuccess});
}

TEST_CASE("what kept a phone from its profile is told with the pair the phone got",
          "[scenario][es2plus][R72:part]") {
  OperatorSystem system;
  system.listen();
  const auto key = system.key("alpha-it");
  World world(system.options(operators(key)));
  OperatorClient alpha(system, world, key, "OP-ALPHA");
  const std::string iccid = world.stock("alpha").text();
  const json confirmed = alpha.order({{"iccid", iccid}}, {{"releaseFlag", false}});
  auto phone = world.phone(kAlphaEid);
  REQUIRE(outcome_of(*phone, activation_code(confirmed)) == "8.2/1.2");
  CHECK(told(system.reports(1), iccid) == std::vector<std::string>{"1:8.2/1.2"});
}

TEST_CASE("a report the operator could not take is repeated under its identifier before the next",
          "[scenario][es2plus][R79]") {
  OperatorSystem system;
  std::string troubled;  // the first ICCID's first report fails once
  int failures = 0;
  system.listen([&](const json& report) {
    if (report.at("iccid") != troubled || failures++ > 0) return 204;
    return 500;
  });
  const auto key = system.key("alpha-it");
  World world(system.options(operators(key)));
  OperatorClient alpha(system, world, key, "OP-ALPHA");
  troubled = world.stock("alpha").text();
  const std::string smooth = world.stock("alpha").text();
  const json first = alpha.order({{"iccid", troubled}});
  const json second = alpha.order({{"iccid", smooth}});
  auto phone = world.phone(kAlphaEid);
  REQUIRE(outcome_of(*phone, activation_code(first)) == "installed");
  REQUIRE(outcome_of(*phone, activation_code(second)) == "installed");
  const auto reports = system.reports(7);
  CHECK(told(reports, smooth).size() == 3);
  CHECK(told(reports, troubled) ==
        std::vector<std::string>{std::string("1:") + kSuccess, std::string("1:") + kSuccess,
                                 std::string("3:") + kSuccess, std::string("4:") + kSuccess});
  std::vector<json> of_troubled;
  std::size_t last_of_smooth = 0;
  std::size_t repeat = 0;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (reports[i].at("iccid") == smooth) {
      last_of_smooth = i;
    } else {
      of_troubled.push_back(reports[i]);
      if (of_troubled.size() == 2) repeat = i;
    }
  }
  REQUIRE(of_troubled.size() == 4);
  CHECK(of_troubled[0] == of_troubled[1]);  // word for word
  CHECK(call_of(of_troubled[1]) != call_of(of_troubled[2]));
  CHECK(last_of_smooth < repeat);  // one ICCID's trouble does not hold up another's
}
