// The kind's kit, run by Catch2.

#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "kit/runner/checks.h"

namespace berth::kit::runner {
namespace {

// What the cases said, in the words of a person who has only the plugin.
struct Story {
  std::size_t cases = 0;
  std::vector<std::string> failed;
};
Story story;

class Listener final : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;
  bool assertionEnded(const Catch::AssertionStats& stats) override {
    const Catch::AssertionResult& result = stats.assertionResult;
    if (result.isOk() || !first_.empty()) return true;
    const std::string file = result.getSourceInfo().file;
    first_ = file.substr(file.find("kit/") == file.npos ? 0 : file.rfind("kit/")) + ":" +
             std::to_string(result.getSourceInfo().line) + ": ";
    first_ += result.hasExpression()
                  ? result.getExpression() + " is not so: " + result.getExpandedExpression()
                  : result.getMessage();
    return true;
  }
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    ++story.cases;
    if (!stats.totals.assertions.allOk()) {
      story.failed.push_back("'" + stats.testInfo.name + "': " + first_);
    }
    first_.clear();
  }

 private:
  std::string first_;
};
CATCH_REGISTER_LISTENER(Listener)

}  // namespace

Verdict check_kit(const Subject&) {
  Catch::Session session;
  session.configData().outputFilename = "/dev/null";
  session.run();
  if (story.cases == 0) return {false, "the kit has no case"};
  if (story.failed.empty()) return {true, std::to_string(story.cases) + " cases"};
  std::string all =
      std::to_string(story.failed.size()) + " of " + std::to_string(story.cases) + " cases";
  for (const std::string& one : story.failed) all += "\n" + one;
  return {false, all};
}

}  // namespace berth::kit::runner
