#include "kit/bss/replay.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace berth::bss_kit {
namespace {

using kit::str;
using nlohmann::json;

struct Recorded {
  std::uint64_t sequence = 0;
  std::uint64_t incarnation = 1;
  std::uint32_t attempt = 0;
  std::string id;
  std::string type;
  std::string schema;
  std::string body;
};

Recorded parse(const std::string& line, std::size_t number) {
  const json object = line.size() > kMaxReplayLine ? json() : json::parse(line, nullptr, false);
  try {
    Recorded event;
    event.sequence = object.at("sequence").get<std::uint64_t>();
    event.incarnation = object.value("incarnation", event.incarnation);
    event.attempt = object.value("attempt", event.attempt);
    event.id = object.at("eventId").get<std::string>();
    event.type = object.at("type").get<std::string>();
    event.schema = object.value("schema", event.type + "/1");
    if (!object.at("event").is_object()) throw std::runtime_error("event");
    event.body = object.at("event").dump();
    return event;
  } catch (const std::exception&) {
    throw std::runtime_error("line " + std::to_string(number) +
                             " is no recorded event: one JSON object with sequence, eventId, type "
                             "and event");
  }
}

struct Receipt {
  std::uint32_t verdict = 0;
  std::string why;
};

struct Receipts {
  std::vector<Receipt> taken;
  std::size_t limit;  // then the host is gone

  static berth_status take(void* ctx, const berth_bss_receipt* receipt) noexcept {
    auto& all = *static_cast<Receipts*>(ctx);
    if (all.taken.size() >= all.limit) return BERTH_ABORTED;
    all.taken.push_back({receipt->index == all.taken.size() ? receipt->verdict : 0,
                         std::string(receipt->reason.data, receipt->reason.len) + ": " +
                             std::string(receipt->message.data, receipt->message.len)});
    return BERTH_OK;
  }
};

class Replay {
 public:
  Replay(const berth_bss& table, berth_instance* instance, kit::Caller& caller)
      : table_(table), instance_(instance), caller_(caller) {}

  // Until every event of the batch has a fate.
  void deliver(std::vector<Recorded> batch) {
    const bool interrupted = ++batches_ % kInterruptEvery == 0;
    if (interrupted) {
      ++interruptions_;
      call(batch, batch.size() / 2, 1);  // the answer is lost: nothing of it counts
    }
    std::uint32_t attempt = interrupted ? 2 : 1;
    for (int tries = 0; !batch.empty(); ++attempt) {
      const std::vector<Receipt> receipts = call(batch, batch.size(), attempt);
      const std::size_t settled = settle(batch, receipts);
      tries = settled == 0 ? tries + 1 : 0;
      if (tries == kTriesForOneEvent)
        fail(batch[0],
             "came " + std::to_string(tries) + " times and asks to come again: " + receipts[0].why);
      batch.erase(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(settled));
    }
  }
  std::string story() const {
    return std::to_string(delivered_ + parked_) + " events: " + std::to_string(delivered_) +
           " delivered, " + std::to_string(parked_) + " parked; " + std::to_string(later_) +
           " asked to come again, " + std::to_string(interruptions_) +
           " batches came twice after an interruption" + parked_story_;
  }

 private:
  [[noreturn]] static void fail(const Recorded& event, const std::string& what) {
    throw std::runtime_error("event " + std::to_string(event.sequence) + " (" + event.id + ") " +
                             what);
  }
  std::vector<Receipt> call(const std::vector<Recorded>& batch, std::size_t limit,
                            std::uint32_t delivery_attempt) {
    std::vector<berth_bss_event> events;
    for (const Recorded& one : batch) {
      events.push_back({one.sequence, one.incarnation, delivery_attempt, one.attempt, str(one.id),
                        str(one.type), str(one.schema), kit::octets(one.body)});
    }
    berth_bss_batch raw{};
    raw.struct_size = sizeof raw;
    raw.endpoint = str("bss");
    raw.lane = str("replay");
    raw.events = events.data();
    raw.stride = sizeof(berth_bss_event);
    raw.count = events.size();
    Receipts receipts{{}, limit};
    // A receipt refused by the host ends the call without a story of the plugin's.
    berth_status status = BERTH_OK;
    if (limit < batch.size()) {
      kit::FakeOp op;
      status = table_.deliver_batch(instance_, op.raw(), &raw, &receipts, &Receipts::take);
      if (status != BERTH_ABORTED || op.fails() != 0) {
        fail(batch[limit], "had its receipt refused, and the call did not hand that back");
      }
      return receipts.taken;
    }
    status = caller_("deliver_batch", [&](const berth_op* op) {
      return table_.deliver_batch(instance_, op, &raw, &receipts, &Receipts::take);
    });
    if (!caller_.violation().empty()) throw std::runtime_error(caller_.violation());
    if (status != BERTH_OK && receipts.taken.empty()) throw std::runtime_error(caller_.failure());
    if (status == BERTH_OK && receipts.taken.size() < batch.size() &&
        (receipts.taken.empty() || receipts.taken.back().verdict != BERTH_BSS_TRY_LATER)) {
      fail(batch[receipts.taken.size()], "has no receipt, and the call succeeded");
    }
    return receipts.taken;
  }
  // How many events of the batch are done with.
  std::size_t settle(const std::vector<Recorded>& batch, const std::vector<Receipt>& receipts) {
    for (std::size_t i = 0; i < receipts.size(); ++i) {
      switch (receipts[i].verdict) {
        case BERTH_BSS_DELIVERED:
          ++delivered_;
          break;
        case BERTH_BSS_PARK:
          ++parked_;
          parked_story_ += "\nparked: event " + std::to_string(batch[i].sequence) + " (" +
                           batch[i].id + "): " + receipts[i].why;
          break;
        case BERTH_BSS_TRY_LATER:
          ++later_;
          return i;
        default:
          fail(batch[i], "has a receipt out of order or without a verdict");
      }
    }
    return receipts.size();
  }

  const berth_bss& table_;
  berth_instance* instance_;
  kit::Caller& caller_;
  std::size_t batches_ = 0;
  std::size_t interruptions_ = 0;
  std::size_t delivered_ = 0;
  std::size_t parked_ = 0;
  std::size_t later_ = 0;
  std::string parked_story_;
};

}  // namespace

std::string replay(const berth_bss& table, berth_instance* instance, kit::Caller& caller,
                   std::istream& events) {
  Replay run(table, instance, caller);
  std::vector<Recorded> batch;
  std::size_t number = 0;
  for (std::string line; std::getline(events, line);) {
    ++number;
    if (line.empty()) continue;
    batch.push_back(parse(line, number));
    if (batch.size() == kReplayBatch) run.deliver(std::exchange(batch, {}));
  }
  if (!batch.empty()) run.deliver(std::move(batch));
  if (number == 0) throw std::runtime_error("there is no event in the file");
  return run.story();
}

}  // namespace berth::bss_kit
