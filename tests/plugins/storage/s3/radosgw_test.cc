// What is S3's own, before a real server: TLS, multipart, credentials, a server that goes and
// comes.

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "tests/plugins/storage/s3/radosgw_place.h"

namespace {

using namespace berth::s3_test;

std::string start_fails_with(const RadosgwPlace& place) {
  Instance instance(berth::kit::load_plugin(S3_SO), place.config());
  REQUIRE(instance.created().ok());
  instance.host().set_time(0, std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::system_clock::now().time_since_epoch())
                                  .count());
  return instance.start().reason;
}

}  // namespace

TEST_CASE("objects above a part's size go up in parts and come back whole", "[s3]") {
  RadosgwPlace place;
  place.more = R"(,"partMiB":5)";
  Store store(place);
  constexpr std::size_t kPart = 5 * 1024 * 1024;
  for (std::size_t size : {kPart, kPart + 1, 2 * kPart, 2 * kPart + 77}) {
    CAPTURE(size);
    const std::string body = noise(size);
    berth_object_info put_info = new_info();
    TextSource source(body, 1'000'000);
    REQUIRE(store.put_from("large", source, options_for(body), &put_info).ok());
    CHECK(put_info.size == size);
    std::string got;
    REQUIRE(store.get("large", got).ok());
    CHECK((got == body));
    berth_object_info stat_info = new_info();
    REQUIRE(store.stat("large", stat_info).ok());
    CHECK(etag_of(stat_info) == etag_of(put_info));
    CHECK((etag_of(put_info).find('-') != std::string::npos) == (size > kPart));
    REQUIRE(store.get("large", got, kPart - 1, 1).ok());
    CHECK((got == body.substr(kPart - 1, 1)));
  }
}

TEST_CASE("an upload that breaks off leaves the old object and nothing else", "[s3]") {
  RadosgwPlace place;
  place.more = R"(,"partMiB":5)";
  Store store(place);
  REQUIRE(store.put("a", "old").ok());
  const std::string body = noise(11 * 1024 * 1024);
  TextSource broken(body.substr(0, 6 * 1024 * 1024), 1'000'000, BERTH_UNAVAILABLE);
  berth_object_put options = options_for(body);
  FakeOp op;
  CHECK(store.table()->put(store.instance().handle(), op.raw(), str("a"), &options, broken.raw(),
                           nullptr) == BERTH_UNAVAILABLE);
  CHECK(op.fails() == 0);
  const std::string wrong(32, '\x01');
  options.sha256 = berth::kit::octets(wrong);
  CHECK(store.put("b", body, options).reason == "storage.digest_mismatch");
  std::string got;
  CHECK(store.get("a", got).ok());
  CHECK(got == "old");
  CHECK(store.list("", "", 10) == std::vector<std::string>{"a"});
}

TEST_CASE("TLS is checked against the file that was named, and the host's name", "[s3]") {
  RadosgwPlace place;
  place.endpoint = from_environment("BERTH_TEST_S3_TLS");
  const std::string ca = R"(,"caFile":")" + from_environment("BERTH_TEST_S3_CA") + R"(")";
  place.more = ca;
  {
    Store store(place);
    REQUIRE(store.put("a", "over TLS").ok());
    std::string got;
    CHECK(store.get("a", got).ok());
    CHECK(got == "over TLS");
  }
  place.more = "";  // the system trusts no such authority
  CHECK(start_fails_with(place) == "s3.tls");
  place.more = R"(,"caFile":"/no/such/file")";
  CHECK(start_fails_with(place) == "s3.tls");
  place.more = ca;
  place.endpoint.replace(place.endpoint.find("127.0.0.1"), 9, "localhost");
  CHECK(start_fails_with(place) == "s3.tls");  // the certificate names the address only
}

TEST_CASE("wrong credentials and a missing bucket are told at the start", "[s3]") {
  RadosgwPlace place;
  ScratchFolder folder;
  auto credentials = [&](const std::string& id, const std::string& secret) {
    place.credentials = folder / "k";
    std::ofstream(place.credentials)
        << R"({"accessKeyId":")" + id + R"(","secretAccessKey":")" + secret + R"("})";
    REQUIRE(::chmod(place.credentials.c_str(), 0600) == 0);
  };
  std::ifstream file(from_environment("BERTH_TEST_S3_CREDENTIALS"));
  const std::string good{std::istreambuf_iterator<char>(file), {}};
  const std::size_t at = good.find(R"("accessKeyId":")") + 15;
  credentials(good.substr(at, good.find('"', at) - at), "wrong");
  CHECK(start_fails_with(place) == "s3.credentials");
  credentials("NOBODY", "wrong");
  CHECK(start_fails_with(place) == "s3.credentials");
  RadosgwPlace nowhere;
  nowhere.bucket = "no-such-bucket";
  CHECK(start_fails_with(nowhere) == "s3.no_bucket");
}

TEST_CASE("two prefixes of one bucket do not see each other", "[s3]") {
  RadosgwPlace one;
  RadosgwPlace two;
  Store first(one);
  Store second(two);
  REQUIRE(first.put("a", "x").ok());
  std::string got;
  CHECK(second.get("a", got).reason == "storage.not_found");
  CHECK(second.list("", "", 10).empty());
  CHECK(second.remove("a").ok());
  CHECK(first.get("a", got).ok());
}

TEST_CASE("more calls at once than connections wait for one another", "[s3]") {
  RadosgwPlace place;
  place.more = R"(,"connections":2)";
  Store store(place);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string body = noise(10'000 + static_cast<std::size_t>(i));
      TextSource source(body);
      berth_object_put options = options_for(body);
      FakeOp op;
      const std::string name = "many/" + std::to_string(i);
      if (store.table()->put(store.instance().handle(), op.raw(), str(name), &options, source.raw(),
                             nullptr) == BERTH_OK) {
        ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 8);
  CHECK(store.list("many/", "", 100).size() == 8);
}

TEST_CASE("a server that goes is told precisely, and found again when it is back", "[s3]") {
  RadosgwPlace place;
  place.more = R"(,"attempts":1)";
  Store store(place);
  REQUIRE(store.put("a", "kept").ok());
  tell_server("stop");
  Outcome outcome;
  std::string got;
  do {
    outcome = store.get("a", got);
  } while (outcome.ok());
  // Cut while it ends, unreachable once it has.
  while (outcome.reason == "s3.cut") outcome = store.get("a", got);
  CHECK(outcome.status == BERTH_UNAVAILABLE);
  CHECK(outcome.reason == "s3.unreachable");
  CHECK(start_fails_with(place).empty());  // a store that is away fails calls, not the start
  tell_server("start");
  for (int i = 0; i < 600 && !store.get("a", got).ok(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(got == "kept");
}
