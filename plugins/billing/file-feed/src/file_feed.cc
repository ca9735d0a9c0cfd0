#include "file_feed.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "beliefs.h"

namespace file_feed {

using berth::sdk::BssBatch;
using berth::sdk::BssEvent;
using berth::sdk::BssVerdict;
using berth::sdk::Error;
using berth::sdk::Op;
using berth::sdk::Receipts;
using berth::sdk::RecordSink;
using nlohmann::json;
namespace {

// Whether the event is one that a line can hold; independent of what is there already, so that an
// event set aside once is set aside again.
std::string problem(const BssEvent& event) {
  if (event.body_json.size() > LaneFile::kMaxBodyOctets) return "its body has more than 256 KiB";
  json body = json::parse(event.body_json, nullptr, false);
  if (!body.is_object()) return "its body is not a JSON object";
  bool named = berth::sdk::detail::is_visible_ascii(event.event_id, 128) &&
               berth::sdk::detail::is_visible_ascii(event.type, 128);
  return named ? "" : "its id or type is not 1 to 128 visible ASCII characters";
}

}  // namespace

void FileFeed::start(const Op&) { folder_ = open_folder(config_.folder); }

berth::sdk::Health FileFeed::health(const Op&) {
  if (!failing_) return {};
  return {BERTH_HEALTH_DEGRADED, R"({"problem":"the last append failed"})"};
}

BssVerdict FileFeed::check_order(const Op&, std::string_view order_json) {
  return judge(config_.orders, order_json);
}

const FileDescriptor& FileFeed::folder() const {
  if (folder_.valid()) return folder_;
  throw Error(BERTH_FAILED_PRECONDITION, "file_feed.not_started",
              "the instance has not been started");
}

LaneFile& FileFeed::lane(const BssBatch& batch) {
  const FileDescriptor& here = folder();
  std::string name = LaneFile::file_name(batch.endpoint(), batch.lane());
  std::lock_guard lock(mutex_);
  auto known = lanes_.find(name);
  if (known != lanes_.end()) return *known->second;
  if (lanes_.size() == kMaxLanes) {
    throw Error(BERTH_RESOURCE_EXHAUSTED, "file_feed.too_many", "256 lanes are open already");
  }
  return *lanes_.emplace(name, std::make_unique<LaneFile>(here, name)).first->second;
}

void FileFeed::deliver(const Op& op, const BssBatch& batch, Receipts& receipts) {
  op.throw_if_cancelled();
  std::vector<BssEvent> good;
  std::vector<std::string> problems;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    problems.push_back(problem(batch[i]));
    if (problems.back().empty()) good.push_back(batch[i]);
  }
  bool mended = false;
  try {
    lane(batch).append(good, mended);
    failing_ = false;
  } catch (const Error&) {
    failing_ = true;
    throw;
  }
  if (mended) {
    host_.log(berth::sdk::LogLevel::kWarn, "a torn last line was cut off",
              {{"file", LaneFile::file_name(batch.endpoint(), batch.lane())}});
  }
  for (const std::string& what : problems) {
    if (what.empty()) {
      receipts.delivered();
    } else {
      receipts.park("bss.bad_event", what);
    }
  }
}

std::string FileFeed::reconcile(const Op& op, std::string_view cursor, std::size_t max,
                                const RecordSink& out) {
  if (cursor.find_first_not_of("0123456789") != std::string_view::npos || cursor.size() > 20) {
    throw Error(BERTH_INVALID_ARGUMENT, "bss.cursor", "the cursor is not one of this feed's");
  }
  folder();
  std::map<std::string, Belief> beliefs =
      read_beliefs(config_.folder, [&] { op.throw_if_cancelled(); });
  auto at = beliefs.upper_bound(std::string(cursor));
  std::string last;
  for (; at != beliefs.end() && max > 0; ++at, --max) {
    out.emit(json{{"iccid", at->first},
                  {"lastEventType", at->second.type},
                  {"lastEventId", at->second.event_id},
                  {"incarnation", at->second.position.first},
                  {"sequence", at->second.position.second}}
                 .dump());
    last = at->first;
  }
  return at == beliefs.end() ? std::string() : last;
}

}  // namespace file_feed
