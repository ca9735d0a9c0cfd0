// The draft kinds of an instance in another process: registrar, rating model, BSS connector.

#include <algorithm>
#include <cstring>

#include "berth/abi/draft/bss.h"
#include "berth/abi/draft/discovery.h"
#include "berth/abi/draft/rating.h"
#include "berth/sdk/views.h"
#include "kernel/isolation/remote.h"
#include "kernel/wire/draft_tables.h"

namespace berth::isolation {
namespace {

using sdk::read_struct;
using sdk::write_struct;
using wire::Slot;

constexpr std::uint32_t kCallback = 0;
constexpr std::uint32_t kSink = 1;

berth_str abi(const std::string& text) { return {text.data(), text.size()}; }

// The n-th element of an array that its owner strides over.
template <class Element>
Element element(const void* first, std::size_t stride, std::size_t n) {
  Element copy{};
  std::memcpy(static_cast<void*>(&copy), static_cast<const char*>(first) + n * stride,
              std::min(stride, sizeof(copy)));
  return copy;
}

// A list that no frame holds is not built: its call fails as one whose arguments are too large.
bool too_many(std::size_t count) { return count > wire::kMaxItems; }
berth_status refuse_count(const berth_op* op) {
  return fail(op, BERTH_INVALID_ARGUMENT, "plugin.call_too_large",
              "the plugin runs in a process of its own, and the batch has more elements than cross "
              "at once");
}

berth_status register_event(berth_instance* self, const berth_op* op, const berth_ds_event* theirs,
                            berth_registration* out) noexcept {
  const berth_ds_event event = read_struct(theirs);
  wire::Registration answer;
  const berth_status status = invoke(Remote::of(self), op, Slot::kRegisterEvent,
                                     wire::DsEvent{text_of(event.eid), text_of(event.event_id),
                                                   text_of(event.server_address), event.forwarding},
                                     answer);
  if (status == BERTH_OK) write_struct(out, {0, answer.outcome});
  return status;
}

berth_status delete_event(berth_instance* self, const berth_op* op, berth_str eid,
                          berth_str event_id) noexcept {
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, Slot::kDeleteEvent,
                wire::DsEventName{text_of(eid), text_of(event_id)}, nothing);
}

berth_status rate(berth_instance* self, const berth_op* op, const berth_rating_batch* theirs,
                  void* ctx, berth_status (*emit)(void* ctx, const berth_rated_line* line) noexcept,
                  berth_sink* carry_out) noexcept {
  const berth_rating_batch batch = read_struct(theirs);
  if (too_many(batch.count)) return refuse_count(op);
  wire::Rate arguments{batch.flags, octets_of(batch.carry_in)};
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto event = element<berth_usage_event>(batch.events, batch.stride, i);
    arguments.events.push_back({event.sequence, event.occurred_unix_ms, event.quantity_milli,
                                text_of(event.kind), text_of(event.subject),
                                text_of(event.attributes_json)});
  }
  const AskHandler ask = [&](const wire::Ask& question, wire::AskAnswer& answer) {
    if (question.stream == kSink) return answer_from(carry_out, question, answer);
    wire::RatedLine told;
    if (question.stream != kCallback || !wire::decode(question.octets, told)) return false;
    berth_rated_line line{};
    line.struct_size = std::min<std::uint32_t>(told.struct_size, sizeof(line));
    line.first_sequence = told.first_sequence;
    line.last_sequence = told.last_sequence;
    line.charge_code = abi(told.charge_code);
    line.currency = abi(told.currency);
    line.quantity_milli = told.quantity_milli;
    line.unit_price_micro = told.unit_price_micro;
    line.amount_micro = told.amount_micro;
    line.explanation = abi(told.explanation);
    answer.status = emit(ctx, &line);
    return true;
  };
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, Slot::kRate, arguments, nothing, &ask);
}

berth_status check_order(berth_instance* self, const berth_op* op, berth_bytes order_json,
                         berth_bss_verdict* out) noexcept {
  wire::Verdict answer;
  const berth_status status = invoke(Remote::of(self), op, Slot::kBssCheckOrder,
                                     wire::Order{octets_of(order_json)}, answer);
  if (status != BERTH_OK) return status;
  berth_bss_verdict verdict{};
  verdict.decision = answer.decision;
  verdict.hold_for_ms = answer.hold_for_ms;
  verdict.reason_len = answer.reason_len;  // also one that cannot be right: the caller says so
  verdict.message_len = answer.message_len;
  answer.reason.copy(verdict.reason, sizeof(verdict.reason));
  answer.message.copy(verdict.message, sizeof(verdict.message));
  write_struct(out, verdict);
  return status;
}

berth_status deliver_batch(
    berth_instance* self, const berth_op* op, const berth_bss_batch* theirs, void* ctx,
    berth_status (*receipt)(void* ctx, const berth_bss_receipt* receipt) noexcept) noexcept {
  const berth_bss_batch batch = read_struct(theirs);
  if (too_many(batch.count)) return refuse_count(op);
  wire::DeliverBatch arguments{text_of(batch.endpoint), text_of(batch.lane)};
  for (std::size_t i = 0; i < batch.count; ++i) {
    const auto event = element<berth_bss_event>(batch.events, batch.stride, i);
    arguments.events.push_back({event.sequence, event.incarnation, event.delivery_attempt,
                                event.attempt, text_of(event.event_id), text_of(event.type),
                                text_of(event.schema), octets_of(event.body_json)});
  }
  const AskHandler ask = [&](const wire::Ask& question, wire::AskAnswer& answer) {
    wire::Receipt told;
    if (question.stream != kCallback || !wire::decode(question.octets, told)) return false;
    berth_bss_receipt one{};
    one.struct_size = std::min<std::uint32_t>(told.struct_size, sizeof(one));
    one.verdict = told.verdict;
    one.index = told.index;
    one.retry_after_ms = told.retry_after_ms;
    one.reason = abi(told.reason);
    one.message = abi(told.message);
    answer.status = receipt(ctx, &one);
    return true;
  };
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, Slot::kBssDeliverBatch, arguments, nothing, &ask);
}

berth_status reconcile(berth_instance* self, const berth_op* op, berth_bytes cursor,
                       std::size_t max, void* ctx,
                       berth_status (*emit)(void* ctx, berth_bytes record_json) noexcept,
                       berth_sink* next_cursor) noexcept {
  const AskHandler ask = [&](const wire::Ask& question, wire::AskAnswer& answer) {
    if (question.stream == kSink) return answer_from(next_cursor, question, answer);
    if (question.stream != kCallback) return false;
    answer.status = emit(ctx, {question.octets.data(), question.octets.size()});
    return true;
  };
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, Slot::kBssReconcile, wire::Reconcile{octets_of(cursor), max},
                nothing, &ask);
}

constexpr berth_registrar kRegistrarTable{sizeof(berth_registrar), 0, &register_event,
                                          &delete_event};
constexpr berth_rating kRatingTable{sizeof(berth_rating), 0, &rate};
constexpr berth_bss kBssTable{sizeof(berth_bss), 0, &check_order, &deliver_batch, &reconcile};

}  // namespace

const ProxyTable kRegistrarProxy{BERTH_REGISTRAR_V1, &kRegistrarTable, sizeof(kRegistrarTable)};
const ProxyTable kRatingProxy{BERTH_RATING_V1, &kRatingTable, sizeof(kRatingTable)};
const ProxyTable kBssProxy{BERTH_BSS_V1, &kBssTable, sizeof(kBssTable)};

}  // namespace berth::isolation
