// Writes what the fuzzers begin with: our own samples and the standard's vectors, as
// <folder>/<target>/seed-<name>. What the fuzzers find is merged into it by scripts/fuzz --keep.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "berth/abi/base.h"
#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/certificate.h"
#include "kernel/wire/messages.h"
#include "kernel/wire/tables.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/steady_random.h"
#include "tests/kernel/rsp/pki/own_chains.h"
#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"
#include "tests/kernel/saip/package_support.h"
#include "tests/kernel/smdpplus/session_samples.h"
#include "tools/sample-profile/identity.h"
#include "tools/sample-profile/sample_profile.h"

// This program is not a target; it only borrows what targets share.
void berth::fuzz::one_input(ByteView) {}

namespace berth::fuzz {
namespace {

using Seeds = std::map<std::string, std::map<std::string, Bytes>>;

Bytes after(std::uint8_t choice, ByteView octets) {
  Bytes seed = {choice};
  append(seed, octets);
  return seed;
}
Bytes after(std::uint8_t choice, std::string_view text) { return after(choice, as_bytes(text)); }
Bytes text(std::string_view content) { return to_bytes(as_bytes(content)); }

std::string body(std::string_view member, ByteView der) {
  return R"({"transactionId":"00FF",")" + std::string(member) + R"(":")" + to_base64(der) + R"("})";
}

void add_messages(Seeds& seeds) {
  using namespace rsp::sgp22::vectors;  // NOLINT: the sheets' names
  const Bytes authenticate = authenticate_server_response(hex(kEuiccSigned1));
  const Bytes prepare = prepare_download_response(hex(kEuiccSigned2));
  const Bytes result = hex(kPirBf37);
  const Bytes other = other_notification();
  const Bytes cancel = hex(kCancelSessionResponseBf41);
  auto& messages = seeds["rsp_messages"];
  messages = {{"authenticate", after(0, authenticate)},
              {"prepare", after(1, prepare)},
              {"result", after(2, result)},
              {"other", after(2, other)},
              {"cancel", after(3, cancel)},
              {"info1", after(4, euicc_info1())},
              {"info2", after(5, euicc_info2())}};
  seeds["der"] = {{"result", result}, {"info2", euicc_info2()}, {"oid", text("2.999.10")}};
  seeds["es9_json"] = {
      {"initiate", after(0, R"({"euiccChallenge":"oKGio6SlpqeoqaqrrK2urw==","euiccInfo1":")" +
                                to_base64(euicc_info1()) + R"(","smdpAddress":"a.example"})")},
      {"authenticate", after(1, body("authenticateServerResponse", authenticate))},
      {"prepare", after(2, body("prepareDownloadResponse", prepare))},
      {"notify", after(3, body("pendingNotification", result))},
      {"cancel", after(4, body("cancelSessionResponse", cancel))},
      {"authenticate-inside", after(6, authenticate)},
      {"prepare-inside", after(7, prepare)},
      {"notify-inside", after(8, result)},
      {"cancel-inside", after(9, cancel)}};
  const Bytes id = rsp::der::tlv(0x80, Bytes{0x00, 0xFF});
  const auto request = [](rsp::der::Tag tag, std::initializer_list<ByteView> parts) {
    return after(0, rsp::der::tlv(0xA2, rsp::der::tlv(tag, parts)));
  };
  seeds["es9_asn1"] = {
      {"initiate", request(0xBF39, {rsp::der::tlv(0x81, Bytes(16, 0xA0)),
                                    rsp::der::tlv(0x83, text("a.example")), euicc_info1()})},
      {"authenticate", request(0xBF3B, {id, authenticate})},
      {"prepare", request(0xBF3A, {id, prepare})},
      {"notify", request(0xBF3D, {rsp::der::tlv(0xA0, result)})},
      {"authenticate-inside", after(1, authenticate)},
      {"prepare-inside", after(3, prepare)},
      {"notify-inside", after(5, other)},
      {"cancel-inside", after(7, cancel)}};
  seeds["metadata"] = {{"vector", hex(kStoreMetadataPlain)},
                       {"interop", hex(kInteropStoreMetadataPlain)}};
  seeds["bound_package"] = {{"session-keys", after(0, hex(kBppSessionKeyMode))},
                            {"protection-keys", after(0, hex(kBppPpkMode))},
                            {"authentic", Bytes(24, 0x01)},
                            {"round-trip", Bytes(40, 0x02)}};
}

void add_certificates(Seeds& seeds) {
  using namespace rsp::pki::test;  // NOLINT: a header of constants
  auto& certificates = seeds["certificate"];
  certificates = {{"ci", *from_hex(kP256Ci)},       {"eum", *from_hex(kP256Eum)},
                  {"euicc", *from_hex(kP256Euicc)}, {"dpauth", *from_hex(kP256DpAuth)},
                  {"dptls", *from_hex(kP256DpTls)}, {"brainpool", *from_hex(kBrainpoolEuicc)}};
  certificates["pem"] = text("-----BEGIN CERTIFICATE-----\n" + to_base64(*from_hex(kP256Euicc)) +
                             "\n-----END CERTIFICATE-----\n");
  seeds["chain"] = {{"as-it-is", {1, 0, 0, 0}}, {"signed-anew", {0, 0, 0, 0}}};
}

void add_packages(Seeds& seeds) {
  SteadyRandom random(5);
  const auto sample = sample_profile::build({.iccid = sample_profile::numbered_iccid(1),
                                             .imsi = sample_profile::numbered_imsi(1),
                                             .mnc_digits = 2,
                                             .name = "Sample"},
                                            random);
  must_hold(sample.ok(), "the sample profile");
  seeds["saip"] = {{"small", saip::test::join(saip::test::good_elements())}, {"sample", *sample}};
  // Choices of the values first: see personalise.cc.
  Bytes every = {0, 0, 0, 1, 2, 0, 4, 8, 1, 8, 2, 2, 0};
  append(every, *sample);
  Bytes identities(12, 0);
  append(identities, *sample);
  seeds["personalise"] = {{"every", every}, {"identities", identities}};
}

void add_texts(Seeds& seeds) {
  seeds["activation_code"] = {
      {"all", text("LPA:1$SMDP.EXAMPLE.COM$04386-AGYFT$1.3.6.1.4.1.31746$1")},
      {"short", text("1$rsp.example$")}};
  seeds["http_head"] = {
      {"post", text("POST /gsma/rsp2/es9plus/initiateAuthentication HTTP/1.1\r\nHost: a.example\r\n"
                    "Content-Type: application/json\r\nX-Admin-Protocol: gsma/rsp/v2.2.0\r\n"
                    "Content-Length: 12\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n")},
      {"chunked", text("PUT /a?b=c HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n")},
      {"old", text("GET / HTTP/1.0\r\n\r\n")}};
  seeds["chunked_body"] = {
      {"wiki", after(0xFF, text("\xFF\x05"
                                "4\r\nWiki\r\n6;e=1\r\npedia \r\n0\r\nT: x\r\n\r\nGET"))}};
  seeds["api_requests"] = {{"query", after(0, "max=20&after=%24a&x")},
                           {"body", after(1, R"({"eid":"89049032001000000000000000000112"})")},
                           {"escapes", after(2, "a/b c")}};
  seeds["seal_format"] = {{"raw", after(0, text("BV\x01\x01"))},
                          {"changed", {1, 1, 16, 'o', 'c', 't', 'e', 't', 's', 1, 0, 40, 1}}};
  const std::string header =
      R"("header":{"functionRequesterIdentifier":"1.2.3","functionCallIdentifier":"c-1"},)";
  seeds["es2_messages"] = {
      {"download", after(0, "{" + header +
                                R"("eid":"89049032001000000000000000000112",)"
                                R"("profileType":"plain"})")},
      {"confirm", after(1, "{" + header +
                               R"("iccid":"89000123456789012341","matchingId":"A-1",)"
                               R"("confirmationCode":"123","smdsAddress":"s.example",)"
                               R"("releaseFlag":true})")},
      {"cancel", after(2, "{" + header +
                              R"("iccid":"8900012345678901234F","matchingId":"",)"
                              R"("finalProfileStatusIndicator":"Available"})")},
      {"release", after(3, "{" + header + R"("iccid":"890001234567890123"})")},
      {"answer", after(4, R"({"header":{"functionExecutionStatus":{"status":"Failed",)"
                          R"("statusCodeData":{"subjectCode":"8.1","reasonCode":"4.2"}}}})")}};
}

// One extension of a client's first message, without its type and length; read as each of the four.
void add_hellos(Seeds& seeds) {
  const Bytes key_id(20, 0xA5);
  Bytes list = {0x00, 42, 1};  // key_sha1_hash
  append(list, key_id);
  list.push_back(0);  // pre_agreed
  list.push_back(2);  // x509_name
  append(list, Bytes{0x00, 17});
  append(list, text("DC=example,CN=CI1"));
  seeds["client_hello"] = {{"server-name", text(std::string("\0\x10\0\0\x0Drsp.a.example", 18))},
                           {"groups", Bytes{0, 6, 0, 23, 0, 26, 0, 29}},
                           {"signature-algorithms", Bytes{0, 4, 4, 3, 8, 26}},
                           {"trusted-ca-keys", list}};
}

// The first octet is the size of the pieces it arrives in.
void add_answers(Seeds& seeds) {
  const std::string ok = R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}}})";
  seeds["https_answer"] = {
      {"length", after(7,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       "X-Admin-Protocol: gsma/rsp/v2.2.0\r\nContent-Length: " +
                           std::to_string(ok.size()) + "\r\n\r\n" + ok)},
      {"chunked", after(3,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "2\r\n{}\r\n0\r\nT: x\r\n\r\n")},
      {"empty", after(1, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")},
      {"interim", after(5,
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\n"
                        "Retry-After: 5\r\nContent-Length: 0\r\n\r\n")},
      {"until-end", after(9, "HTTP/1.0 200 OK\r\n\r\n{}")}};
}

// See stored_session.cc: the first octet says whether octets follow or a session to change.
void add_sessions(Seeds& seeds) {
  using namespace smdpplus;           // NOLINT: one format
  using namespace smdpplus::testing;  // NOLINT: its samples
  const auto first = begun(1);
  const auto second = begun(2);
  authenticate(*second);
  seeds["stored_session"] = {{"begun", after(0, *encode_session(*first))},
                             {"authenticated", after(0, *encode_session(*second))},
                             {"begun-changed", {1, 1}},
                             {"authenticated-changed", {2, 1}}};
}

void add_configuration(Seeds& seeds) {
  seeds["tenancy"] = {
      {"routes", after(0, R"({"tenantRoutes":[{"tenantId":"a","eidPrefix":"89049032",)"
                          R"("mccMnc":["23450"],"activationRealm":"rsp.a.example",)"
                          R"("smdpEndpoint":"https://rsp.a.example/gsma/rsp2"},)"
                          R"({"tenantId":"b","eidPrefix":"89049088","mccMnc":["52512"],)"
                          R"("activationRealm":"rsp.b.example",)"
                          R"("smdpEndpoint":"https://rsp.b.example/gsma/rsp2"}],)"
                          R"("defaultAction":"reject"})")},
      {"host", after(1, R"({"dataFolder":"data","es9Listen":"127.0.0.1:0",)"
                        R"("operatorSocket":"operator.sock","routes":"routes.json",)"
                        R"("tenants":["a.json"],"certificateIssuers":["ci.pem"],)"
                        R"("smdp":[{"dpAuth":{"certificate":"a.der","key":"a"},)"
                        R"("dpPb":{"certificate":"b.der","key":"b"}}],)"
                        R"("hsm":{"library":"../lib/hsm.so","config":{"keyFile":"./k"}},)"
                        R"("storage":{"library":"/opt/s.so"}})")},
      {"tenant", after(2, R"({"tenantId":"a","displayName":"A","eidPolicy":"managed",)"
                          R"("tls":{"certificateChain":"a.pem","privateKey":"a.key"},)"
                          R"("downloadAttemptsMax":3})")}};
}

void add_plugins(Seeds& seeds) {
  seeds["plugin_files"] = {
      {"manifest",
       after(0, R"({"manifest":1,"id":"acme.hsm","kind":"hsm","version":"1.0.0","vendor":)"
                R"({"name":"Acme"},"library":{"file":"x.so","sha256":")" +
                    std::string(64, 'a') +
                    R"(","machine":"x86_64-linux-gnu"},"abi":{"major":1,"minor_min":0},)"
                    R"("provides":["berth.hsm/1"],"requires":["berth.host.log/1"]})")}};
}

void add_frames(Seeds& seeds) {
  const auto told = [](const auto& message) {
    return wire::encode_frame(wire::Type::kAnswer, 1, wire::AnswerHead(), wire::encode(message));
  };
  Bytes all = {20};
  for (const wire::Octets& frame :
       {told(wire::Entry{BERTH_PLUGIN_MAGIC, 104, 1, 0, 127, "a.b", "1.0", {"berth.hsm/1"}}),
        told(wire::Created{true, {{"berth.hsm/1", 128, 0x7FFF}}}), told(wire::Buffer{2, {1, 2}}),
        told(wire::KeyAnswer{7}), told(wire::HsmLimits{8, 64, 1024}),
        told(wire::KeyInfo{1, 1, 0, true}), told(wire::ObjectInfo{5, 6, 3, "tag"}),
        wire::encode_frame(wire::Type::kAnswer, 2, wire::AnswerHead{4, 1, {4, "a.b", "why", 50}}),
        wire::encode_frame(wire::Type::kAsk, 3, wire::Ask{0, 16, "name", {1, 2, 3}}),
        wire::encode_frame(wire::Type::kLog, 0, wire::LogLine{1, 2, "line", {{"key", "value"}}}),
        wire::encode_frame(wire::Type::kClock, 4, wire::ClockQuestion{1, true})}) {
    append(all, frame);
  }
  seeds["wire_frames"] = {{"each", all}};
}

// Steps are chosen modulo 12, the highest bit is the other card: see es9_sequence.cc. Zeros leave
// what is sent unchanged.
void add_sequences(Seeds& seeds) {
  const Bytes initiate = {0, 0, 0, 0, 0};
  const Bytes authenticate = {2, 0, 0, 0, 0, 0};
  const Bytes prepare = {4, 0, 0, 0, 0, 0};
  const Bytes install = {5, 0, 0, 0, 0, 0, 0};
  const Bytes cancel = {6, 1, 0, 0, 0, 0};
  const auto joined = [](std::initializer_list<ByteView> parts) {
    Bytes all;
    for (const ByteView part : parts) append(all, part);
    return all;
  };
  seeds["es9_sequence"] = {
      {"download", joined({initiate, authenticate, prepare, install})},
      {"retry",
       joined({initiate, authenticate, prepare, initiate, authenticate, prepare, install})},
      {"cancel", joined({initiate, authenticate, cancel})},
      {"cancel-late", joined({initiate, authenticate, prepare, cancel})},
      {"replay", joined({initiate, authenticate, Bytes{8, 1, 0}, prepare, Bytes{8, 2, 0}, install,
                         Bytes{8, 3, 0}, Bytes{8, 0, 15}})},
      {"code", joined({initiate, Bytes{2, 1, 0, 0, 0, 0}, Bytes{4, 2, 0, 0, 0, 0}, initiate,
                       Bytes{2, 1, 0, 0, 0, 0}, Bytes{4, 1, 0, 0, 0, 0}, install})},
      {"delete", joined({initiate, authenticate, prepare, install, Bytes{10, 0, 2},
                         Bytes{7, 1, 0, 0, 0, 0}})},
      {"two-cards", joined({initiate, authenticate, prepare, Bytes{128, 0, 0, 0, 0},
                            Bytes{130, 0, 0, 0, 0, 0}, Bytes{132, 0, 0, 0, 0, 0}, install})},
      {"time", joined({initiate, Bytes{9, 20, 0}, authenticate, prepare, Bytes{9, 255, 0},
                       Bytes{9, 255, 0}, install})}};
}

void write(const std::filesystem::path& folder, const Seeds& seeds) {
  for (const auto& [target, files] : seeds) {
    std::filesystem::create_directories(folder / target);
    for (const auto& [name, content] : files) {
      std::ofstream(folder / target / ("seed-" + name), std::ios::binary) << as_text(content);
    }
  }
}

}  // namespace
}  // namespace berth::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz_seeds FOLDER\n";
    return 2;
  }
  berth::fuzz::Seeds seeds;
  berth::fuzz::add_messages(seeds);
  berth::fuzz::add_certificates(seeds);
  berth::fuzz::add_packages(seeds);
  berth::fuzz::add_texts(seeds);
  berth::fuzz::add_hellos(seeds);
  berth::fuzz::add_answers(seeds);
  berth::fuzz::add_sessions(seeds);
  berth::fuzz::add_configuration(seeds);
  berth::fuzz::add_plugins(seeds);
  berth::fuzz::add_frames(seeds);
  berth::fuzz::add_sequences(seeds);
  berth::fuzz::write(argv[1], seeds);
  return 0;
}
