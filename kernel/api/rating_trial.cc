#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/json_request.h"
#include "kernel/api/trial.h"
#include "kernel/plugins/rating.h"

namespace berth::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxUsage = 10'000;
constexpr std::size_t kMaxText = 256;

// A usage fact as somebody typed it, and what the model is lent of it.
struct Fact {
  std::string kind;
  std::string subject;
  std::string attributes;
  plugins::UsageEvent event;
};

Result<Fact> read_fact(const json& one, std::size_t index) {
  const std::string where = "usage fact " + std::to_string(index + 1) + ": ";
  if (!one.is_object()) return bad_request(where + "it must be an object");
  for (const auto& [name, value] : one.items()) {
    if (name == "sequence" || name == "kind" || name == "quantityMilli" || name == "subject" ||
        name == "attributes" || name == "occurredMs") {
      continue;
    }
    return bad_request(where +
                       "unknown member; known are sequence kind quantityMilli subject attributes "
                       "occurredMs");
  }
  if (!one.contains("kind")) return bad_request(where + "'kind' is missing");
  Fact fact;
  BERTH_TRY(kind, trial_text(one, "kind", kMaxText, "", where));
  fact.kind = std::move(kind);
  BERTH_TRY(subject, trial_text(one, "subject", kMaxText, "trial", where));
  fact.subject = std::move(subject);
  const json attributes = one.value("attributes", json::object());
  if (!attributes.is_object()) return bad_request(where + "'attributes' must be an object");
  fact.attributes = attributes.dump();
  BERTH_TRY(sequence, trial_number(one, "sequence", 1, INT64_MAX,
                                   static_cast<std::int64_t>(index) + 1, where));
  BERTH_TRY(quantity, trial_number(one, "quantityMilli", INT64_MIN, INT64_MAX, 1000, where));
  BERTH_TRY(occurred, trial_number(one, "occurredMs", 0, INT64_MAX, 0, where));
  fact.event.sequence = static_cast<std::uint64_t>(sequence);
  fact.event.quantity_milli = quantity;
  fact.event.occurred_ms = occurred;
  return fact;
}

Result<std::vector<Fact>> read_facts(const json& body) {
  const json usage = body.value("usage", json());
  if (!usage.is_array() || usage.empty() || usage.size() > kMaxUsage) {
    return bad_request("'usage' must be a list of 1 to " + std::to_string(kMaxUsage) +
                       " usage facts");
  }
  std::vector<Fact> facts;
  for (std::size_t i = 0; i < usage.size(); ++i) {
    BERTH_TRY(fact, read_fact(usage[i], i));
    facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace

ingress::HttpResponse try_rating(const Call& call, context::TenantContext& tenant) {
  if (tenant.rating() == nullptr) return refuse(unbound(tenant, "rating"));
  const Result<json> body = parse_request(call.request.body, {"usage"});
  if (!body) return refuse(body.error());
  const Result<std::vector<Fact>> facts = read_facts(*body);
  if (!facts) return refuse(facts.error());
  std::vector<plugins::UsageEvent> events;
  for (const Fact& fact : *facts) {
    events.push_back(fact.event);
    events.back().kind = fact.kind;
    events.back().subject = fact.subject;
    events.back().attributes_json = fact.attributes;
  }
  // One whole period.
  const auto rated = tenant.rating()->rate(trial_op(call, tenant), {{}, events, true});
  if (!rated) return refuse(rated.error());
  ordered_json lines = ordered_json::array();
  for (const plugins::RatedLine& line : rated->lines) {
    lines.push_back({{"chargeCode", line.charge_code},
                     {"currency", line.currency},
                     {"quantityMilli", line.quantity_milli},
                     {"unitPriceMicro", line.unit_price_micro},
                     {"amountMicro", line.amount_micro},
                     {"firstSequence", line.first_sequence},
                     {"lastSequence", line.last_sequence},
                     {"explanation", line.explanation}});
  }
  return answer({{"lines", std::move(lines)}});
}

}  // namespace berth::api
