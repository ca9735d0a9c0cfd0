// The slots of the draft kinds: registrar, rating model, BSS connector.

#include <algorithm>

#include "berth/abi/draft/bss.h"
#include "berth/abi/draft/discovery.h"
#include "berth/abi/draft/rating.h"
#include "berth/sdk/views.h"
#include "kernel/plugin_host/instance.h"
#include "kernel/wire/draft_tables.h"

namespace berth::plugin_host {
namespace {

using wire::Slot;

constexpr std::uint32_t kCallback = 0;
constexpr std::uint32_t kSink = 1;
// Longer than any text of a draft's answers may be is enough to be seen as such.
constexpr std::size_t kMaxText = 1024;

std::string text_of(berth_str text) {
  return text.data == nullptr ? std::string()
                              : std::string(text.data, std::min(text.len, kMaxText));
}

berth_status ask(RunningCall& call, wire::Octets octets) {
  wire::Ask question;
  question.stream = kCallback;
  question.octets = std::move(octets);
  return call.connection.ask<wire::AskAnswer>(wire::Type::kAsk, call.id, question).status;
}

berth_status register_event(RunningCall& call, const berth_registrar& table, ByteView arguments,
                            wire::Octets& answer) {
  const auto wanted = read_arguments<wire::DsEvent>(arguments);
  const berth_ds_event event{
      sizeof(berth_ds_event), 0, abi(wanted.eid), abi(wanted.event_id), abi(wanted.server_address),
      wanted.forwarding};
  berth_registration found{sizeof(berth_registration), 0};
  const berth_status status =
      table.register_event(call.instance.handle, call.op.abi(), &event, &found);
  answer = wire::encode(wire::Registration{found.outcome});
  return status;
}

berth_status emit_line(void* ctx, const berth_rated_line* theirs) noexcept {
  const berth_rated_line line = sdk::read_struct(theirs);
  return ask(
      *static_cast<RunningCall*>(ctx),
      wire::encode(wire::RatedLine{
          theirs == nullptr ? 0 : theirs->struct_size, line.first_sequence, line.last_sequence,
          text_of(line.charge_code), text_of(line.currency), line.quantity_milli,
          line.unit_price_micro, line.amount_micro, text_of(line.explanation)}));
}

berth_status rate(RunningCall& call, const berth_rating& table, ByteView arguments) {
  const auto wanted = read_arguments<wire::Rate>(arguments);
  std::vector<berth_usage_event> events;
  events.reserve(wanted.events.size());
  for (const wire::UsageEvent& event : wanted.events) {
    events.push_back({event.sequence, event.occurred_unix_ms, event.quantity_milli, abi(event.kind),
                      abi(event.subject), abi(event.attributes_json)});
  }
  const berth_rating_batch batch{sizeof(berth_rating_batch), wanted.flags,
                                 abi(wanted.carry_in),       events.data(),
                                 sizeof(berth_usage_event),  events.size()};
  StreamProxy carry(call, kSink);
  return table.rate(call.instance.handle, call.op.abi(), &batch, &call, &emit_line, carry.sink());
}

berth_status check_order(RunningCall& call, const berth_bss& table, ByteView arguments,
                         wire::Octets& answer) {
  const auto wanted = read_arguments<wire::Order>(arguments);
  berth_bss_verdict verdict{};
  verdict.struct_size = sizeof(verdict);
  const berth_status status =
      table.check_order(call.instance.handle, call.op.abi(), abi(wanted.order_json), &verdict);
  const auto text = [](const char* data, std::uint32_t length, std::size_t room) {
    return std::string(data, std::min<std::size_t>(length, room));
  };
  answer = wire::encode(
      wire::Verdict{verdict.decision, verdict.hold_for_ms, verdict.reason_len, verdict.message_len,
                    text(verdict.reason, verdict.reason_len, sizeof(verdict.reason)),
                    text(verdict.message, verdict.message_len, sizeof(verdict.message))});
  return status;
}

berth_status give_receipt(void* ctx, const berth_bss_receipt* theirs) noexcept {
  const berth_bss_receipt receipt = sdk::read_struct(theirs);
  return ask(*static_cast<RunningCall*>(ctx),
             wire::encode(wire::Receipt{theirs == nullptr ? 0 : theirs->struct_size,
                                        receipt.verdict, receipt.index, receipt.retry_after_ms,
                                        text_of(receipt.reason), text_of(receipt.message)}));
}

berth_status deliver_batch(RunningCall& call, const berth_bss& table, ByteView arguments) {
  const auto wanted = read_arguments<wire::DeliverBatch>(arguments);
  std::vector<berth_bss_event> events;
  events.reserve(wanted.events.size());
  for (const wire::BssEvent& event : wanted.events) {
    events.push_back({event.sequence, event.incarnation, event.delivery_attempt, event.attempt,
                      abi(event.event_id), abi(event.type), abi(event.schema),
                      abi(event.body_json)});
  }
  const berth_bss_batch batch{sizeof(berth_bss_batch),
                              0,
                              abi(wanted.endpoint),
                              abi(wanted.lane),
                              events.data(),
                              sizeof(berth_bss_event),
                              events.size()};
  return table.deliver_batch(call.instance.handle, call.op.abi(), &batch, &call, &give_receipt);
}

berth_status emit_record(void* ctx, berth_bytes record) noexcept {
  constexpr std::size_t kMaxRecord = BERTH_BSS_RECORD_MAX + 1;
  const ByteView octets{record.data, record.data == nullptr ? 0 : record.len};
  return ask(*static_cast<RunningCall*>(ctx),
             wire::to_octets(octets.first(std::min(octets.size(), kMaxRecord))));
}

berth_status reconcile(RunningCall& call, const berth_bss& table, ByteView arguments) {
  const auto wanted = read_arguments<wire::Reconcile>(arguments);
  StreamProxy next(call, kSink);
  return table.reconcile(call.instance.handle, call.op.abi(), abi(wanted.cursor), wanted.max, &call,
                         &emit_record, next.sink());
}

template <class Table>
const Table* table_of(RunningCall& call, const char* name) {
  return static_cast<const Table*>(call.table(name));
}

}  // namespace

berth_status serve_registrar(Slot slot, RunningCall& call, ByteView arguments,
                             wire::Octets& answer) {
  const auto* table = table_of<berth_registrar>(call, BERTH_REGISTRAR_V1);
  if (table == nullptr) return BERTH_UNSUPPORTED;
  if (slot == Slot::kRegisterEvent) return register_event(call, *table, arguments, answer);
  const auto wanted = read_arguments<wire::DsEventName>(arguments);
  return table->delete_event(call.instance.handle, call.op.abi(), abi(wanted.eid),
                             abi(wanted.event_id));
}

berth_status serve_rating(RunningCall& call, ByteView arguments) {
  const auto* table = table_of<berth_rating>(call, BERTH_RATING_V1);
  return table == nullptr ? BERTH_UNSUPPORTED : rate(call, *table, arguments);
}

berth_status serve_bss(Slot slot, RunningCall& call, ByteView arguments, wire::Octets& answer) {
  const auto* table = table_of<berth_bss>(call, BERTH_BSS_V1);
  if (table == nullptr) return BERTH_UNSUPPORTED;
  switch (slot) {
    case Slot::kBssCheckOrder:
      return check_order(call, *table, arguments, answer);
    case Slot::kBssDeliverBatch:
      return deliver_batch(call, *table, arguments);
    case Slot::kBssReconcile:
      return reconcile(call, *table, arguments);
    default:
      Connection::give_up();
  }
}

}  // namespace berth::plugin_host
