// The configuration and the credentials file.

#include "tests/plugins/storage/s3/fake_place.h"

namespace {

using namespace berth::s3_test;

std::string config_with(const std::string& members) {
  return R"({"endpoint":"https://s3.example.net","region":"r","bucket":"bucket",)"
         R"("credentialsFile":"/k")" +
         members + "}";
}

}  // namespace

TEST_CASE("a configuration that does not fit is refused by name", "[s3]") {
  const berth_plugin_entry& entry = berth::kit::load_plugin(S3_SO);
  CHECK(std::string(entry.id) == "berth.storage.s3");
  CHECK(Instance(entry, config_with("")).created().ok());
  const std::string base = R"("region":"r","bucket":"bucket","credentialsFile":"/k"})";
  for (const auto& [json, word] : std::vector<std::pair<std::string, std::string>>{
           {"", "JSON"},
           {"[]", "JSON"},
           {"{}", "/endpoint"},
           {config_with(R"(,"colour":"red")"), "/colour"},
           {R"({"endpoint":"s3.example.net",)" + base, "/endpoint"},
           {R"({"endpoint":"ftp://s3.example.net",)" + base, "/endpoint"},
           {R"({"endpoint":"http://s3.example.net",)" + base, "https"},
           {R"({"endpoint":"http://127.0.0.1.example.net",)" + base, "https"},
           {R"({"endpoint":"https://user@s3.example.net",)" + base, "/endpoint"},
           {R"({"endpoint":"https://s3.example.net/path",)" + base, "/endpoint"},
           {R"({"endpoint":"https://s3.example.net:0",)" + base, "/endpoint"},
           {R"({"endpoint":"https://s3.example.net:x",)" + base, "/endpoint"},
           {R"({"endpoint":"https://s3.example.net:65536",)" + base, "/endpoint"},
           {config_with(R"(,"region":"a b")"), "/region"},
           {config_with(R"(,"region":"a\r\nx: y")"), "/region"},
           {config_with(R"(,"bucket":"ab")"), "/bucket"},
           {config_with(R"(,"bucket":"Bucket")"), "/bucket"},
           {config_with(R"(,"bucket":"a/b")"), "/bucket"},
           {config_with(R"(,"prefix":"a")"), "/prefix"},
           {config_with(R"(,"prefix":"../")"), "/prefix"},
           {config_with(R"(,"prefix":"/")"), "/prefix"},
           {config_with(R"(,"addressing":"dns")"), "/addressing"},
           {config_with(R"(,"credentialsFile":"k")"), "/credentialsFile"},
           {config_with(R"(,"caFile":"ca.pem")"), "/caFile"},
           {config_with(R"(,"connections":0)"), "/connections"},
           {config_with(R"(,"connections":65)"), "/connections"},
           {config_with(R"(,"attempts":11)"), "/attempts"},
           {config_with(R"(,"partMiB":4)"), "/partMiB"},
           {config_with(R"(,"requestTimeoutMs":-1)"), "/requestTimeoutMs"},
           {config_with(R"(,"allowPlainHttp":1)"), "/allowPlainHttp"}}) {
    CAPTURE(json);
    Instance instance(entry, json);
    CHECK(instance.created().status == BERTH_INVALID_ARGUMENT);
    CHECK(instance.created().reason == "s3.config");
    CHECK(instance.created().message.find(word) != std::string::npos);
  }
}

TEST_CASE("a start says what is wrong with the credentials file", "[s3]") {
  ScratchFolder folder;
  const berth_plugin_entry& entry = berth::kit::load_plugin(S3_SO);
  const std::string path = folder / "k";
  auto refused = [&] {
    Instance instance(entry, R"({"endpoint":"http://127.0.0.1:1","region":"r","bucket":"bucket",)"
                             R"("attempts":1,"credentialsFile":")" +
                                 path + R"("})");
    REQUIRE(instance.created().ok());
    return instance.start().reason;
  };
  auto content = [&](const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
  };
  CHECK(refused() == "s3.credentials_file");
  const std::string good = R"({"accessKeyId":"K","secretAccessKey":"S"})";
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string(R"({"accessKeyId":"K"})"),
        std::string(R"({"accessKeyId":"K","secretAccessKey":7})"),
        std::string(R"({"accessKeyId":"K\r\nx: y","secretAccessKey":"S"})"),
        std::string(R"({"accessKeyId":"K","secretAccessKey":"S","more":"x"})"),
        good + std::string(20'000, ' ')}) {
    CAPTURE(text.substr(0, 80));
    content(text);
    CHECK(refused() == "s3.credentials_format");
  }
  content(good);
  for (mode_t mode : {0644, 0640, 0660, 0700}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(refused() == "s3.credentials_mode");
  }
  content(good);
  CHECK(refused().empty());  // nobody listens there: that fails calls, not the start
}

TEST_CASE("keys that were changed in the file are taken over without a restart", "[s3]") {
  FakePlace place;
  Store store(place);
  const std::string meta = "ETag: \"e\"\r\nDate: Mon, 23 Nov 2026 14:15:39 GMT\r\n";
  place.server.answer(http(403, s3_error("SignatureDoesNotMatch")));
  CHECK(store.put("a", "x").reason == "s3.credentials");  // the file says the same
  place.server.answer(http(403, s3_error("SignatureDoesNotMatch")));
  place.server.answer(http(200, "", meta));
  write_credentials(place.folder, "another");
  CHECK(store.put("a", "x").ok());
  // Nobody is told the secret.
  for (const auto& line : store.instance().host().lines()) {
    CHECK(line.text.find("another") == std::string::npos);
  }
}

TEST_CASE("the bucket is in the path or in the host's name", "[s3]") {
  FakePlace path;
  Store one(path);
  CHECK(path.server.requests().back().starts_with("GET /bucket?"));
  FakePlace host;
  host.more = R"(,"addressing":"host")";
  Instance two(berth::kit::load_plugin(S3_SO), host.config());
  REQUIRE(two.created().ok());
  two.start();  // bucket.127.0.0.1 is nobody's name
  CHECK(host.server.requests().empty());
}
