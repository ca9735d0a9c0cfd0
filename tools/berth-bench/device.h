// A device and its card, reduced to what the server can tell from a whole one: every message it
// sends is a card's, signed with a card's key. It checks of the answers that they are there; that
// they are right is shown by a whole card (tools/euicc) before anything is measured.
//
// Its key, its certificate and its one-time keys are made beforehand. One thread at a time.

#pragma once

#include <optional>
#include <stdexcept>
#include <vector>

#include "tools/berth-bench/connection.h"
#include "tools/berth-bench/world.h"
#include "tools/euicc/private_key.h"

namespace berth::bench {

struct DownloadTimes {
  std::chrono::nanoseconds package_first_byte{0};  // getBoundProfilePackage
  std::chrono::nanoseconds package_whole{0};
  std::chrono::nanoseconds empty{0};  // the listener's cheapest answer, when asked for
  std::size_t package_octets = 0;     // the bound package, decoded
};

// The server said 503.
class ToldToComeBack : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Device {
 public:
  Device(World& world, std::size_t tenant, std::size_t number, Curve curve);

  // initiateAuthentication, authenticateClient, getBoundProfilePackage, handleNotification. Any
  // answer but success throws. `with_empty`: also asks for a path that is not there, right before
  // the package.
  DownloadTimes download(Connection& connection, const OpenOrder& order, bool with_empty);
  // The first function alone: leaves a session behind.
  void begin(Connection& connection);
  // The same; false when it was told to come back (503).
  bool try_begin(Connection& connection);

  // What this card can be made to send, of which nothing is expected: the answer is the caller's.
  Reply address(Connection& connection, const std::string& smdp_address);
  // authenticateClient at the realm of `tenant`, in a session begun for it.
  Reply present(Connection& connection, std::size_t tenant, const std::string& matching_id);
  // A session that waits for its package, and what would end it, each with the card's signature.
  struct Session {
    std::string prepared;      // body of getBoundProfilePackage
    std::string cancelled;     // of cancelSession
    std::string notification;  // of handleNotification
  };
  Session open(Connection& connection, const OpenOrder& order);

 private:
  struct Server;  // what the first answer said
  Server initiate(Connection& connection, const std::string& smdp_address);
  std::string initiate_body(ByteView challenge, const std::string& smdp_address) const;
  std::string authenticate_body(const Server& server, const std::string& matching_id);
  std::string prepare_body(const Server& server, ByteView signature2);
  std::string notification_body(const Server& server, const OpenOrder& order);
  Bytes install_result(const Server& server, const OpenOrder& order);

  std::string realm_;
  euicc::PrivateKey key_;
  std::vector<euicc::PrivateKey> one_time_keys_;
  Bytes euicc_certificate_;
  Bytes eum_certificate_;
  std::string info1_base64_;
  Bytes info2_;
  Bytes smdp_oid_;
  Random& random_;
  std::uint64_t sequence_number_ = 0;
};

}  // namespace berth::bench
