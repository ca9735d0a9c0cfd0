#include "kernel/smdpplus/es2_call.h"

#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {

TEST_CASE("the same ES2+ call gets the same octets again, with another body it is refused",
          "[smdpplus][R68][R69]") {
  Site site;
  const auto request = download_request({}, "gold");
  site.stock("gold");
  site.stock("gold");
  const std::string first = must(download_order(site.tenant(), request));
  const Mark before = site.mark();
  site.clock.advance(std::chrono::hours(1));
  CHECK(must(download_order(site.tenant(), request)) == first);
  auto other = request;
  other.eid = *Eid::parse(kAlphaEid);
  CHECK(answer_of(download_order(site.tenant(), other)) == "1.6/3.3");
  CHECK(site.told(before) == "events: -; usage: -; audit: -");
  // Another requester's identifiers are its own, and so are another function's.
  auto sister = request;
  sister.header.requester = "OP-2";
  CHECK(must(download_order(site.tenant(), sister)) != first);
  auto confirm = confirm_request(site.stock());
  confirm.header = request.header;
  CHECK(answer_of(confirm_order(site.tenant(), confirm)) == "8.2.1/3.5");
}

TEST_CASE("a refused call stays refused, octet for octet, when the cause is gone",
          "[smdpplus][R68]") {
  Site site;
  const Iccid iccid = site.stock();
  const auto early = confirm_request(iccid);
  const std::string refusal = must(confirm_order(site.tenant(), early));
  CHECK(answer_of(refusal) == "8.2.1/3.5");
  must(download_order(site.tenant(), download_request(iccid)));
  CHECK(must(confirm_order(site.tenant(), early)) == refusal);
  CHECK(answer_of(confirm_order(site.tenant(), confirm_request(iccid))) == "ok");
}

TEST_CASE("what waiting may cure is not kept: empty stock, and trouble of our own",
          "[smdpplus][R68]") {
  Site site;
  must(download_order(site.tenant(), download_request(site.stock("gold"))));
  const auto request = download_request({}, "gold");
  const Mark before = site.mark();
  CHECK(answer_of(download_order(site.tenant(), request)) == "8.2.5/3.7");
  CHECK(site.told(before) == "events: -; usage: -; audit: -");
  site.stock("gold");
  site.ledger().on_commit = [](const ledger::Unit&) {
    return ledger::Refused{ledger::RefusalReason::kOverloaded};
  };
  CHECK(answer_of(download_order(site.tenant(), request)) == "unavailable ledger.overloaded");
  site.ledger().on_commit = nullptr;
  CHECK(answer_of(download_order(site.tenant(), request)) == "ok");
}

TEST_CASE("the same call twice at once is one order", "[smdpplus][R68]") {
  Site site;
  site.stock("gold");
  site.stock("gold");
  const auto request = download_request({}, "gold");
  std::optional<std::string> rival;
  bool first = true;
  site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (std::exchange(first, false)) rival = must(download_order(site.tenant(), request));
    return std::nullopt;
  };
  const Mark before = site.mark();
  CHECK(must(download_order(site.tenant(), request)) == rival);
  CHECK(site.events(before).size() == 1);
}

TEST_CASE("the same call twice at once for the last profile is one order for both",
          "[smdpplus][R68]") {
  Site site;
  site.stock("gold");
  const auto request = download_request({}, "gold");
  std::optional<std::string> rival;
  bool first = true;
  site.ledger().on_available_profile = [&] {
    if (std::exchange(first, false)) rival = must(download_order(site.tenant(), request));
  };
  CHECK(must(download_order(site.tenant(), request)) == rival);
  // A twin that said something else was no twin.
  site.stock("gold");
  const auto other = download_request({}, "gold");
  auto reused = other;
  reused.eid = *Eid::parse(kAlphaEid);
  first = true;
  site.ledger().on_available_profile = [&] {
    if (std::exchange(first, false)) must(download_order(site.tenant(), other));
  };
  CHECK(answer_of(download_order(site.tenant(), reused)) == "1.6/3.3");
}

}  // namespace berth::smdpplus::testing
