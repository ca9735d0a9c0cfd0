// Defect: whichever its configuration asks for. A store, an HSM and every draft kind, whose every
// answer says which instance gave it, so that a test sees where a call went and what has become of
// the others.
//
//   "name": "a"        one letter; the etag of every object, every octet of every signature
//   "fail-start"       start fails with UNAVAILABLE
//   "not-serving"      health says so; "degraded" likewise; "away": health fails
//   "long-words"       health says 3,000 octets that end with a line; "flood": 9,000
//   "no-limits"        an HSM that takes no calls; "no-keys": no reference opens
//   "other-keys"       the keys are there and are others
//   "fails":"3"        the first 3 calls of stat, sign, for one-time keys and of drafts fail, one
//   digit "hold-start"       start lasts as "hold" does, whatever its deadline; "hold-drain": drain
//
// stat of "hold" lasts until anybody, of whichever instance, asks for stat of "release"; so does a
// call of a draft kind about "hold". "holding" is found as long as somebody is held. list tells, as
// names: "alive-2", "keys-1".

#include <atomic>
#include <chrono>
#include <string_view>
#include <thread>

#define BERTH_ENABLE_DRAFTS
#include "berth/abi/draft/bss.h"
#include "berth/abi/draft/discovery.h"
#include "berth/abi/draft/rating.h"
#include "skeleton.h"

struct berth_hsm_key {
  char name;
};

namespace {

// A mutable global is a defect; here it is the window through which the test looks.
std::atomic<int> alive{0};
std::atomic<int> open_keys{0};
std::atomic<int> holding{0};
std::atomic<int> releases{0};

struct Puppet : berth_instance {
  std::string_view config(std::string_view text) const {
    const std::size_t at = text_.find(text);
    return at == std::string_view::npos ? std::string_view() : text_.substr(at + text.size());
  }
  bool says(std::string_view text) const { return text_.find(text) != std::string_view::npos; }
  char name() const {
    const std::string_view rest = config("\"name\":\"");
    return rest.empty() ? '?' : rest.front();
  }
  char octets_[512] = {};
  std::string_view text_;
  std::atomic<int> failures_left{0};
};

Puppet& of(berth_instance* self) { return *static_cast<Puppet*>(self); }

bool fails(berth_instance* self) {
  int left = of(self).failures_left;
  while (left > 0 && !of(self).failures_left.compare_exchange_weak(left, left - 1)) {
  }
  return left > 0;
}

berth_status unavailable(const berth_op* op) {
  return skeleton::fail(op, BERTH_UNAVAILABLE, "test.unavailable");
}

berth_status open(berth_instance* self, berth_hsm_key** out) {
  ++open_keys;
  *out = new berth_hsm_key{of(self).name()};
  return BERTH_OK;
}

constexpr berth_hsm kHsm = [] {
  berth_hsm table = skeleton::kHsm;
  table.limits = [](berth_instance* self, const berth_op*,
                    berth_hsm_limits* out) noexcept -> berth_status {
    out->max_concurrency = of(self).says("no-limits") ? 0 : 4;
    out->max_open_keys = 16;
    out->max_wrap_bytes = 64;
    return BERTH_OK;
  };
  table.open_key = [](berth_instance* self, const berth_op* op, berth_str,
                      berth_hsm_key** out) noexcept -> berth_status {
    if (of(self).says("no-keys")) return skeleton::fail(op, BERTH_NOT_FOUND, "hsm.key_not_found");
    return open(self, out);
  };
  table.generate_key = [](berth_instance* self, const berth_op* op, const berth_hsm_key_spec* spec,
                          berth_hsm_key** out) noexcept -> berth_status {
    if (spec->ephemeral && fails(self)) return unavailable(op);
    return open(self, out);
  };
  table.close_key = [](berth_instance*, berth_hsm_key* key) noexcept {
    --open_keys;
    delete key;
  };
  table.public_point = [](berth_instance* self, const berth_op*, berth_hsm_key*,
                          berth_buf* out) noexcept -> berth_status {
    const berth_status status = skeleton::fill(out, 65);
    if (of(self).says("other-keys")) out->data[64] = 5;
    return status;
  };
  // Two letters: of the instance that was asked, and of the one that opened the key.
  table.sign = [](berth_instance* self, const berth_op* op, berth_hsm_key* key, std::uint32_t,
                  berth_bytes, berth_buf* out) noexcept -> berth_status {
    if (fails(self)) return unavailable(op);
    const berth_status status = skeleton::fill(out, 64);
    out->data[0] = static_cast<std::uint8_t>(of(self).name());
    out->data[1] = static_cast<std::uint8_t>(key->name);
    return status;
  };
  return table;
}();

// op: null for one who does not listen to it.
berth_status hold(const berth_op* op) {
  const int seen = releases;
  ++holding;
  while (releases == seen && (op == nullptr || !op->cancelled(op))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  --holding;
  return BERTH_OK;
}

// What every call of a draft kind does first.
berth_status begin(berth_instance* self, const berth_op* op, std::string_view about) {
  if (fails(self)) return unavailable(op);
  return about == "hold" ? hold(op) : BERTH_OK;
}
std::string_view text(berth_str value) { return {value.data, value.len}; }

// Outcome 1 is by 'a', 2 by 'b', 3 by 'c'.
constexpr berth_registrar kRegistrar = {
    sizeof(berth_registrar), 0,
    [](berth_instance* self, const berth_op* op, const berth_ds_event* event,
       berth_registration* out) noexcept -> berth_status {
      out->outcome = static_cast<std::uint32_t>(of(self).name() - 'a' + 1);
      return begin(self, op, text(event->event_id));
    },
    [](berth_instance* self, const berth_op* op, berth_str,
       berth_str event_id) noexcept -> berth_status { return begin(self, op, text(event_id)); }};

// The charge code of the one line is its name.
constexpr berth_rating kRating = {
    sizeof(berth_rating), 0,
    [](berth_instance* self, const berth_op* op, const berth_rating_batch* batch, void* ctx,
       berth_status (*emit)(void*, const berth_rated_line*) noexcept,
       berth_sink*) noexcept -> berth_status {
      const auto* events = static_cast<const berth_usage_event*>(batch->events);
      const berth_status status = begin(self, op, text(events[0].kind));
      if (status != BERTH_OK) return status;
      const char name = of(self).name();
      berth_rated_line line{};
      line.struct_size = sizeof(line);
      line.first_sequence = line.last_sequence = events[0].sequence;
      line.charge_code = {&name, 1};
      line.currency = skeleton::str("EUR");
      return emit(ctx, &line);
    }};

// By the last octet of a lane's name: who delivers on it, in whichever instance.
std::atomic<int> delivering[256];

// Its name is the reason why orders are denied and events are parked; an event of type "half" is
// taken before the call fails, and two calls on one lane at a time both do.
constexpr berth_bss kBss = {
    sizeof(berth_bss), 0,
    [](berth_instance* self, const berth_op* op, berth_bytes order,
       berth_bss_verdict* out) noexcept -> berth_status {
      out->decision = BERTH_BSS_DENY;
      out->reason[0] = out->message[0] = of(self).name();
      out->reason_len = out->message_len = 1;
      return begin(self, op, {reinterpret_cast<const char*>(order.data), order.len});
    },
    [](berth_instance* self, const berth_op* op, const berth_bss_batch* batch, void* ctx,
       berth_status (*take)(void*, const berth_bss_receipt*) noexcept) noexcept -> berth_status {
      const auto* events = static_cast<const berth_bss_event*>(batch->events);
      auto& mine = delivering[static_cast<unsigned char>(text(batch->lane).back())];
      const bool alone = ++mine == 1;
      std::this_thread::yield();  // so that another would be met
      const berth_status status = begin(self, op, text(events[0].event_id));
      if (--mine != 0 || !alone) return skeleton::fail(op, BERTH_INTERNAL, "test.beside");
      if (status != BERTH_OK) return status;
      const char name = of(self).name();
      for (std::size_t i = 0; i < batch->count; ++i) {
        berth_bss_receipt receipt{};
        receipt.struct_size = sizeof(receipt);
        receipt.verdict = BERTH_BSS_PARK;
        receipt.index = i;
        receipt.reason = receipt.message = {&name, 1};
        const berth_status taken = take(ctx, &receipt);
        if (taken != BERTH_OK) return taken;
        if (text(events[i].type) == "half") return unavailable(op);
      }
      return BERTH_OK;
    },
    [](berth_instance* self, const berth_op* op, berth_bytes cursor, std::size_t, void* ctx,
       berth_status (*emit)(void*, berth_bytes) noexcept, berth_sink*) noexcept -> berth_status {
      const berth_status status =
          begin(self, op, {reinterpret_cast<const char*>(cursor.data), cursor.len});
      if (status != BERTH_OK) return status;
      const auto name = static_cast<std::uint8_t>(of(self).name());
      return emit(ctx, {&name, 1});
    }};

berth_status tell(void* ctx,
                  berth_status (*emit)(void*, berth_str, const berth_object_info*) noexcept,
                  const char* what, int count) {
  char name[32] = {};
  std::size_t length = std::strlen(what);
  std::memcpy(name, what, length);
  if (count >= 10) name[length++] = static_cast<char>('0' + count / 10 % 10);
  name[length++] = static_cast<char>('0' + count % 10);
  return emit(ctx, {name, length}, nullptr);
}

constexpr berth_storage kStorage = [] {
  berth_storage table = skeleton::kStorage;
  table.stat = [](berth_instance* self, const berth_op* op, berth_str name,
                  berth_object_info* info) noexcept -> berth_status {
    const std::string_view wanted(name.data, name.len);
    if (fails(self)) return unavailable(op);
    if (wanted == "hold") hold(op);
    if (wanted == "release") ++releases;
    if (wanted == "holding" && holding == 0) return skeleton::not_found(op);
    info->etag[0] = of(self).name();
    info->etag_len = 1;
    return BERTH_OK;
  };
  table.list =
      [](berth_instance*, const berth_op*, berth_str, berth_str, std::size_t, void* ctx,
         berth_status (*emit)(void*, berth_str,
                              const berth_object_info*) noexcept) noexcept -> berth_status {
    const berth_status status = tell(ctx, emit, "alive-", alive);
    return status != BERTH_OK ? status : tell(ctx, emit, "keys-", open_keys);
  };
  return table;
}();

berth_status talk(berth_sink* detail, int times) {
  std::uint8_t octets[3000];
  std::memset(octets, 'd', sizeof(octets));
  octets[sizeof(octets) - 1] = '\n';
  berth_status status = BERTH_OK;
  for (; times > 0 && status == BERTH_OK; --times) {
    status = detail->write(detail, {octets, sizeof(octets)});
  }
  return status;
}

constexpr berth_health kHealth = {
    sizeof(berth_health), 0,
    [](berth_instance* self, const berth_op* op, std::uint32_t* state,
       berth_sink* detail) noexcept -> berth_status {
      *state = of(self).says("not-serving") ? BERTH_HEALTH_NOT_SERVING
               : of(self).says("degraded")  ? BERTH_HEALTH_DEGRADED
                                            : BERTH_HEALTH_SERVING;
      if (of(self).says("bad-health")) *state = 7;
      if (of(self).says("away")) return unavailable(op);
      if (of(self).says("long-words")) return talk(detail, 1);
      if (of(self).says("flood")) return talk(detail, 3);
      static constexpr std::string_view kDetail = R"({"why":"as the test wants"})";
      return detail->write(detail,
                           {reinterpret_cast<const std::uint8_t*>(kDetail.data()), kDetail.size()});
    }};

constexpr const char* kProvides[] = {
    BERTH_HSM_V1,    BERTH_STORAGE_V1, BERTH_HEALTH_V1, BERTH_REGISTRAR_V1,
    BERTH_RATING_V1, BERTH_BSS_V1,     nullptr};

berth_status create(const berth_host* host, const berth_op*, berth_str config,
                    berth_instance** out) noexcept {
  auto* made = new Puppet();
  made->host = host;
  const std::size_t length = std::min(config.len, sizeof(made->octets_));
  std::memcpy(made->octets_, config.data, length);
  made->text_ = {made->octets_, length};
  const std::string_view fails = made->config("\"fails\":\"");
  if (!fails.empty()) made->failures_left = fails.front() - '0';
  ++alive;
  *out = made;
  return BERTH_OK;
}

const void* get_interface(berth_instance*, const char* id) noexcept {
  if (std::strcmp(id, BERTH_HSM_V1) == 0) return &kHsm;
  if (std::strcmp(id, BERTH_STORAGE_V1) == 0) return &kStorage;
  if (std::strcmp(id, BERTH_HEALTH_V1) == 0) return &kHealth;
  if (std::strcmp(id, BERTH_REGISTRAR_V1) == 0) return &kRegistrar;
  if (std::strcmp(id, BERTH_RATING_V1) == 0) return &kRating;
  if (std::strcmp(id, BERTH_BSS_V1) == 0) return &kBss;
  return nullptr;
}

}  // namespace

constexpr berth_plugin_entry berth_plugin_entry_v1 = [] {
  berth_plugin_entry entry = skeleton::entry();
  entry.id = "org.example.puppet";
  entry.provides = kProvides;
  entry.create = &create;
  entry.start = [](berth_instance* self, const berth_op* op) noexcept -> berth_status {
    if (of(self).says("hold-start")) return hold(nullptr);
    return of(self).says("fail-start") ? unavailable(op) : BERTH_OK;
  };
  entry.drain = [](berth_instance* self, const berth_op*) noexcept -> berth_status {
    return of(self).says("hold-drain") ? hold(nullptr) : BERTH_OK;
  };
  entry.destroy = [](berth_instance* self) noexcept {
    --alive;
    delete static_cast<Puppet*>(self);
  };
  entry.get_interface = &get_interface;
  return entry;
}();
