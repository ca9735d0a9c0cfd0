// The kit: the life of lasting keys, made, found again, described, destroyed.

#include <algorithm>
#include <thread>

#include "kit/hsm/hsm_kit.h"

namespace {

using namespace berth::hsm_kit;

}  // namespace

TEST_CASE("lasting keys survive the instance that made them", "[hsm-kit][R22]") {
  auto place = make_place();
  Octets points[2];
  for (int round = 0; round < 2; ++round) {
    Hsm hsm(*place);
    Key key = hsm.key();
    if (round == 0) {
      REQUIRE(
          hsm.generate(spec_of(BERTH_CURVE_BRAINPOOL_P256R1, BERTH_KEY_SIGN, "dp.auth_1-a"), key)
              .ok());
    } else {
      REQUIRE(hsm.open("dp.auth_1-a", key).ok());
    }
    points[round] = hsm.point(key);
    Octets signature;
    CHECK(hsm.sign(key, Octets(32, 1), signature).ok());
  }
  CHECK(points[0] == points[1]);
}

TEST_CASE("a taken label is refused and the key behind it stays", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key first = hsm.key();
  Key second = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "only"), first).ok());
  auto again = hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "only"), second);
  CHECK(again.status == BERTH_ALREADY_EXISTS);
  CHECK(again.reason == "hsm.key_exists");
  CHECK(second.get() == nullptr);
  Key found = hsm.key();
  REQUIRE(hsm.open("only", found).ok());
  CHECK(hsm.point(found) == hsm.point(first));
}

TEST_CASE("two threads that race for one label make one key", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  for (int round = 0; round < 5; ++round) {
    std::string label = "race-" + std::to_string(round);
    berth_status statuses[2] = {};
    std::thread threads[2];
    for (int i = 0; i < 2; ++i) {
      threads[i] = std::thread([&, i] {
        berth::kit::FakeOp op;
        berth_hsm_key_spec spec = spec_of(0, BERTH_KEY_WRAP, label);
        Key key = hsm.key();
        statuses[i] =
            hsm.table()->generate_key(hsm.instance().handle(), op.raw(), &spec, key.out());
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(std::min(statuses[0], statuses[1]) == BERTH_OK);
    CHECK(std::max(statuses[0], statuses[1]) == BERTH_ALREADY_EXISTS);
  }
}

TEST_CASE("a destroyed key is gone while open handles work on", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key key = hsm.key();
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "brief"), key).ok());
  Key cached = hsm.key();
  REQUIRE(hsm.open("brief", cached).ok());
  CHECK(hsm.destroy("brief").ok());
  Key gone = hsm.key();
  CHECK(hsm.open("brief", gone).reason == "hsm.key_not_found");
  CHECK(hsm.destroy("brief").status == BERTH_NOT_FOUND);
  Octets signature;
  CHECK(hsm.sign(cached, Octets(32, 1), signature).ok());
}

TEST_CASE("a key destroyed and made anew elsewhere is not answered from the cache", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Hsm elsewhere(*place);
  auto spec = spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN, "moved");
  Key old_key = hsm.key();
  REQUIRE(hsm.generate(spec, old_key).ok());
  Key warm = hsm.key();
  REQUIRE(hsm.open("moved", warm).ok());
  REQUIRE(elsewhere.destroy("moved").ok());
  Key gone = hsm.key();
  CHECK(hsm.open("moved", gone).status == BERTH_NOT_FOUND);
  Key new_key = elsewhere.key();
  REQUIRE(elsewhere.generate(spec, new_key).ok());
  Key found = hsm.key();
  REQUIRE(hsm.open("moved", found).ok());
  CHECK(hsm.point(found) == elsewhere.point(new_key));
  CHECK(hsm.point(found) != hsm.point(warm));
}

TEST_CASE("specs that make no sense are refused", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key key = hsm.key();
  auto reason = [&](berth_hsm_key_spec spec) { return hsm.generate(spec, key).reason; };
  CHECK(reason(spec_of(BERTH_CURVE_P256, 0)) == "hsm.key_spec");
  CHECK(reason(spec_of(BERTH_CURVE_P256, BERTH_KEY_WRAP)) == "hsm.key_spec");
  CHECK(reason(spec_of(BERTH_CURVE_P256, 1u << 20)) == "hsm.key_spec");
  CHECK(reason(spec_of(0, BERTH_KEY_SIGN)) == "hsm.key_spec");
  CHECK(reason(spec_of(BERTH_CURVE_FRP256V1, BERTH_KEY_SIGN)) == "hsm.curve");
  CHECK(reason(spec_of(77, BERTH_KEY_SIGN)) == "hsm.curve");
  auto bits = spec_of(0, BERTH_KEY_WRAP);
  bits.bits = 128;
  CHECK(reason(bits) == "hsm.key_bits");
  auto labelled = spec_of(0, BERTH_KEY_WRAP, "label");
  labelled.ephemeral = true;
  CHECK(reason(labelled) == "hsm.key_spec");
  auto unlabelled = spec_of(0, BERTH_KEY_WRAP);
  unlabelled.ephemeral = false;
  CHECK(reason(unlabelled) == "hsm.bad_reference");
  CHECK(key.get() == nullptr);
}

TEST_CASE("no more keys are open at once than the limits say", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  berth_hsm_limits limits{};
  limits.struct_size = sizeof limits;
  REQUIRE(run([&](const berth_op* op) {
            return hsm.table()->limits(hsm.instance().handle(), op, &limits);
          }).ok());
  CHECK(limits.max_concurrency >= 1);
  std::vector<std::unique_ptr<Key>> open;
  auto spec = spec_of(0, BERTH_KEY_WRAP);
  for (std::uint32_t i = 0; i < limits.max_open_keys; ++i) {
    open.push_back(std::make_unique<Key>(hsm.table(), hsm.instance().handle()));
    REQUIRE(hsm.generate(spec, *open.back()).ok());
  }
  Key one_more = hsm.key();
  CHECK(hsm.generate(spec, one_more).reason == "hsm.too_many_keys");
  CHECK(hsm.generate(spec_of(0, BERTH_KEY_WRAP, "lasting"), one_more).reason ==
        "hsm.too_many_keys");
  Key unmade = hsm.key();
  open.pop_back();
  CHECK(hsm.open("lasting", unmade).reason == "hsm.key_not_found");
  CHECK(hsm.generate(spec, one_more).ok());
}

TEST_CASE("describing a key tells what it is for, made just now or found again", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  struct Case {
    std::uint32_t curve;
    std::uint32_t usage;
  };
  int number = 0;
  for (Case c : {Case{BERTH_CURVE_P256, BERTH_KEY_SIGN}, Case{BERTH_CURVE_P256, BERTH_KEY_AGREE},
                 Case{BERTH_CURVE_BRAINPOOL_P256R1, BERTH_KEY_SIGN | BERTH_KEY_AGREE},
                 Case{0, BERTH_KEY_WRAP}, Case{0, BERTH_KEY_UNWRAP}}) {
    std::string label = "described-" + std::to_string(++number);
    CAPTURE(label);
    Key made = hsm.key();
    Key found = hsm.key();
    Key ephemeral = hsm.key();
    REQUIRE(hsm.generate(spec_of(c.curve, c.usage, label), made).ok());
    REQUIRE(hsm.open(label, found).ok());
    REQUIRE(hsm.generate(spec_of(c.curve, c.usage), ephemeral).ok());
    for (const Key* key : {&made, &found, &ephemeral}) {
      berth_hsm_key_info info{};
      info.struct_size = sizeof info;
      REQUIRE(run([&](const berth_op* op) {
                return hsm.table()->describe_key(hsm.instance().handle(), op, key->get(), &info);
              }).ok());
      CHECK(info.curve == c.curve);
      CHECK(info.usage == c.usage);
      CHECK(info.bits == (c.curve == 0 ? 256u : 0u));
    }
    if (c.curve != 0) {
      CHECK(hsm.point(made) == hsm.point(found));
      CHECK(hsm.point(made) != hsm.point(ephemeral));
    }
  }
}
