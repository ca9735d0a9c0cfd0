// What goes wrong on the way and at the server: typed, bounded in time and memory, tried again
// where that may help, and never half an object.

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/plugins/storage/s3/fake_place.h"

namespace {

using namespace berth::s3_test;

const std::string kMeta = "ETag: \"e1\"\r\nLast-Modified: Mon, 23 Nov 2026 14:15:39 GMT\r\n";

std::size_t asked(const FakePlace& place) { return place.server.requests().size() - 1; }

struct Told {
  berth_status status;
  std::string reason;
  std::string message;
  std::uint32_t retry_after_ms;
};

// stat, with a deadline from now in milliseconds; 0: none.
Told stat_of(Store& store, std::int64_t deadline_ms = 0) {
  FakeOp op;
  berth_op raw = *op.raw();
  if (deadline_ms > 0) raw.deadline_ns = deadline_ms * 1'000'000;  // the host's clock stands at 0
  berth_object_info info = new_info();
  const berth_status status = store.table()->stat(store.instance().handle(), &raw, str("a"), &info);
  return {status, op.reason(), op.message(), op.retry_after_ms()};
}

}  // namespace

TEST_CASE("a server that asks for fewer requests is asked again until it answers", "[s3]") {
  FakePlace place;
  Store store(place);
  place.server.answer(http(503, s3_error("SlowDown"), "Retry-After: 0\r\n"), 3);
  place.server.answer(http(200, "", kMeta));
  CHECK(stat_of(store).status == BERTH_OK);
  CHECK(asked(place) == 4);
}

TEST_CASE("one that goes on asking is told with the time it wants", "[s3]") {
  FakePlace place;
  place.more = R"(,"attempts":2)";
  Store store(place);
  place.server.answer(http(503, "", "Retry-After: 7\r\n"));
  // Seven seconds do not fit into the call: nothing is gained by waiting.
  const Told told = stat_of(store, 2000);
  CHECK(told.status == BERTH_UNAVAILABLE);
  CHECK(told.reason == "s3.overloaded");
  CHECK(told.retry_after_ms == 7000);
  CHECK(asked(place) == 1);
}

TEST_CASE("each refusal of the server has its status and says whose turn it is", "[s3]") {
  struct Row {
    int status;
    const char* code;
    berth_status expected;
    const char* reason;
    const char* word;
  };
  for (const Row& row : {
           Row{403, "InvalidAccessKeyId", BERTH_UNAUTHENTICATED, "s3.credentials",
               "credentialsFile"},
           Row{403, "SignatureDoesNotMatch", BERTH_UNAUTHENTICATED, "s3.credentials",
               "credentialsFile"},
           Row{400, "ExpiredToken", BERTH_UNAUTHENTICATED, "s3.credentials", "renew"},
           Row{403, "AccessDenied", BERTH_PERMISSION_DENIED, "s3.denied", "policy"},
           Row{403, "AllAccessDisabled", BERTH_PERMISSION_DENIED, "s3.denied", "policy"},
           Row{403, "RequestTimeTooSkewed", BERTH_FAILED_PRECONDITION, "s3.clock", "synchronise"},
           Row{404, "NoSuchBucket", BERTH_FAILED_PRECONDITION, "s3.no_bucket", "create it"},
           Row{301, "PermanentRedirect", BERTH_FAILED_PRECONDITION, "s3.redirect", "/endpoint"},
           Row{307, "", BERTH_FAILED_PRECONDITION, "s3.redirect", "/endpoint"},
           Row{400, "AuthorizationHeaderMalformed", BERTH_FAILED_PRECONDITION, "s3.region",
               "/region"},
           Row{403, "QuotaExceeded", BERTH_RESOURCE_EXHAUSTED, "storage.full", "make room"},
           Row{507, "", BERTH_RESOURCE_EXHAUSTED, "storage.full", "make room"},
           Row{418, "Teapot", BERTH_INTERNAL, "s3.answer", "Teapot"},
           Row{418, "<b>\n", BERTH_INTERNAL, "s3.answer", "418"},
       }) {
    CAPTURE(row.status, row.code);
    FakePlace place;
    Store store(place);
    place.server.answer(http(row.status, s3_error(row.code), "Location: http://127.0.0.1:1/\r\n"));
    const Outcome outcome = store.put("a", "body");
    CHECK(outcome.status == row.expected);
    CHECK(outcome.reason == row.reason);
    CHECK(outcome.message.find(row.word) != std::string::npos);
    CHECK(outcome.message.find('\n') == std::string::npos);
    CHECK(asked(place) == 1);  // trying again would not help, and no redirect is followed
  }
}

TEST_CASE("an answer octet by octet ends with the call's deadline", "[s3]") {
  FakePlace place;
  place.more = R"(,"attempts":1)";
  Store store(place);
  place.server.drip("HTTP/1.1 200 OK\r\nX-Slow: ", 20);
  const auto begun = std::chrono::steady_clock::now();
  const Told told = stat_of(store, 300);
  CHECK(told.status == BERTH_DEADLINE_EXCEEDED);
  CHECK(told.reason == "s3.slow");
  // Far beyond any machine's hiccups and far below the 30 s of an attempt.
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(15));
}

TEST_CASE("one slow attempt does not spend the whole call", "[s3]") {
  FakePlace place;
  place.more = R"(,"requestTimeoutMs":1000)";
  Store store(place);
  place.server.drip("", 20);
  place.server.answer(http(200, "", kMeta));
  CHECK(stat_of(store).status == BERTH_OK);
  CHECK(asked(place) == 2);
}

TEST_CASE("a caller that gives up is obeyed while the server is silent", "[s3]") {
  FakePlace place;
  Store store(place);
  place.server.drip("", 20);
  FakeOp op;
  std::thread caller([&] {
    while (asked(place) == 0) std::this_thread::yield();
    op.cancel();
  });
  berth_object_info info = new_info();
  CHECK(store.table()->stat(store.instance().handle(), op.raw(), str("a"), &info) ==
        BERTH_CANCELLED);
  caller.join();
}

TEST_CASE("a body that is cut is gone on with where it ended", "[s3]") {
  FakePlace place;
  Store store(place);
  const std::string body = noise(100'000);
  place.server.answer("HTTP/1.1 200 OK\r\n" + kMeta + "Content-Length: 100000\r\n\r\n" +
                      body.substr(0, 60'000));
  place.server.answer("HTTP/1.1 206 OK\r\n" + kMeta +
                      "Content-Range: bytes 60000-99999/100000\r\nContent-Length: 40000\r\n\r\n" +
                      body.substr(60'000));
  std::string got;
  CHECK(store.get("a", got).ok());
  CHECK((got == body));
  CHECK(place.server.requests().back().find("range: bytes=60000-") != std::string::npos);
}

TEST_CASE("a cut that does not end is told, and what came is no object", "[s3]") {
  FakePlace place;
  place.more = R"(,"attempts":2)";
  Store store(place);
  place.server.answer("HTTP/1.1 200 OK\r\n" + kMeta + "Content-Length: 10\r\n\r\nabc");
  place.server.cut();
  std::string got;
  const Outcome outcome = store.get("a", got);
  CHECK(outcome.status == BERTH_UNAVAILABLE);
  CHECK(outcome.reason == "s3.cut");
}

TEST_CASE("an object replaced between two halves is not put together of both", "[s3]") {
  FakePlace place;
  Store store(place);
  place.server.answer("HTTP/1.1 200 OK\r\n" + kMeta + "Content-Length: 6\r\n\r\nabc");
  place.server.answer(http(206, "DEF",
                           "ETag: \"e2\"\r\nContent-Range: bytes 3-5/6\r\n"
                           "Last-Modified: Mon, 23 Nov 2026 14:15:39 GMT\r\n"));
  std::string got;
  const Outcome outcome = store.get("a", got);
  CHECK(outcome.status == BERTH_ABORTED);
  CHECK(outcome.reason == "s3.changed");
  CHECK(got == "abc");
}

TEST_CASE("octets that are not those that were put are data loss", "[s3]") {
  FakePlace place;
  Store store(place);
  // FIPS 180-4's one-block example is of "abc".
  const std::string sha =
      "x-amz-meta-berth-sha256: "
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\r\n";
  place.server.answer(http(200, "abc", kMeta + sha));
  place.server.answer(http(200, "abd", kMeta + sha));
  std::string got;
  CHECK(store.get("a", got).ok());
  const Outcome outcome = store.get("a", got);
  CHECK(outcome.status == BERTH_DATA_LOSS);
  CHECK(outcome.reason == "storage.corrupt");
}

TEST_CASE("answers that are not S3's are refused whatever they say", "[s3]") {
  const std::string endless_headers = [] {
    std::string text = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 20'000; ++i) text += "X-" + std::to_string(i) + ": y\r\n";
    return text;
  }();
  std::string continues;
  for (int i = 0; i < 20'000; ++i) continues += "HTTP/1.1 100 Continue\r\n\r\n";
  for (const std::string& answer :
       {std::string("SSH-2.0-OpenSSH\r\n"), endless_headers, continues, http(200, ""),
        http(200, "abc"), http(200, "abc", "ETag: \"" + std::string(129, 'e') + "\"\r\n"),
        http(200, "abc", "ETag: \"\"\r\n"), http(206, "abc", kMeta),
        http(206, "abc", kMeta + "Content-Range: bytes 5-7/8\r\n"),
        http(206, "abc", kMeta + "Content-Range: bytes 0-2/99999999999999999999999\r\n"),
        http(206, "abc", kMeta + "Content-Range: bytes 0-2/9\r\n")}) {
    CAPTURE(answer.substr(0, 100));
    FakePlace place;
    place.more = R"(,"attempts":1)";
    Store store(place);
    place.server.answer(answer);
    std::string got;
    const Outcome outcome = store.get("a", got);
    CHECK(outcome.status == BERTH_INTERNAL);
    CHECK(outcome.reason == "s3.answer");
  }
}

TEST_CASE("a listing without end, out of order or too large is refused", "[s3]") {
  for (const std::string& body :
       {listing("", true), listing(entry("p/b") + entry("p/a")), listing(entry("q/a")),
        listing(entry("p/a") + entry("p/a")), std::string("<ListBucketResult>"), std::string(),
        "<ListBucketResult>" + std::string(5 * 1024 * 1024, 'x') + "</ListBucketResult>"}) {
    CAPTURE(body.substr(0, 100));
    FakePlace place;
    Store store(place);
    place.server.answer(http(200, body));
    FakeOp op;
    CHECK(store.table()->list(store.instance().handle(), op.raw(), str(""), str(""), 10, nullptr,
                              [](void*, berth_str, const berth_object_info*) noexcept
                              -> berth_status { return BERTH_OK; }) == BERTH_INTERNAL);
    CHECK(op.reason() == "s3.answer");
  }
}

TEST_CASE("a page that repeats itself does not keep a listing going", "[s3]") {
  FakePlace place;
  Store store(place);
  place.server.answer(http(200, listing(entry("p/a") + entry("p/b"), true)), 3);
  FakeOp op;
  int names = 0;
  CHECK(store.table()->list(
            store.instance().handle(), op.raw(), str(""), str(""), 10, &names,
            [](void* count, berth_str, const berth_object_info*) noexcept -> berth_status {
              ++*static_cast<int*>(count);
              return BERTH_OK;
            }) == BERTH_INTERNAL);
  CHECK(names == 2);
  CHECK(asked(place) == 2);
}

TEST_CASE("a listing of nothing but others' keys ends", "[s3]") {
  FakePlace place;
  Store store(place);
  for (int i = 0; i < 200; ++i) {
    place.server.answer(
        http(200, listing(entry("p/%40" + std::to_string(1000 + i)), /*more=*/true)));
  }
  FakeOp op;
  CHECK(
      store.table()->list(store.instance().handle(), op.raw(), str(""), str(""), 10, nullptr,
                          [](void*, berth_str, const berth_object_info*) noexcept -> berth_status {
                            return BERTH_OK;
                          }) == BERTH_INTERNAL);
  CHECK(op.reason() == "s3.answer");
  CHECK(asked(place) < 150);  // not when the server ran out of pages
}

TEST_CASE("keys that are no names of ours are passed over", "[s3]") {
  FakePlace place;
  Store store(place);
  place.server.answer(http(200, listing(entry("p/%40conditions") + entry("p/a+b") + entry("p/c"))));
  CHECK(store.list("", "", 10) == std::vector<std::string>{"c"});
}

TEST_CASE("a put whose answer was lost is known again by its own mark", "[s3]") {
  FakePlace place;
  Store store(place);
  berth_object_put options = options_for("body");
  options.if_absent = true;
  place.server.answer(http(412, s3_error("PreconditionFailed")));  // conditions are kept here
  place.server.cut();                                              // the put: stored, not told
  place.server.answer(http(412, s3_error("PreconditionFailed")));
  SECTION("it was ours") {
    for (int i = 0; i < 2; ++i) {
      // Request 2, after the start's and the probe's, is the put that carries the mark.
      place.server.answer([](const std::vector<std::string>& requests) {
        const std::string& put = requests.at(2);
        const std::size_t at = put.find("x-amz-meta-berth-put: ");
        return http(200, "", kMeta + put.substr(at, put.find("\r\n", at) + 2 - at));
      });
    }
    CHECK(store.put("a", "body", options).ok());
  }
  SECTION("another was faster") {
    place.server.answer(http(200, "", kMeta + "x-amz-meta-berth-put: another\r\n"));
    CHECK(store.put("a", "body", options).reason == "storage.exists");
  }
}

TEST_CASE("a store that does not keep conditions creates nothing under one", "[s3]") {
  FakePlace place;
  Store store(place);
  place.server.answer(http(200, "", kMeta), 2);
  berth_object_put options = options_for("body");
  options.if_absent = true;
  const Outcome outcome = store.put("a", "body", options);
  CHECK(outcome.status == BERTH_FAILED_PRECONDITION);
  CHECK(outcome.reason == "s3.no_conditions");
  CHECK(asked(place) == 2);
}

TEST_CASE("an upload that fails part way is aborted", "[s3]") {
  FakePlace place;
  place.more = R"(,"partMiB":5,"attempts":1)";
  Store store(place);
  place.server.answer(http(200,
                           "<InitiateMultipartUploadResult><UploadId>u 1</UploadId>"
                           "</InitiateMultipartUploadResult>"));
  place.server.answer(http(200, "", kMeta));
  auto aborted = [&] {
    const std::string last = place.server.requests().back();
    return last.starts_with("DELETE /bucket/p/a?uploadId=u%201 ");
  };
  const std::string body(6 * 1024 * 1024, 'x');
  SECTION("the server refuses a part") {
    place.server.answer(http(403, s3_error("AccessDenied")));
    CHECK(store.put("a", body).reason == "s3.denied");
    CHECK(aborted());
  }
  SECTION("the body is shorter than announced") {
    CHECK(store.put("a", body.substr(1), options_for(body)).reason == "storage.length_mismatch");
    CHECK(aborted());
  }
  SECTION("the last step tells of a failure after it began to succeed") {
    place.server.answer(http(200, "", kMeta));
    place.server.answer(http(200, s3_error("InternalError")));
    const Outcome outcome = store.put("a", body);
    CHECK(outcome.status == BERTH_UNAVAILABLE);
    CHECK(aborted());
  }
}

TEST_CASE("a server that is away fails no start, and its return shows in health", "[s3]") {
  FakePlace place;
  place.more = R"(,"attempts":1)";
  place.server.answer(http(503, ""), 1);
  Store warm(place);   // takes the listing
  Store store(place);  // meets the 503, and starts
  const auto* health = store.instance().table<berth_health>(BERTH_HEALTH_V1);
  auto state = [&] {
    std::uint32_t value = 0;
    CHECK(run([&](const berth_op* op) {
            return health->check(store.instance().handle(), op, &value, nullptr);
          }).ok());
    return value;
  };
  CHECK(state() == BERTH_HEALTH_DEGRADED);
  place.server.answer(http(200, "", kMeta));
  CHECK(stat_of(store).status == BERTH_OK);
  CHECK(state() == BERTH_HEALTH_SERVING);
}
