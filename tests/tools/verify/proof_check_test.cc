// The program's own word against an evaluator that shares nothing with it.

#include "tools/verify/proof_check.h"

#include <random>
#include <sstream>

#include "kernel/routing/proof.h"
#include "tests/kernel/routing/book_fixture.h"

namespace berth::verify {
namespace {

using nlohmann::json;
using routing::testing::must;
using routing::testing::SigningHsm;
using tenancy::EidPolicy;

json range(const std::string& first, const std::string& last) {
  return {{"from", first}, {"to", last}};
}
std::string eid(std::string prefix, char fill) {
  prefix.resize(32, fill);
  return prefix;
}

// Three tenants with everything a route can say.
json rich_document() {
  const auto route = [](const char* id, const char* mcc_mnc) {
    return json{{"tenantId", id},
                {"eidPrefixes", json::array()},
                {"mccMnc", {mcc_mnc}},
                {"activationRealm", std::string("rsp.") + id + ".example"},
                {"smdpEndpoint", "https://dp.example/"}};
  };
  json a = route("a", "23450");
  a["eidPrefix"] = "89049032";
  a["iccidRanges"] = json::array({range("8944100000000000000", "8944100000000999999")});
  json b = route("b", "31041");
  b["eidRanges"] = json::array({range(eid("890490331", '0'), eid("890490334", '9'))});
  b["formerRealms"] = {"old.b.example"};
  b["operators"] =
      json::array({{{"mccMnc", "23450"}, {"gid1", "0A"}},
                   {{"mccMnc", "23450"},
                    {"gid1", "0A"},
                    {"gid2", "01"},
                    {"imsiRanges", json::array({range("234500100000000", "234500199999999")})}}});
  json c = route("c", "310410");
  c["eids"] = {"89049033523451234512345678901237"};
  c["activationRealms"] = {"rsp.other.example"};
  c["operators"] = json::array(
      {{{"mccMnc", "26209"},
        {"iccidRanges", json::array({range("8949000000000000000", "8949000000009999999")})}},
       {{"mccMnc", "26209"},
        {"imsiRanges", json::array({range("262090000000000", "262090000099999")})},
        {"iccidRanges", json::array({range("8949000000000000000", "8949000000009999999")})}}});
  std::string& one = c["eids"][0].get_ref<std::string&>();
  for (int check = 0; check < 100 && !must(Eid::parse(one)).check_digits_ok(); ++check) {
    one = one.substr(0, 30) + std::to_string(100 + check).substr(1);
  }
  return {{"tenantRoutes", {a, b, c}}, {"defaultAction", "reject"}};
}

struct Proved {
  explicit Proved(const json& of, std::vector<const char*> open = {"b", "c"})
      : document(of.dump(1)) {
    const auto table = must(tenancy::parse_routes(document, "routes.json"));
    for (const char* id : open) {
      policies.emplace(must(TenantId::parse(id)), EidPolicy::kConsumerOpen);
    }
    std::string digest = to_hex(sha256(as_bytes(document)));
    for (char& c : digest) c = static_cast<char>(std::tolower(c));
    lines = must(routing::write_proof(table, policies, {3, digest, 1'790'000'000'000}));
    key = must(signer.public_key_pem());
  }
  // With a signature that fits, as by somebody who has the key.
  std::string signed_proof(const std::string& text) const {
    const auto signature = must(signer.sign(text));
    return text + routing::signature_line(signature.value_hex, signature.key_sha256);
  }
  std::string verdict(const std::string& proof) const {
    const auto verified = check_proof(document, proof, key);
    return verified ? "proved" : std::string(verified.error().reason());
  }

  ManualClock clock{1};
  SigningHsm hsm;
  routing::RouteSigner signer{hsm, clock};
  routing::Policies policies;
  std::string document;
  std::string lines;
  std::string key;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream input(text);
  for (std::string line; std::getline(input, line);) lines.push_back(line);
  return lines;
}
std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("a host's proof is proved by an evaluator of its own", "[verify][R45][R54]") {
  const Proved proved(rich_document());
  const auto verified = check_proof(proved.document, proved.signed_proof(proved.lines), proved.key);
  INFO((verified ? std::string() : verified.error().message()));
  REQUIRE(verified);
  CHECK(verified->version == 3);
  CHECK(verified->tenants == 3);
  CHECK(verified->cells > 40);
}

TEST_CASE("a proof in which anything was changed is refused by its signature", "[verify][R54]") {
  const Proved proved(rich_document());
  const std::string good = proved.signed_proof(proved.lines);
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string bad = good;
    char& octet = bad[random() % proved.lines.size()];
    octet = static_cast<char>(octet ^ static_cast<char>(1 + random() % 7));
    REQUIRE(proved.verdict(bad) != "proved");
  }
  CHECK(proved.verdict(good.substr(0, good.size() - 1)) == "verify.proof");
  CHECK(proved.verdict("") == "verify.proof");
  const Proved other(rich_document());
  CHECK(proved.verdict(other.signed_proof(proved.lines)) == "verify.signature");
}

TEST_CASE("a lie with a good signature is found, whichever line it stands in", "[verify][R54]") {
  const Proved proved(rich_document());
  const auto lines = split(proved.lines);
  std::size_t lies = 0;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    json line = json::parse(lines[i]);
    for (const char* member : {"tenant", "manager"}) {
      if (!line.contains(member) || line.contains("servedBy")) continue;
      line[member] = line[member] == "a" ? json("b") : json("a");
      auto told = lines;
      told[i] = line.dump();
      CAPTURE(told[i]);
      REQUIRE(proved.verdict(proved.signed_proof(joined(told))) == "verify.cell");
      ++lies;
    }
    // And a line that is not there.
    auto missing = lines;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    missing.back() = json{{"end", missing.size() - 1}}.dump();
    CAPTURE(lines[i]);
    REQUIRE(proved.verdict(proved.signed_proof(joined(missing))) != "proved");
  }
  CHECK(lies > 40);
}

TEST_CASE("cells that are joined, or of another document or policy, prove nothing",
          "[verify][R54]") {
  const Proved proved(rich_document());
  auto lines = split(proved.lines);
  // Two neighbours told as one.
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    json line = json::parse(lines[i]);
    json next = json::parse(lines[i + 1]);
    if (!line.contains("eid") || !next.contains("eid")) continue;
    auto told = lines;
    line["eid"][1] = next["eid"][1];
    told[i] = line.dump();
    told.erase(told.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    told.back() = json{{"end", told.size() - 1}}.dump();
    REQUIRE(proved.verdict(proved.signed_proof(joined(told))) == "verify.cell");
  }
  const auto verified =
      check_proof(proved.document + " ", proved.signed_proof(proved.lines), proved.key);
  CHECK(verified.error().reason() == "verify.routes_differ");
  json head = json::parse(lines[0]);
  head["eidPolicies"]["b"] = "managed";
  lines[0] = head.dump();
  CHECK(proved.verdict(proved.signed_proof(joined(lines))) == "verify.cell");
}

TEST_CASE("proofs of random routes are proved", "[verify][R45][R54]") {
  const auto seed = GENERATE(11U, 20261123U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  int proved = 0;
  for (int round = 0; round < 30; ++round) {
    json routes = json::array();
    for (const char* id : {"a", "b", "c"}) {
      json route{{"tenantId", id},
                 {"eidPrefixes", json::array()},
                 {"activationRealm", std::string("rsp.") + id + ".example"},
                 {"smdpEndpoint", "https://dp.example/"}};
      for (std::size_t i = random() % 3; i > 0; --i) {
        route["eidPrefixes"].push_back("8904" + std::to_string(random() % 30));
      }
      json entry{{"mccMnc", random() % 2 == 0 ? "23450" : "234501"}};
      if (random() % 2 == 0) entry["gid1"] = random() % 2 == 0 ? "01" : "02";
      if (random() % 2 == 0) entry["gid2"] = "01";
      route["operators"] = json::array({entry});
      routes.push_back(std::move(route));
    }
    const json document{{"tenantRoutes", routes}, {"defaultAction", "reject"}};
    if (!tenancy::parse_routes(document.dump(), "r.json")) continue;
    const Proved one(
        document, random() % 2 == 0 ? std::vector<const char*>{"a"} : std::vector<const char*>{});
    REQUIRE(one.verdict(one.signed_proof(one.lines)) == "proved");
    ++proved;
  }
  CHECK(proved > 5);
}

}  // namespace berth::verify
