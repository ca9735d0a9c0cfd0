// The wall around plugin code: what is thrown inside becomes a status and exactly one story.

#include "berth/sdk/thunk.h"

#include <catch2/catch.hpp>
#include <functional>
#include <new>
#include <stdexcept>

#include "berth/sdk/hsm.h"
#include "berth/sdk/storage.h"
#include "kit/outcome.h"

namespace {

using namespace berth::sdk;
using berth::kit::CollectingSink;
using berth::kit::FakeHost;
using berth::kit::FakeOp;
using berth::kit::octets;
using berth::kit::run;
using berth::kit::str;
using berth::kit::TextSource;

// Every method runs `behaviour`, which a test sets.
struct ScriptedBackend : HsmBackend {
  ScriptedBackend(Host, const berth::sdk::Config& config) {
    if (config.json() == "throw") throw Error(BERTH_INVALID_ARGUMENT, "scripted.config", "no");
    ++alive;
  }
  ~ScriptedBackend() override { --alive; }
  static inline int alive = 0;
  std::function<void()> behaviour = [] {};
  HsmKeySpec last_spec;

  void start(const Op&) override { behaviour(); }
  berth_hsm_limits limits(const Op&) override {
    behaviour();
    berth_hsm_limits limits{};
    limits.max_concurrency = 7;
    limits.max_open_keys = 8;
    limits.max_wrap_bytes = 9;
    return limits;
  }
  std::span<const std::uint32_t> mechanisms(const Op&) override {
    static constexpr std::uint32_t kAll[] = {1, 16, 33};
    return kAll;
  }
  std::unique_ptr<HsmKey> open_key(const Op&, std::string_view) override { return nullptr; }
  std::unique_ptr<HsmKey> generate_key(const Op&, const HsmKeySpec& spec) override {
    last_spec = spec;
    return std::make_unique<HsmKey>();
  }
  void destroy_key(const Op&, std::string_view) override { behaviour(); }
  berth_hsm_key_info describe_key(const Op&, const HsmKey&) override { return {}; }
  void public_point(const Op&, const HsmKey&, OutBuffer sec1) override { sec1.claim(65); }
  void sign(const Op&, const HsmKey&, std::uint32_t, ByteView, OutBuffer signature) override {
    signature.claim(64);
  }
  void agree(const Op&, const HsmKey&, const HsmAgree&, std::span<std::uint8_t>) override {}
  void wrap(const Op&, const HsmKey&, std::uint32_t, ByteView, ByteView, OutBuffer) override {}
  void unwrap(const Op&, const HsmKey&, std::uint32_t, ByteView, ByteView, OutBuffer) override {}
  void random(const Op&, std::span<std::uint8_t>) override {}
};

struct ImportingBackend final : ScriptedBackend, HsmImporter {
  using ScriptedBackend::ScriptedBackend;
  void import_key(const Op&, std::string_view reference, const HsmKeySpec&, ByteView) override {
    imported = reference;
  }
  std::string imported;
};

using Thunks = detail::HsmThunks<ScriptedBackend>;
using BackendLife = detail::Life<ScriptedBackend>;

struct Fixture {
  FakeHost host;
  ScriptedBackend backend{Host(host.raw()), berth::sdk::Config("{}")};
  berth_instance* handle = detail::to_handle(&backend);

  // destroy_key, with `behaviour` inside.
  berth::kit::Outcome call(std::function<void()> behaviour) {
    backend.behaviour = std::move(behaviour);
    return run([&](const berth_op* op) { return Thunks::destroy_key(handle, op, str("key")); });
  }
};

}  // namespace

TEST_CASE("an Error thrown inside becomes its status and one story", "[sdk]") {
  Fixture fixture;
  fixture.backend.behaviour = [] {
    throw Error(BERTH_UNAVAILABLE, "scripted.away", "come back").with_retry_after_ms(250);
  };
  FakeOp op;
  CHECK(Thunks::destroy_key(fixture.handle, op.raw(), str("key")) == BERTH_UNAVAILABLE);
  CHECK(op.fails() == 1);
  CHECK(op.reason() == "scripted.away");
  CHECK(op.message() == "come back");
  CHECK(op.retry_after_ms() == 250);
}

TEST_CASE("an Error with the code OK is still a failure", "[sdk]") {
  Fixture fixture;
  CHECK(fixture.call([] { throw Error(BERTH_OK, "scripted.ok", "not so"); }).status ==
        BERTH_INTERNAL);
}

TEST_CASE("exceptions of libraries and strangers become internal failures", "[sdk]") {
  Fixture fixture;
  auto library = fixture.call([] { throw std::runtime_error("library broke"); });
  CHECK(library.status == BERTH_INTERNAL);
  CHECK(library.reason == "plugin.exception");
  CHECK(library.message == "library broke");
  CHECK(fixture.call([] { throw 42; }).status == BERTH_INTERNAL);
  auto memory = fixture.call([] { throw std::bad_alloc(); });
  CHECK(memory.status == BERTH_RESOURCE_EXHAUSTED);
  CHECK(memory.reason == "plugin.out_of_memory");
}

TEST_CASE("what the caller's own callback refused goes back without a story", "[sdk]") {
  Fixture fixture;
  fixture.backend.behaviour = [] {
    CollectingSink full(0, BERTH_ABORTED);
    Sink(full.raw()).write(std::string_view("x"));
  };
  FakeOp op;
  CHECK(Thunks::destroy_key(fixture.handle, op.raw(), str("key")) == BERTH_ABORTED);
  CHECK(op.fails() == 0);
}

TEST_CASE("a throwing constructor makes no instance", "[sdk]") {
  FakeHost host;
  berth_instance* made = nullptr;
  auto outcome = run(
      [&](const berth_op* op) { return BackendLife::create(host.raw(), op, str("throw"), &made); });
  CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
  CHECK(outcome.reason == "scripted.config");
  CHECK(made == nullptr);
}

TEST_CASE("create and destroy pair up, also without start", "[sdk]") {
  FakeHost host;
  int before = ScriptedBackend::alive;
  berth_instance* made = nullptr;
  CHECK(run([&](const berth_op* op) {
          return BackendLife::create(host.raw(), op, str("{}"), &made);
        }).ok());
  CHECK(ScriptedBackend::alive == before + 1);
  BackendLife::destroy(made);
  CHECK(ScriptedBackend::alive == before);
}

TEST_CASE("a buffer that is too small reports the size needed", "[sdk]") {
  Fixture fixture;
  HsmKey key;
  auto* raw_key = reinterpret_cast<berth_hsm_key*>(&key);
  std::uint8_t octet = 0x5A;
  for (berth_buf buffer : {berth_buf{nullptr, 0, 0}, berth_buf{&octet, 1, 0}}) {
    auto outcome = run([&](const berth_op* op) {
      return Thunks::sign(fixture.handle, op, raw_key, BERTH_MECH_ECDSA_SHA256, {nullptr, 0},
                          &buffer);
    });
    CHECK(outcome.status == BERTH_BUFFER_TOO_SMALL);
    CHECK(buffer.len == 64);
    CHECK(octet == 0x5A);
  }
}

TEST_CASE("null pointers where the contract wants objects are refused", "[sdk]") {
  Fixture fixture;
  auto refused = [](const berth::kit::Outcome& outcome) {
    return outcome.status == BERTH_INVALID_ARGUMENT && outcome.reason == "plugin.bad_call";
  };
  CHECK(refused(
      run([&](const berth_op* op) { return Thunks::limits(fixture.handle, op, nullptr); })));
  CHECK(refused(run([&](const berth_op* op) {
    return Thunks::sign(fixture.handle, op, nullptr, 1, {nullptr, 0}, nullptr);
  })));
  berth_hsm_key* key = nullptr;
  CHECK(refused(run([&](const berth_op* op) {
    return Thunks::generate_key(fixture.handle, op, nullptr, &key);
  })));
  CHECK(refused(run([&](const berth_op* op) {
    return Thunks::agree(fixture.handle, op, nullptr, nullptr, nullptr, nullptr);
  })));
}

TEST_CASE("a backend that makes no key is found out", "[sdk]") {
  Fixture fixture;
  berth_hsm_key* key = nullptr;
  auto outcome = run(
      [&](const berth_op* op) { return Thunks::open_key(fixture.handle, op, str("any"), &key); });
  CHECK(outcome.status == BERTH_INTERNAL);
  CHECK(key == nullptr);
}

TEST_CASE("structs of older and newer hosts are read and written to their own size", "[sdk]") {
  Fixture fixture;
  SECTION("an older host's shorter out-struct is not overrun") {
    struct {
      berth_hsm_limits limits{};
      std::uint32_t guard = 0xFEEDFACE;
    } offered;
    offered.limits.struct_size = offsetof(berth_hsm_limits, max_open_keys);
    offered.limits.max_open_keys = 0xAAAAAAAA;
    CHECK(run([&](const berth_op* op) {
            return Thunks::limits(fixture.handle, op, &offered.limits);
          }).ok());
    CHECK(offered.limits.struct_size == offsetof(berth_hsm_limits, max_open_keys));
    CHECK(offered.limits.max_concurrency == 7);
    CHECK(offered.limits.max_open_keys == 0xAAAAAAAA);
    CHECK(offered.guard == 0xFEEDFACE);
  }
  SECTION("an older host's shorter in-struct reads as zero beyond its end") {
    berth_hsm_key_spec spec{};
    spec.struct_size = offsetof(berth_hsm_key_spec, bits);
    spec.curve = BERTH_CURVE_P256;
    spec.usage = BERTH_KEY_SIGN;
    spec.bits = 999;
    spec.label = str("beyond the end");
    berth_hsm_key* key = nullptr;
    CHECK(run([&](const berth_op* op) {
            return Thunks::generate_key(fixture.handle, op, &spec, &key);
          }).ok());
    CHECK(fixture.backend.last_spec.usage == BERTH_KEY_SIGN);
    CHECK(fixture.backend.last_spec.bits == 0);
    CHECK(fixture.backend.last_spec.label.empty());
    Thunks::close_key(fixture.handle, key);
  }
  SECTION("a newer host's longer struct is taken as far as it is known") {
    struct {
      berth_hsm_limits limits{};
      std::uint64_t newer = 5;
    } offered;
    offered.limits.struct_size = sizeof offered;
    CHECK(run([&](const berth_op* op) {
            return Thunks::limits(fixture.handle, op, &offered.limits);
          }).ok());
    CHECK(offered.limits.max_wrap_bytes == 9);
    CHECK(offered.newer == 5);
  }
}

TEST_CASE("mechanisms tell the total even when the caller's room is short", "[sdk]") {
  Fixture fixture;
  std::uint32_t ids[2] = {};
  std::size_t count = 0;
  CHECK(run([&](const berth_op* op) {
          return Thunks::mechanisms(fixture.handle, op, ids, 2, &count);
        }).ok());
  CHECK(count == 3);
  CHECK(ids[1] == 16);
}

TEST_CASE("every promised interface is answered and no other", "[sdk]") {
  Fixture fixture;
  CHECK(Thunks::get_interface(fixture.handle, BERTH_HSM_V1) == &Thunks::kTable);
  CHECK(Thunks::get_interface(fixture.handle, BERTH_HEALTH_V1) != nullptr);
  CHECK(Thunks::get_interface(fixture.handle, BERTH_HSM_IMPORT_V1) == nullptr);
  CHECK(Thunks::get_interface(fixture.handle, "berth.hsm/2") == nullptr);
  CHECK(Thunks::get_interface(fixture.handle, nullptr) == nullptr);
  CHECK(Thunks::kProvides[2] == nullptr);
}

TEST_CASE("importing keys is offered by backends that opt in", "[sdk]") {
  using Importing = detail::HsmThunks<ImportingBackend>;
  FakeHost host;
  ImportingBackend backend{Host(host.raw()), berth::sdk::Config("{}")};
  berth_instance* handle = detail::to_handle(&backend);
  CHECK(std::string_view(Importing::kProvides[2]) == BERTH_HSM_IMPORT_V1);
  const auto* table =
      static_cast<const berth_hsm_import*>(Importing::get_interface(handle, BERTH_HSM_IMPORT_V1));
  REQUIRE(table != nullptr);
  berth_hsm_key_spec spec{};
  spec.struct_size = sizeof spec;
  CHECK(run([&](const berth_op* op) {
          return table->import_key(handle, op, str("outside"), &spec, {nullptr, 0});
        }).ok());
  CHECK(backend.imported == "outside");
}

TEST_CASE("health reports serving unless the class says otherwise", "[sdk]") {
  Fixture fixture;
  std::uint32_t state = 0;
  CollectingSink detail_json;
  CHECK(run([&](const berth_op* op) {
          return BackendLife::kHealth.check(fixture.handle, op, &state, detail_json.raw());
        }).ok());
  CHECK(state == BERTH_HEALTH_SERVING);
  CHECK(detail_json.content().empty());
}

TEST_CASE("the log is silent and the clock real where the host grants none", "[sdk]") {
  FakeHost host;
  host.set_time(11, 22);
  Host granted(host.raw());
  granted.log(LogLevel::kInfo, "hello", {{"who", "world"}});
  CHECK(granted.monotonic_ns() == 11);
  CHECK(granted.unix_ms() == 22);
  REQUIRE(host.lines().size() == 1);
  CHECK(host.lines()[0].text == "hello who=world");

  host.withdraw_log();
  Host(host.raw()).log(LogLevel::kError, "nobody hears");
  CHECK(host.lines().size() == 1);
  CHECK(Host(nullptr).unix_ms() > 1'600'000'000'000);
}

TEST_CASE("object names that could become paths are refused before the store sees them", "[sdk]") {
  for (std::string_view good : {"a", "A-z_0.9", "a/b/c", "..a", "a..", "...", ".a/.b"}) {
    CAPTURE(good);
    CHECK(is_object_name(good));
  }
  std::string long_segment(201, 'x');
  std::string long_name;
  while (long_name.size() <= 512) long_name += "abcdefg/";
  long_name += "h";
  for (std::string_view bad :
       {std::string_view(""), std::string_view("/a"), std::string_view("a/"),
        std::string_view("a//b"), std::string_view("."), std::string_view(".."),
        std::string_view("a/../b"), std::string_view("a/."), std::string_view("a b"),
        std::string_view("a\0b", 3), std::string_view("a\\b"), std::string_view("\xC3\xA4"),
        std::string_view("a@"), std::string_view(long_segment), std::string_view(long_name)}) {
    CAPTURE(bad);
    CHECK_FALSE(is_object_name(bad));
  }
}
