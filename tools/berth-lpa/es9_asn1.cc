#include "tools/berth-lpa/es9_asn1.h"

#include "kernel/rsp/der/der.h"

namespace berth::lpa::asn1 {
namespace {

using rsp::der::Reader;
using rsp::der::Tag;
using rsp::der::tlv;

constexpr int kLargestError = 127;

Error invalid(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "lpa.reply_invalid", std::move(message));
}

Bytes request(Function function, std::initializer_list<ByteView> fields) {
  return tlv(0xA2, tlv(static_cast<Tag>(function), fields));
}

Bytes transaction_tlv(const TransactionId& transaction) { return tlv(0x80, transaction.octets()); }

// The elements must have these tags, in this order; later releases may add some.
Result<void> check_tags(const Answer& answer, std::initializer_list<Tag> tags) {
  if (answer.elements.size() < tags.size()) return invalid("the answer lacks an element");
  auto element = answer.elements.begin();
  for (const Tag tag : tags) {
    BERTH_TRY_VOID(rsp::der::parse_single(*element++, tag));
  }
  return {};
}

Result<TransactionId> to_transaction(const Answer& answer) {
  BERTH_TRY(element, rsp::der::parse_single(answer.elements.front(), 0x80));
  return TransactionId::from_octets(element.value);
}

struct Row {
  Function function;
  int error;
  Pair pair;
};
constexpr Row kErrors[] = {
    {Function::kInitiateAuthentication, 1, {"8.8.1", "3.8"}},
    {Function::kInitiateAuthentication, 2, {"8.8.3", "3.1"}},
    {Function::kInitiateAuthentication, 3, {"8.8.2", "3.1"}},
    {Function::kAuthenticateClient, 1, {"8.1.2", "6.1"}},
    {Function::kAuthenticateClient, 2, {"8.1.2", "6.3"}},
    {Function::kAuthenticateClient, 3, {"8.1.3", "6.1"}},
    {Function::kAuthenticateClient, 4, {"8.1.3", "6.3"}},
    {Function::kAuthenticateClient, 5, {"8.1", "6.1"}},
    {Function::kAuthenticateClient, 6, {"8.2.6", "3.8"}},
    {Function::kAuthenticateClient, 7, {"8.1.1", "3.8"}},
    {Function::kAuthenticateClient, 8, {"8.2.5", "4.3"}},
    {Function::kAuthenticateClient, 9, {"8.11.1", "3.9"}},
    {Function::kAuthenticateClient, 10, {"8.10.1", "3.9"}},
    {Function::kAuthenticateClient, 11, {"8.1", "4.8"}},
    {Function::kGetBoundProfilePackage, 1, {"8.1", "6.1"}},
    {Function::kGetBoundProfilePackage, 2, {"8.2.7", "2.2"}},
    {Function::kGetBoundProfilePackage, 3, {"8.2.7", "3.8"}},
    {Function::kGetBoundProfilePackage, 4, {"8.2.7", "6.4"}},
    {Function::kGetBoundProfilePackage, 5, {"8.2", "3.7"}},
    {Function::kGetBoundProfilePackage, 6, {"8.8.5", "4.10"}},
    {Function::kGetBoundProfilePackage, 95, {"8.10.1", "3.9"}},
    {Function::kCancelSession, 1, {"8.10.1", "3.9"}},
    {Function::kCancelSession, 2, {"8.1", "6.1"}},
};

}  // namespace

Bytes initiate_authentication(ByteView challenge, std::string_view address, ByteView euicc_info1) {
  return request(Function::kInitiateAuthentication,
                 {tlv(0x81, challenge), tlv(0x83, as_bytes(address)), euicc_info1});
}

Bytes authenticate_client(const TransactionId& transaction, ByteView response) {
  return request(Function::kAuthenticateClient, {transaction_tlv(transaction), response});
}

Bytes get_bound_profile_package(const TransactionId& transaction, ByteView response) {
  return request(Function::kGetBoundProfilePackage, {transaction_tlv(transaction), response});
}

Bytes cancel_session(const TransactionId& transaction, ByteView response) {
  // The card's own message: always a BF41.
  const auto whole = rsp::der::parse_single(response, 0xBF41);
  BERTH_ASSERT(whole.ok());
  return request(Function::kCancelSession, {transaction_tlv(transaction), tlv(0xA1, whole->value)});
}

Bytes handle_notification(ByteView notification) {
  return request(Function::kHandleNotification, {tlv(0xA0, notification)});
}

Result<Answer> read_answer(Function function, ByteView body) {
  BERTH_TRY(outer, rsp::der::parse_single(body, 0xA2));
  BERTH_TRY(inner, rsp::der::parse_single(outer.value, static_cast<Tag>(function)));
  Reader choice(inner.value);
  BERTH_TRY(alternative, choice.next());
  BERTH_TRY_VOID(choice.finish());
  Answer answer;
  if (alternative.tag == 0x81) {
    BERTH_TRY(error, rsp::der::to_unsigned(alternative.value));
    if (error == 0) return invalid("the error alternative names no error");
    // Values to come mean no more to us than "undefined".
    answer.error = error > kLargestError ? kLargestError : static_cast<int>(error);
    return answer;
  }
  if (alternative.tag != 0xA0) return invalid("the answer is neither a result nor an error");
  Reader elements(alternative.value);
  while (!elements.at_end()) {
    BERTH_TRY(element, elements.next());
    answer.elements.push_back(to_bytes(element.whole));
  }
  return answer;
}

Result<ServerAuthentication> to_server_authentication(const Answer& answer) {
  BERTH_TRY_VOID(check_tags(answer, {0x80, 0x30, 0x5F37, 0x04, 0x30}));
  BERTH_TRY(transaction, to_transaction(answer));
  const auto& elements = answer.elements;
  return ServerAuthentication{transaction, elements[1], elements[2], elements[3], elements[4]};
}

Result<ClientAuthentication> to_client_authentication(const Answer& answer) {
  BERTH_TRY_VOID(check_tags(answer, {0x80, 0xBF25, 0x30, 0x5F37, 0x30}));
  BERTH_TRY(transaction, to_transaction(answer));
  const auto& elements = answer.elements;
  return ClientAuthentication{transaction, elements[1], elements[2], elements[3], elements[4]};
}

Result<Bytes> to_bound_package(const Answer& answer, const TransactionId& transaction) {
  BERTH_TRY_VOID(check_tags(answer, {0x80, 0xBF36}));
  BERTH_TRY(answered, to_transaction(answer));
  if (answered != transaction) return invalid("the answer belongs to another transaction");
  return answer.elements[1];
}

Pair pair_of(Function function, int error) {
  for (const Row& row : kErrors) {
    if (row.function == function && row.error == error) return row.pair;
  }
  return {};
}

}  // namespace berth::lpa::asn1
