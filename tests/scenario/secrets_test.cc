// Goal: canaries of every kind go through the host; none comes out in the log or lies in clear on
// disk.

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

std::string contents(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("no clear identifier, code or key reaches the log", "[scenario][R24]") {
  std::ostringstream log;
  auto before = spdlog::default_logger();
  auto logger = std::make_shared<spdlog::logger>(
      "canary", std::make_shared<spdlog::sinks::ostream_sink_mt>(log));
  logger->set_level(spdlog::level::trace);
  spdlog::set_default_logger(logger);
  {
    World world;
    const auto order = world.order("alpha", [](smdpplus::OrderRequest& request) {
      request.confirmation_code = "CANARY-4711";
    });
    auto phone = world.phone(kAlphaEid);
    lpa::DownloadOptions options;
    options.confirmation_codes = {"wrong", "CANARY-4711"};
    CHECK(phone->download(order.activation_code, options).ok());
    CHECK_FALSE(world.phone(kBravoEid)->download(order.activation_code).ok());
    logger->flush();
    const std::string text = log.str();
    CHECK(text.find("refused") != std::string::npos);  // something was logged at all
    for (const std::string& canary :
         {std::string(kAlphaEid), std::string(kBravoEid), order.iccid.text(),
          order.matching_id.text(), std::string("CANARY-4711"), std::string(kMasterKeyHex)}) {
      INFO(canary);
      CHECK(text.find(canary) == std::string::npos);
    }
  }
  spdlog::set_default_logger(before);
}

TEST_CASE("a package does not lie in clear in the store or the ledger", "[scenario][R128:part]") {
  World world;
  const Iccid iccid = world.stock("alpha");
  // The name of the sample profile stands in clear in every unprotected package.
  const auto octets = iccid.natural_octets();
  const std::string needle(octets.begin(), octets.end());
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    INFO(entry.path());
    CHECK(contents(entry.path()).find(needle) == std::string::npos);
  }
  CHECK(files > 8);
}
