// The conformance kit of BSS connectors: what every plugin that provides berth.bss/1 must do,
// called through its C tables alone. A connector's test program links berth_bss_kit and defines
// make_place().

#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/abi/draft/bss.h"
#include "kit/plugin_under_test.h"

namespace berth::bss_kit {

using kit::Instance;
using kit::Outcome;
using kit::run;
using kit::str;

struct Event {
  std::uint64_t sequence = 1;
  std::string body = R"({"eventType":"profileBound","iccid":"8944000000000000019"})";
  std::uint64_t incarnation = 1;
  std::uint32_t delivery_attempt = 1;
  std::uint32_t attempt = 0;
  std::string type = "profileBound";
  std::string event_id() const {
    return "event-" + std::to_string(incarnation) + "-" + std::to_string(sequence);
  }
};
// Events `from` to `to`, about three profiles in turn.
inline std::vector<Event> events(std::uint64_t from, std::uint64_t to) {
  static constexpr const char* kIccids[] = {"8944000000000000019", "8944000000000000027",
                                            "8944000000000000035"};
  std::vector<Event> all;
  for (std::uint64_t i = from; i <= to; ++i) {
    all.push_back(
        {i, std::string(R"({"eventType":"profileBound","iccid":")") + kIccids[i % 3] + R"("})"});
  }
  return all;
}

// Where instances of one connector come and go; what was delivered stays with it.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::string plugin() const = 0;  // the built library
  virtual std::string config() const = 0;
  // The ids of the events that the BSS has of a lane, in the order it got them; nothing where a
  // test cannot look.
  virtual std::optional<std::vector<std::string>> received(const std::string& endpoint,
                                                           const std::string& lane) const {
    static_cast<void>(endpoint), static_cast<void>(lane);
    return std::nullopt;
  }
  // Everything the BSS holds, as one text that changes with any of it; empty where a test cannot
  // look.
  virtual std::string trace() const { return {}; }
  // Orders that the configuration denies and holds; empty where it decides none so.
  virtual std::string denied_order() const { return {}; }
  virtual std::string held_order() const { return {}; }
};
// Fresh, without events. Defined by each program that runs the kit.
std::unique_ptr<Place> make_place();

// What deliver_batch told, one letter for each receipt: D, L (later), P; '?' for what breaks the
// rules.
struct Receipts {
  std::string verdicts{};
  std::vector<std::string> reasons{};
  std::size_t limit = 10000;  // of receipts; the next is refused

  static berth_status take(void* ctx, const berth_bss_receipt* receipt) noexcept {
    auto& all = *static_cast<Receipts*>(ctx);
    if (all.verdicts.size() == all.limit) return BERTH_ABORTED;
    bool good = receipt->index == all.verdicts.size() && receipt->verdict >= BERTH_BSS_DELIVERED &&
                receipt->verdict <= BERTH_BSS_PARK;
    all.verdicts += good ? "?DLP"[receipt->verdict] : '?';
    all.reasons.emplace_back(receipt->reason.data == nullptr ? "" : receipt->reason.data,
                             receipt->reason.len);
    if (receipt->verdict != BERTH_BSS_DELIVERED &&
        (receipt->reason.len == 0 || receipt->message.len == 0)) {
      all.verdicts.back() = '?';
    }
    return BERTH_OK;
  }
};

// A started instance. Every call checks the contract: a story exactly when not OK.
class Connector {
 public:
  explicit Connector(const Place& place)
      : instance_(kit::load_plugin(place.plugin().c_str()), place.config()) {
    REQUIRE(instance_.created().ok());
    REQUIRE(instance_.start().ok());
    table_ = instance_.table<berth_bss>(BERTH_BSS_V1);
    REQUIRE(table_ != nullptr);
  }

  // The verdicts; of a batch that is taken whole "DDD…".
  std::string deliver(const std::vector<Event>& list, const std::string& lane = "live",
                      const std::string& endpoint = "bss") {
    Receipts receipts;
    CHECK(deliver(list, receipts, lane, endpoint).ok());
    return receipts.verdicts;
  }
  Outcome deliver(const std::vector<Event>& list, Receipts& receipts,
                  const std::string& lane = "live", const std::string& endpoint = "bss") {
    return run(
        [&](const berth_op* op) { return deliver_with(op, list, receipts, lane, endpoint); });
  }
  // Without Catch2, for other threads than the test's.
  berth_status deliver_with(const berth_op* op, const std::vector<Event>& list, Receipts& receipts,
                            const std::string& lane, const std::string& endpoint) {
    std::vector<std::string> ids;
    for (const Event& event : list) ids.push_back(event.event_id());
    std::vector<berth_bss_event> raw;
    for (std::size_t i = 0; i < list.size(); ++i) {
      raw.push_back({list[i].sequence, list[i].incarnation, list[i].delivery_attempt,
                     list[i].attempt, str(ids[i]), str(list[i].type), str("profileBound/1"),
                     kit::octets(list[i].body)});
    }
    berth_bss_batch batch{};
    batch.struct_size = sizeof batch;
    batch.endpoint = str(endpoint);
    batch.lane = str(lane);
    batch.events = raw.data();
    batch.stride = sizeof(berth_bss_event);
    batch.count = raw.size();
    return table_->deliver_batch(instance_.handle(), op, &batch, &receipts, &Receipts::take);
  }

  Outcome check(std::string_view order, berth_bss_verdict& verdict) {
    verdict = {};
    verdict.struct_size = sizeof verdict;
    return check_into(order, verdict);
  }
  // Into as much room as the verdict says.
  Outcome check_into(std::string_view order, berth_bss_verdict& verdict) {
    return run([&](const berth_op* op) {
      return table_->check_order(instance_.handle(), op, kit::octets(order), &verdict);
    });
  }

  // One page; `next` is where to go on, empty at the end.
  Outcome reconcile(std::string_view cursor, std::size_t max, std::vector<std::string>& records,
                    std::string& next) {
    kit::CollectingSink sink;
    Outcome outcome = run([&](const berth_op* op) {
      return table_->reconcile(
          instance_.handle(), op, kit::octets(cursor), max, &records,
          [](void* ctx, berth_bytes record) noexcept -> berth_status {
            static_cast<std::vector<std::string>*>(ctx)->emplace_back(
                reinterpret_cast<const char*>(record.data), record.len);
            return BERTH_OK;
          },
          sink.raw());
    });
    next = sink.content();
    return outcome;
  }

 private:
  Instance instance_;
  const berth_bss* table_ = nullptr;
};

}  // namespace berth::bss_kit
