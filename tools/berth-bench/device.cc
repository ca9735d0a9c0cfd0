#include "tools/berth-bench/device.h"

#include "kernel/rsp/der/der.h"
#include "tools/berth-bench/must.h"
#include "tools/euicc/card_messages.h"
#include "tools/euicc/server_messages.h"

namespace berth::bench {
namespace {

constexpr std::size_t kOneTimeKeys = 16;  // used in turn; each binding is of another profile
constexpr int kOk = 200;
constexpr int kNoContent = 204;
constexpr int kUnavailable = 503;
constexpr std::uint8_t kEndUserRejection = 0;
constexpr std::uint32_t kFreeMemory = 2 * 1024 * 1024;

const euicc::DeviceFields kDevice{{0x35, 0x00, 0x00, 0x00}, {}};
// An ISD-P AID (SGP.02 annex H).
const Bytes kAid = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                    0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x10, 0x00};

// A text member of an answer whose texts have no escapes: base64 and hexadecimal.
std::string_view member(const Reply& reply, std::string_view name) {
  if (reply.status == kUnavailable) throw ToldToComeBack("status 503");
  const std::string mark = "\"" + std::string(name) + "\":\"";
  const std::size_t at = reply.body.find(mark);
  if (reply.status != kOk || at == std::string_view::npos) {
    throw std::runtime_error("status " + std::to_string(reply.status) + ", no " +
                             std::string(name) + ": " + std::string(reply.body.substr(0, 400)));
  }
  const std::string_view rest = reply.body.substr(at + mark.size());
  return rest.substr(0, rest.find('"'));
}

Bytes octets(const Reply& reply, std::string_view name) {
  return must(from_base64(member(reply, name)));
}

std::string session_json(std::string_view transaction, std::string_view name, ByteView der) {
  std::string json = R"({"transactionId":")";
  json += transaction;
  json += R"(",")";
  json += name;
  json += R"(":")";
  json += to_base64(der);
  json += R"("})";
  return json;
}

euicc::PrivateKey private_key(const testpki::Issued& issued) {
  return must(euicc::PrivateKey::from_scalar(issued.key.curve, issued.key.scalar.view()));
}

}  // namespace

struct Device::Server {
  std::string transaction_hex;
  euicc::ServerSigned1 signed1;
  Bytes signed1_octets;  // what the views in `signed1` borrow from
};

Device::Device(World& world, std::size_t tenant, std::size_t number, Curve curve)
    : realm_(World::realm(tenant)),
      key_(must(euicc::PrivateKey::generate(curve, world.random()))),
      eum_certificate_(world.eum(curve).issued().certificate),
      smdp_oid_(must(rsp::der::oid_from_text("2.999.10"))),
      random_(world.random()) {
  const testpki::Issued issued = world.issue_card(tenant, number, curve);
  key_ = private_key(issued);
  euicc_certificate_ = issued.certificate;
  for (std::size_t i = 0; i < kOneTimeKeys; ++i) {
    one_time_keys_.push_back(must(euicc::PrivateKey::generate(curve, world.random())));
  }
  euicc::InfoFields info;
  info.ci_ids_for_verification = {world.ci(curve).subject_key_id()};
  info.ci_ids_for_signing = info.ci_ids_for_verification;
  info.free_nvm_bytes = kFreeMemory;
  info1_base64_ = to_base64(euicc::encode_euicc_info1(info));
  info2_ = euicc::encode_euicc_info2(info);
}

std::string Device::initiate_body(ByteView challenge, const std::string& smdp_address) const {
  return R"({"euiccChallenge":")" + to_base64(challenge) + R"(","euiccInfo1":")" + info1_base64_ +
         R"(","smdpAddress":")" + smdp_address + R"("})";
}

Device::Server Device::initiate(Connection& connection, const std::string& smdp_address) {
  const Bytes challenge = random_.bytes(euicc::kChallengeSize);
  const Reply reply =
      connection.post("initiateAuthentication", initiate_body(challenge, smdp_address));
  Bytes signed1 = octets(reply, "serverSigned1");
  const std::string transaction(member(reply, "transactionId"));
  auto read = must(euicc::read_server_signed1(signed1));
  if (!equal(read.euicc_challenge, challenge)) throw std::runtime_error("another challenge");
  return {transaction, std::move(read), std::move(signed1)};
}

void Device::begin(Connection& connection) { initiate(connection, realm_); }

bool Device::try_begin(Connection& connection) {
  try {
    initiate(connection, realm_);
    return true;
  } catch (const ToldToComeBack&) {
    return false;
  }
}

Bytes Device::install_result(const Server& server, const OpenOrder& order) {
  const Bytes metadata = euicc::encode_notification_metadata(
      ++sequence_number_, euicc::NotificationEvent::kInstall, server.signed1.server_address,
      must(Iccid::parse(order.iccid)));
  const Bytes data =
      euicc::encode_install_result_data(server.signed1.transaction_id.octets(), metadata, smdp_oid_,
                                        euicc::encode_install_success(kAid));
  return euicc::encode_install_result(data, must(key_.sign({data})));
}

std::string Device::authenticate_body(const Server& server, const std::string& matching_id) {
  const Bytes signed1 = euicc::encode_euicc_signed1(
      {server.signed1.transaction_id.octets(), server.signed1.server_address,
       server.signed1.server_challenge, info2_, matching_id, kDevice});
  return session_json(server.transaction_hex, "authenticateServerResponse",
                      euicc::encode_authenticate_ok(signed1, must(key_.sign({signed1})),
                                                    euicc_certificate_, eum_certificate_));
}

std::string Device::prepare_body(const Server& server, ByteView signature2) {
  const euicc::PrivateKey& one_time = one_time_keys_[sequence_number_ % one_time_keys_.size()];
  const Bytes signed2 = euicc::encode_euicc_signed2(server.signed1.transaction_id.octets(),
                                                    one_time.point(), std::nullopt);
  return session_json(
      server.transaction_hex, "prepareDownloadResponse",
      euicc::encode_prepare_download_ok(signed2, must(key_.sign({signed2, signature2}))));
}

std::string Device::notification_body(const Server& server, const OpenOrder& order) {
  return R"({"pendingNotification":")" + to_base64(install_result(server, order)) + R"("})";
}

Reply Device::address(Connection& connection, const std::string& smdp_address) {
  return connection.post("initiateAuthentication",
                         initiate_body(random_.bytes(euicc::kChallengeSize), smdp_address));
}

Reply Device::present(Connection& connection, std::size_t tenant, const std::string& matching_id) {
  const Server server = initiate(connection, World::realm(tenant));
  return connection.post("authenticateClient", authenticate_body(server, matching_id));
}

Device::Session Device::open(Connection& connection, const OpenOrder& order) {
  const Server server = initiate(connection, realm_);
  const Reply client =
      connection.post("authenticateClient", authenticate_body(server, order.matching_id));
  const Bytes signature2 = octets(client, "smdpSignature2");
  const Bytes cancel = euicc::encode_cancel_signed(server.signed1.transaction_id.octets(),
                                                   smdp_oid_, kEndUserRejection);
  return {prepare_body(server, signature2),
          session_json(server.transaction_hex, "cancelSessionResponse",
                       euicc::encode_cancel_ok(cancel, must(key_.sign({cancel})))),
          notification_body(server, order)};
}

DownloadTimes Device::download(Connection& connection, const OpenOrder& order, bool with_empty) {
  DownloadTimes times;
  const Server server = initiate(connection, realm_);
  const Reply client =
      connection.post("authenticateClient", authenticate_body(server, order.matching_id));
  const Bytes signature2 = octets(client, "smdpSignature2");
  member(client, "profileMetadata");

  const std::string prepared = prepare_body(server, signature2);
  if (with_empty) times.empty = connection.post("nothing", "{}").whole;
  const Reply package = connection.post("getBoundProfilePackage", prepared);
  times.package_first_byte = package.first_byte;
  times.package_whole = package.whole;
  times.package_octets = member(package, "boundProfilePackage").size() / 4 * 3;

  const Reply taken = connection.post("handleNotification", notification_body(server, order));
  if (taken.status != kNoContent) {
    throw std::runtime_error("handleNotification: status " + std::to_string(taken.status));
  }
  return times;
}

}  // namespace berth::bench
