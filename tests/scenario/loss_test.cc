// Radio loss: a request or an answer vanishes at any step, and the phone tries again when its
// timers let it. However often that happens: one profile, one charge, one final event for each
// attempt.

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

enum class Loss { kRequest = 1, kAnswer };

// Loses one exchange of those that go through it.
class LossyTransport final : public lpa::Transport {
 public:
  LossyTransport(lpa::Transport& real, int lost, Loss loss)
      : real_(real), lost_(lost), loss_(loss) {}
  Result<lpa::HttpReply> post(std::string_view host, std::string_view path,
                              std::string_view content_type, std::string_view body) override {
    const bool now = count_++ == lost_;
    if (now && loss_ == Loss::kRequest) return gone();
    auto answer = real_.post(host, path, content_type, body);
    if (now) return gone();
    return answer;
  }
  bool reached() const { return count_ > lost_; }

 private:
  static Error gone() { return {ErrorCode::kUnavailable, "lpa.network", "the radio was gone"}; }
  lpa::Transport& real_;
  const int lost_;
  const Loss loss_;
  int count_ = 0;
};

}  // namespace

TEST_CASE("a download survives the loss of any one exchange and is charged once",
          "[scenario][R108][R109]") {
  World world;
  const Loss loss = GENERATE(Loss::kRequest, Loss::kAnswer);
  for (int lost = 0; lost < 4; ++lost) {  // three functions and the notification
    CAPTURE(lost, static_cast<int>(loss));
    const auto order = world.order("alpha");
    auto phone = world.phone(kAlphaEid);
    LossyTransport transport(phone->transport(), lost, loss);
    const auto code = rsp::sgp22::ActivationCode::parse(order.activation_code);
    REQUIRE(code.ok());
    lpa::DownloadOptions options;
    options.device = kDevice;
    // The phone's own rule: try again while there is no answer.
    int tries = 0;
    bool installed = false;
    while (!installed && tries < 3) {
      ++tries;
      lpa::Lpa lpa(phone->card(), transport, world.clock(), [](const lpa::Step&, bool) {});
      installed = lpa.download(*code, options).ok();
    }
    CHECK(installed);
    CHECK(tries <= 2);
    phone->send_notifications();
    CHECK(transport.reached());
    CHECK(world.profile_state("alpha", order.iccid) == "Installed");

    auto& ledger = world.tenant("alpha").ledger();
    const auto usage = ledger.usage(0, 1000);
    REQUIRE(usage.ok());
    int charged = 0;
    for (const auto& fact : *usage) {
      if (fact.kind == "profile.downloaded" && fact.subject == order.order_id) ++charged;
    }
    CHECK(charged == 1);
    const auto row = ledger.order(order.order_id);
    REQUIRE(row.ok());
    CHECK((*row)->attempts_used <= 2);
    CHECK(phone->card().state().profiles.size() == 1);
  }
}
