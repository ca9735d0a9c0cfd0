// The messages of the draft kinds' slots: "berth.discovery.registrar/1", "berth.rating/1" and
// "berth.bss/1". Of each call stream 0 is its callback and stream 1 its sink.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/wire/archive.h"

namespace berth::wire {

struct DsEvent {
  std::string eid = {};
  std::string event_id = {};
  std::string server_address = {};
  bool forwarding = false;
  template <class A>
  void fields(A& a) {
    a(eid, event_id, server_address, forwarding);
  }
};
struct Registration {
  std::uint32_t outcome = 0;
  template <class A>
  void fields(A& a) {
    a(outcome);
  }
};
struct DsEventName {
  std::string eid = {};
  std::string event_id = {};
  template <class A>
  void fields(A& a) {
    a(eid, event_id);
  }
};

struct UsageEvent {
  std::uint64_t sequence = 0;
  std::int64_t occurred_unix_ms = 0;
  std::int64_t quantity_milli = 0;
  std::string kind = {};
  std::string subject = {};
  std::string attributes_json = {};
  template <class A>
  void fields(A& a) {
    a(sequence, occurred_unix_ms, quantity_milli, kind, subject, attributes_json);
  }
};
struct Rate {
  std::uint32_t flags = 0;
  Octets carry_in = {};
  std::vector<UsageEvent> events = {};
  template <class A>
  void fields(A& a) {
    a(flags, carry_in, events);
  }
};
struct RatedLine {
  std::uint32_t struct_size = 0;  // as the plugin set it
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::string charge_code = {};
  std::string currency = {};
  std::int64_t quantity_milli = 0;
  std::int64_t unit_price_micro = 0;
  std::int64_t amount_micro = 0;
  std::string explanation = {};
  template <class A>
  void fields(A& a) {
    a(struct_size, first_sequence, last_sequence, charge_code, currency, quantity_milli,
      unit_price_micro, amount_micro, explanation);
  }
};

struct Order {
  Octets order_json = {};
  template <class A>
  void fields(A& a) {
    a(order_json);
  }
};
struct Verdict {
  std::uint32_t decision = 0;
  std::uint32_t hold_for_ms = 0;
  std::uint32_t reason_len = 0;  // as the plugin set them
  std::uint32_t message_len = 0;
  std::string reason = {};
  std::string message = {};
  template <class A>
  void fields(A& a) {
    a(decision, hold_for_ms, reason_len, message_len, reason, message);
  }
};
struct BssEvent {
  std::uint64_t sequence = 0;
  std::uint64_t incarnation = 0;
  std::uint32_t delivery_attempt = 0;
  std::uint32_t attempt = 0;
  std::string event_id = {};
  std::string type = {};
  std::string schema = {};
  Octets body_json = {};
  template <class A>
  void fields(A& a) {
    a(sequence, incarnation, delivery_attempt, attempt, event_id, type, schema, body_json);
  }
};
struct DeliverBatch {
  std::string endpoint = {};
  std::string lane = {};
  std::vector<BssEvent> events = {};
  template <class A>
  void fields(A& a) {
    a(endpoint, lane, events);
  }
};
struct Receipt {
  std::uint32_t struct_size = 0;  // as the plugin set it
  std::uint32_t verdict = 0;
  std::uint64_t index = 0;
  std::uint32_t retry_after_ms = 0;
  std::string reason = {};
  std::string message = {};
  template <class A>
  void fields(A& a) {
    a(struct_size, verdict, index, retry_after_ms, reason, message);
  }
};
struct Reconcile {
  Octets cursor = {};
  std::uint64_t max = 0;
  template <class A>
  void fields(A& a) {
    a(cursor, max);
  }
};

}  // namespace berth::wire
