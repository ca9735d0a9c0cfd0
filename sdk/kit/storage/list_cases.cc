// Listing: ascending octet order, resumption, prefixes, against a model.

#include <random>
#include <set>

#include "kit/storage/storage_kit.h"

using namespace berth::storage_kit;  // NOLINT: the kit's own words

namespace {

std::vector<std::string> model(const std::set<std::string>& names, const std::string& prefix,
                               const std::string& after, std::size_t max) {
  std::vector<std::string> out;
  for (auto at = names.upper_bound(after); at != names.end() && out.size() < max; ++at) {
    if (at->starts_with(prefix)) out.push_back(*at);
  }
  return out;
}

}  // namespace

TEST_CASE("names list in octet order although folders sort otherwise", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  // '-' and '.' come before '/', digits and letters after it.
  std::set<std::string> names = {"a", "a-b", "a.b", "a/b", "a/b/c", "a/b-c", "a0", "aa", "b", "B"};
  for (const std::string& name : names) REQUIRE(store.put(name, name).ok());
  CHECK(store.list("", "", 100) == std::vector<std::string>(names.begin(), names.end()));
  CHECK(store.list("a/", "", 100) == std::vector<std::string>{"a/b", "a/b-c", "a/b/c"});
  CHECK(store.list("a/b", "a/b-c", 100) == std::vector<std::string>{"a/b/c"});
  CHECK(store.list("nothing", "", 100).empty());
  CHECK(store.list("", "", 0).empty());
  CHECK(store.list("../", "", 100).empty());
  CHECK(store.list("", "zzz", 100).empty());
}

TEST_CASE("any prefix, cursor and page size lists as a sorted set does", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  auto text = [&](std::size_t most) {
    std::string out;
    for (std::size_t length = below(most) + 1; length > 0; --length) out += "a-./0"[below(5)];
    return out;
  };
  std::set<std::string> names;
  for (int i = 0; i < 60; ++i) {
    std::string name = text(6);
    Outcome outcome = store.put(name, "x");
    if (outcome.ok()) names.insert(name);
  }
  REQUIRE(names.size() > 10);
  for (int i = 0; i < 120; ++i) {
    std::string prefix = below(2) == 0 ? "" : text(3);
    std::string after = below(3) == 0 ? "" : text(5);
    std::size_t max = below(20) + 1;
    CAPTURE(prefix, after, max);
    CHECK(store.list(prefix, after, max) == model(names, prefix, after, max));
  }
}

TEST_CASE("a listing resumed page by page meets every name once", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  std::set<std::string> names;
  for (int i = 0; i < 23; ++i) {
    std::string name = "t/" + std::to_string(i % 4) + "/" + std::to_string(i);
    REQUIRE(store.put(name, "x").ok());
    names.insert(name);
  }
  std::vector<std::string> met;
  while (true) {
    auto page = store.list("t/", met.empty() ? "" : met.back(), 5);
    if (page.empty()) break;
    met.insert(met.end(), page.begin(), page.end());
  }
  CHECK(met == std::vector<std::string>(names.begin(), names.end()));
}

TEST_CASE("emit can end a listing with its own status", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  for (const char* name : {"a", "b", "c"}) REQUIRE(store.put(name, "x").ok());
  int calls = 0;
  FakeOp op;
  CHECK(store.table()->list(
            store.instance().handle(), op.raw(), str(""), str(""), 10, &calls,
            [](void* ctx, berth_str, const berth_object_info* info) noexcept -> berth_status {
              CHECK(info->size == 1);
              return ++*static_cast<int*>(ctx) == 2 ? BERTH_CANCELLED : BERTH_OK;
            }) == BERTH_CANCELLED);
  CHECK(calls == 2);
  CHECK(op.fails() == 0);
}
