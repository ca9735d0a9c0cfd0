// Defect: whichever its configuration names, in one of the draft kinds: a registrar, a rating model
// and a BSS connector in one. With "{}" it keeps every rule.

#include <string>

#define BERTH_ENABLE_DRAFTS
#include "berth/abi/draft/bss.h"
#include "berth/abi/draft/discovery.h"
#include "berth/abi/draft/rating.h"
#include "skeleton.h"

namespace {

struct Broken {
  std::string defect;
  bool is(const char* name) const { return defect.find(name) != std::string::npos; }
};
const Broken& of(berth_instance* self) { return *reinterpret_cast<Broken*>(self); }

constexpr berth_registrar kRegistrar = {
    sizeof(berth_registrar), 0,
    [](berth_instance* self, const berth_op*, const berth_ds_event* event,
       berth_registration* out) noexcept -> berth_status {
      out->outcome = of(self).is("no-outcome") ? 0 : BERTH_REGISTRATION_NEW;
      if (of(self).is("outcome-4")) out->outcome = 4;
      if (event->forwarding) out->outcome = BERTH_REGISTRATION_DUPLICATE;
      return BERTH_OK;
    },
    [](berth_instance* self, const berth_op* op, berth_str, berth_str) noexcept -> berth_status {
      if (of(self).is("away")) return skeleton::fail(op, BERTH_UNAVAILABLE, "registrar.away");
      return BERTH_OK;
    }};

constexpr berth_rating kRating = {
    sizeof(berth_rating), 0,
    [](berth_instance* self, const berth_op* op, const berth_rating_batch* batch, void* ctx,
       berth_status (*emit)(void*, const berth_rated_line*) noexcept,
       berth_sink* carry_out) noexcept -> berth_status {
      const Broken& plugin = of(self);
      const auto* events = static_cast<const berth_usage_event*>(batch->events);
      berth_rated_line line{};
      line.struct_size = plugin.is("short-line") ? 16 : sizeof(line);
      line.first_sequence = plugin.is("line-before") ? 0 : events[0].sequence;
      line.last_sequence = events[batch->count - 1].sequence + (plugin.is("line-beyond") ? 1 : 0);
      line.charge_code = skeleton::str(plugin.is("no-code") ? "" : "DL");
      line.currency = skeleton::str(plugin.is("no-currency") ? "eur" : "EUR");
      line.amount_micro = -5;
      line.explanation = skeleton::str("a\nb");
      const std::size_t copies = plugin.is("endless-lines") ? 1000000 : 1;
      for (std::size_t i = 0; i < copies; ++i) {
        const berth_status status = emit(ctx, &line);
        if (status == BERTH_OK) continue;
        return plugin.is("endless-lines") ? skeleton::fail(op, BERTH_INTERNAL, "test.lines")
                                          : status;
      }
      if (plugin.is("overflow")) {
        return skeleton::fail(op, BERTH_INVALID_ARGUMENT, "rating.overflow");
      }
      const std::string carry(plugin.is("huge-carry") ? BERTH_RATING_CARRY_MAX + 1 : 3, 'c');
      if ((batch->flags & BERTH_RATING_LAST) != 0 && !plugin.is("carries-on")) return BERTH_OK;
      return carry_out->write(carry_out,
                              {reinterpret_cast<const std::uint8_t*>(carry.data()), carry.size()});
    }};

berth_status deliver(berth_instance* self, const berth_op* op, const berth_bss_batch* batch,
                     void* ctx,
                     berth_status (*take)(void*, const berth_bss_receipt*) noexcept) noexcept {
  const Broken& plugin = of(self);
  for (std::size_t i = 0; i < batch->count; ++i) {
    berth_bss_receipt receipt{};
    receipt.struct_size = plugin.is("short-receipt") ? 8 : sizeof(receipt);
    receipt.index = i;
    receipt.verdict = BERTH_BSS_DELIVERED;
    if (i == 1) {
      if (plugin.is("parks-second")) receipt.verdict = BERTH_BSS_PARK;
      if (plugin.is("stops-at-second")) receipt.verdict = BERTH_BSS_TRY_LATER;
      if (plugin.is("verdict-9")) receipt.verdict = 9;
      if (plugin.is("skips-second")) receipt.index = 2;
      if (plugin.is("fails-at-second")) return skeleton::fail(op, BERTH_UNAVAILABLE, "bss.away");
      if (plugin.is("forgets-rest")) return BERTH_OK;
    }
    if (receipt.verdict != BERTH_BSS_DELIVERED && !plugin.is("silent")) {
      receipt.reason = skeleton::str("bss.away");
      receipt.message = skeleton::str("gone\x1b");
      receipt.retry_after_ms = 7;
    }
    const berth_status status = take(ctx, &receipt);
    if (status != BERTH_OK) return status;
    if (receipt.verdict == BERTH_BSS_TRY_LATER && !plugin.is("goes-on")) return BERTH_OK;
  }
  if (!plugin.is("one-more")) return BERTH_OK;
  berth_bss_receipt receipt{};
  receipt.struct_size = sizeof(receipt);
  receipt.index = batch->count;
  receipt.verdict = BERTH_BSS_DELIVERED;
  return take(ctx, &receipt);
}

constexpr berth_bss kBss = {
    sizeof(berth_bss), 0,
    [](berth_instance* self, const berth_op* op, berth_bytes,
       berth_bss_verdict* out) noexcept -> berth_status {
      const Broken& plugin = of(self);
      if (plugin.is("away")) return skeleton::fail(op, BERTH_UNAVAILABLE, "bss.away");
      out->decision = plugin.is("deny") ? BERTH_BSS_DENY : BERTH_BSS_ALLOW;
      if (plugin.is("hold")) out->decision = BERTH_BSS_HOLD;
      if (plugin.is("decision-0")) out->decision = 0;
      out->hold_for_ms = 60000;
      if (plugin.is("silent")) return BERTH_OK;
      std::memcpy(out->reason, "bss.limit", 9);
      std::memcpy(out->message, "no\nmore", 7);
      out->reason_len = plugin.is("long-reason") ? BERTH_BSS_REASON_MAX + 1 : 9;
      out->message_len = 7;
      return BERTH_OK;
    },
    &deliver,
    [](berth_instance* self, const berth_op*, berth_bytes cursor, std::size_t max, void* ctx,
       berth_status (*emit)(void*, berth_bytes) noexcept,
       berth_sink* next_cursor) noexcept -> berth_status {
      const Broken& plugin = of(self);
      const std::string record(plugin.is("huge-record") ? BERTH_BSS_RECORD_MAX + 1 : 2, '{');
      const std::size_t count = plugin.is("too-many") ? max + 1 : (plugin.is("no-record") ? 0 : 1);
      for (std::size_t i = 0; i < count; ++i) {
        const berth_status status =
            emit(ctx, {reinterpret_cast<const std::uint8_t*>(record.data()), record.size()});
        if (status != BERTH_OK) return status;
      }
      std::string next(plugin.is("long-cursor") ? BERTH_BSS_CURSOR_MAX + 1 : 4, 'n');
      if (cursor.len > 0 && !plugin.is("stays")) next.clear();
      return next_cursor->write(next_cursor,
                                {reinterpret_cast<const std::uint8_t*>(next.data()), next.size()});
    }};

constexpr const char* kDrafts[] = {BERTH_REGISTRAR_V1, BERTH_RATING_V1, BERTH_BSS_V1, nullptr};

const void* find(berth_instance*, const char* id) noexcept {
  if (std::strcmp(id, BERTH_REGISTRAR_V1) == 0) return &kRegistrar;
  if (std::strcmp(id, BERTH_RATING_V1) == 0) return &kRating;
  if (std::strcmp(id, BERTH_BSS_V1) == 0) return &kBss;
  return nullptr;
}

berth_status create(const berth_host*, const berth_op*, berth_str config,
                    berth_instance** out) noexcept {
  *out = reinterpret_cast<berth_instance*>(new Broken{{config.data, config.len}});
  return BERTH_OK;
}
void destroy(berth_instance* self) noexcept { delete reinterpret_cast<Broken*>(self); }

}  // namespace

BERTH_TEST_PLUGIN((entry.provides = kDrafts, entry.get_interface = &find, entry.create = &create,
                   entry.destroy = &destroy));
