// The token pulled out and put back, sessions that end, calls that hang, many threads.

#include <chrono>
#include <thread>

#include "tests/plugins/hsm/pkcs11/token_place.h"

namespace {

using namespace berth::pkcs11_test;
using namespace std::chrono_literals;

// Longer than the plugin waits between two attempts at finding the token.
constexpr auto kNextAttempt = 300ms;

struct Signer {
  explicit Signer(const TokenPlace& place) : hsm(place), key(hsm.key()) {
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "signer"), key).ok());
  }
  Outcome sign() {
    Octets signature;
    return hsm.sign(key, Octets(32, 1), signature);
  }
  Hsm hsm;
  Key key;
};

}  // namespace

TEST_CASE("a token that is pulled out fails calls, and serves again when it is back",
          "[pkcs11][R157:part]") {
  TokenPlace place;
  Signer signer(place);
  Key one_time = signer.hsm.key();
  REQUIRE(signer.hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE), one_time).ok());
  REQUIRE(signer.sign().ok());

  place.lose();
  Outcome outcome = signer.sign();
  CHECK(outcome.status == BERTH_UNAVAILABLE);
  CHECK(outcome.reason == "pkcs11.token_not_found");
  HealthAnswer health = health_of(signer.hsm.instance());
  CHECK(health.state == BERTH_HEALTH_NOT_SERVING);
  CHECK(health.detail.find("pkcs11.token_not_found") != std::string::npos);
  CHECK(signer.sign().reason == "pkcs11.token_not_found");

  place.put_back();
  std::this_thread::sleep_for(kNextAttempt);
  CHECK(signer.sign().ok());
  CHECK(health_of(signer.hsm.instance()).state == BERTH_HEALTH_SERVING);
  // What lived in the session is gone, and says so.
  Octets derived(48);
  outcome = signer.hsm.agree(one_time, signer.hsm.point(one_time), {}, derived);
  CHECK(outcome.status == BERTH_ABORTED);
  CHECK(outcome.reason == "pkcs11.key_lost");
}

TEST_CASE("lost sessions and a lost login are opened anew within the call", "[pkcs11][R157:part]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Signer signer(place);
  for (CK_RV lost : {CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_USER_NOT_LOGGED_IN,
                     CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_OPERATION_ACTIVE}) {
    CAPTURE(lost);
    int opened = fake.calls("C_OpenSession");
    int logins = fake.calls("C_Login");
    fake.answer("C_SignInit", lost);
    CHECK(signer.sign().ok());
    CHECK(fake.calls("C_OpenSession") == opened + 1);
    CHECK(fake.calls("C_Login") <= logins + 1);
  }
}

TEST_CASE("a token that stays away is told after three attempts", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Signer signer(place);
  int before = fake.calls("C_SignInit");
  fake.answer("C_SignInit", CKR_DEVICE_REMOVED, 100);
  Outcome outcome = signer.sign();
  CHECK(outcome.status == BERTH_UNAVAILABLE);
  CHECK(outcome.reason == "pkcs11.token_lost");
  CHECK(outcome.message.find("CKR_DEVICE_REMOVED") != std::string::npos);
  CHECK(fake.calls("C_SignInit") == before + 3);
  fake.reset();
  CHECK(signer.sign().ok());
}

TEST_CASE("a PIN that is refused when the token comes back is never tried again", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Signer signer(place);
  write_file(place.pin_file(), "11111111", 0600);
  int logins = fake.calls("C_Login");
  fake.answer("C_SignInit", CKR_USER_NOT_LOGGED_IN);
  CHECK(signer.sign().reason == "pkcs11.pin_incorrect");
  write_file(place.pin_file(), TokenPlace::kPin, 0600);
  std::this_thread::sleep_for(kNextAttempt);
  CHECK(signer.sign().reason == "pkcs11.pin_incorrect");
  CHECK(fake.calls("C_Login") == logins + 1);
  CHECK(health_of(signer.hsm.instance()).detail.find("pkcs11.pin_incorrect") != std::string::npos);
  Hsm mended(place);  // a new instance does
  Key key = mended.key();
  CHECK(mended.open("signer", key).ok());
}

TEST_CASE("another key under the name is noticed when the token comes back", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Signer signer(place);
  Key by_label = signer.hsm.key();
  REQUIRE(signer.hsm.open("signer", by_label).ok());
  Octets signature;
  {
    Hsm elsewhere(place);
    REQUIRE(elsewhere.destroy("signer").ok());
    fake.answer("C_SignInit", CKR_DEVICE_REMOVED);
    CHECK(signer.sign().reason == "hsm.key_not_found");
    Key other = elsewhere.key();
    REQUIRE(elsewhere.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "signer"), other).ok());
  }
  Outcome outcome = signer.hsm.sign(by_label, Octets(32, 1), signature);
  CHECK(outcome.status == BERTH_FAILED_PRECONDITION);
  CHECK(outcome.reason == "pkcs11.key_changed");
}

TEST_CASE("a hung module holds up its own calls, and the others are told", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  place.more = R"(,"sessions":2,"stuckAfterMs":200)";
  Signer signer(place);
  fake.delay("C_Sign", 1500);
  std::thread hung[2];
  for (std::thread& thread : hung) {
    thread = std::thread([&] {
      berth::kit::FakeOp op;
      Octets digest(32, 1);
      Octets signature(64);
      berth_buf buffer{signature.data(), signature.size(), 0};
      signer.hsm.table()->sign(signer.hsm.instance().handle(), op.raw(), signer.key.get(),
                               BERTH_MECH_ECDSA_SHA256, berth::kit::octets(digest), &buffer);
    });
  }
  std::this_thread::sleep_for(100ms);
  auto began = std::chrono::steady_clock::now();
  Outcome outcome = signer.sign();
  auto took = std::chrono::steady_clock::now() - began;
  HealthAnswer health = health_of(signer.hsm.instance());
  CHECK(outcome.status == BERTH_UNAVAILABLE);
  CHECK(outcome.reason == "pkcs11.stuck");
  CHECK(took < 1000ms);
  CHECK(health.state == BERTH_HEALTH_DEGRADED);
  CHECK(health.detail.find("pkcs11.stuck") != std::string::npos);
  for (std::thread& thread : hung) thread.join();
  fake.delay("C_Sign", 0);
  CHECK(signer.sign().ok());
  CHECK(health_of(signer.hsm.instance()).state == BERTH_HEALTH_SERVING);
}

TEST_CASE("a login that hangs holds up its own call, and the others are told", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  place.more = R"(,"stuckAfterMs":200)";
  Signer signer(place);
  fake.answer("C_SignInit", CKR_DEVICE_REMOVED);
  fake.delay("C_Login", 1000);
  berth_status hung = BERTH_INTERNAL;
  std::thread first([&] {
    berth::kit::FakeOp op;
    Octets digest(32, 1);
    Octets signature(64);
    berth_buf buffer{signature.data(), signature.size(), 0};
    hung = signer.hsm.table()->sign(signer.hsm.instance().handle(), op.raw(), signer.key.get(),
                                    BERTH_MECH_ECDSA_SHA256, berth::kit::octets(digest), &buffer);
  });
  std::this_thread::sleep_for(100ms);
  CHECK(signer.sign().reason == "pkcs11.stuck");
  CHECK(health_of(signer.hsm.instance()).state == BERTH_HEALTH_NOT_SERVING);
  first.join();
  CHECK(hung == BERTH_OK);
}

TEST_CASE("drain erases what was closed", "[pkcs11]") {
  TokenPlace place;
  Hsm hsm(place);
  {
    Key key = hsm.key();
    REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE), key).ok());
  }
  Inside inside(place);
  CHECK(inside.objects(CKO_PRIVATE_KEY).size() == 1);
  const berth_plugin_entry& entry = berth::kit::load_plugin(PKCS11_SO);
  CHECK(run([&](const berth_op* op) { return entry.drain(hsm.instance().handle(), op); }).ok());
  CHECK(inside.objects(CKO_PRIVATE_KEY).empty());
}

TEST_CASE("a key that takes long to make holds up the next name, within limits", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  place.more = R"(,"stuckAfterMs":200)";
  Signer signer(place);
  fake.delay("C_GenerateKeyPair", 1000);
  berth_status slow = BERTH_INTERNAL;
  std::thread first([&] {
    berth::kit::FakeOp op;
    berth_hsm_key_spec spec = spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "slow");
    Key key = signer.hsm.key();
    slow = signer.hsm.table()->generate_key(signer.hsm.instance().handle(), op.raw(), &spec,
                                            key.out());
  });
  std::this_thread::sleep_for(100ms);
  Key next = signer.hsm.key();
  CHECK(signer.hsm.generate(spec_of(0, BERTH_KEY_WRAP, "next"), next).reason == "pkcs11.stuck");
  CHECK(signer.sign().ok());
  first.join();
  CHECK(slow == BERTH_OK);
  CHECK(signer.hsm.generate(spec_of(0, BERTH_KEY_WRAP, "next"), next).ok());
}

TEST_CASE("a token with fewer sessions than configured serves with those it has", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  Signer signer(place);
  fake.answer("C_OpenSession", CKR_SESSION_COUNT, 1000);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      berth::kit::FakeOp op;
      Octets random(4096);
      berth_buf buffer{random.data(), random.size(), 0};
      good += signer.hsm.table()->random(signer.hsm.instance().handle(), op.raw(), &buffer) == 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 4);
}

TEST_CASE("many threads make, use and close keys while the token comes and goes", "[pkcs11]") {
  Fake fake;
  TokenPlace place(FAKE_MODULE_SO);
  place.more = R"(,"sessions":4)";
  Signer signer(place);
  std::atomic<bool> stop{false};
  std::atomic<int> good{0};
  std::atomic<int> odd{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        berth::kit::FakeOp made;
        berth_hsm_key_spec spec = spec_of(BERTH_CURVE_P256, BERTH_KEY_AGREE);
        berth_hsm_key* key = nullptr;
        const auto* table = signer.hsm.table();
        berth_instance* self = signer.hsm.instance().handle();
        berth_status status = table->generate_key(self, made.raw(), &spec, &key);
        if (status == BERTH_OK) table->close_key(self, key);
        berth::kit::FakeOp op;
        Octets digest(32, 1);
        Octets signature(64);
        berth_buf buffer{signature.data(), signature.size(), 0};
        status = table->sign(self, op.raw(), signer.key.get(), BERTH_MECH_ECDSA_SHA256,
                             berth::kit::octets(digest), &buffer);
        (status == BERTH_OK || status == BERTH_UNAVAILABLE ? good : odd)++;
      }
    });
  }
  for (int round = 0; round < 20; ++round) {
    fake.answer("C_SignInit", round % 2 == 0 ? CKR_SESSION_HANDLE_INVALID : CKR_DEVICE_REMOVED, 1);
    std::this_thread::sleep_for(20ms);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(good > 0);
  CHECK(odd == 0);
  CHECK(signer.sign().ok());
}

TEST_CASE("two tenants' tokens in one module do not meet", "[pkcs11][R128:part]") {
  TokenPlace a;
  TokenPlace b;
  Hsm first(a);
  Hsm second(b);
  Key kek = first.key();
  Key foreign = second.key();
  REQUIRE(first.generate(spec_of(0, BERTH_KEY_WRAP | BERTH_KEY_UNWRAP, "kek"), kek).ok());
  CHECK(second.open("kek", foreign).reason == "hsm.key_not_found");
  REQUIRE(second.generate(spec_of(0, BERTH_KEY_WRAP | BERTH_KEY_UNWRAP, "kek"), foreign).ok());
  Octets wrapped;
  Octets out;
  REQUIRE(first.wrap(kek, BERTH_MECH_AES_GCM, "a", Octets(32, 5), wrapped).ok());
  CHECK(second.unwrap(foreign, BERTH_MECH_AES_GCM, "a", wrapped, out).reason ==
        "hsm.unwrap_failed");
  CHECK(first.unwrap(kek, BERTH_MECH_AES_GCM, "a", wrapped, out).ok());
}
