// The operator's ES2+ requests, and what its server answers to ours. The first octet chooses.

#include "kernel/rsp/sgp22/es2_messages.h"

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

using namespace rsp::sgp22;  // NOLINT: messages by the dozen

// The header alone and the whole call are read alike.
template <class Read>
void call(Read read, std::string_view json) {
  const auto request = read(json);
  if (!request) return;
  const auto header = read_function_header(json);
  must_hold(header.ok(), "a call that can be read has a header");
  must_hold(header->requester == request->header.requester && header->call == request->header.call,
            "the header is the same alone");
  must_hold(header->requester.size() <= kMaxFunctionIdentifier &&
                header->call.size() <= kMaxFunctionIdentifier,
            "identifiers are bounded");
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const auto choice = choices.octet() % 5;
  const std::string_view json = choices.rest_text();
  if (choice == 0) return call(read_download_order, json);
  if (choice == 1) return call(read_confirm_order, json);
  if (choice == 2) return call(read_cancel_order, json);
  if (choice == 3) return call(read_release_profile, json);
  is_failed_answer(json);
}

}  // namespace berth::fuzz
