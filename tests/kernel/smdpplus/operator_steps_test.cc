#include "kernel/smdpplus/operator_steps.h"

#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {

TEST_CASE("an order's answer is read as it was written, with and without a code", "[smdpplus]") {
  const Iccid iccid = *Iccid::parse("8944500000000000018");
  OrderAnswer answer{"o-1", iccid, *MatchingId::parse("A-B"), "1$A$A-B", 7, "Confirmed"};
  for (const OrderCode& code : {answer.matching_id, OrderCode()}) {
    answer.matching_id = code;
    const OrderAnswer read = must(decode_answer(encode_answer(answer)));
    CHECK(read.order_id == "o-1");
    CHECK(read.iccid == iccid);
    CHECK(read.matching_id == code);
    CHECK(read.activation_code == "1$A$A-B");
    CHECK(read.expires_ms == 7);
    CHECK(read.state == "Confirmed");
  }
}

TEST_CASE("a damaged answer is said to be", "[smdpplus]") {
  for (const char* text : {"", "[]", "{}", R"({"iccid":"1"})",
                           R"({"iccid":"8944500000000000018","matchingId":"a b"})"}) {
    CAPTURE(text);
    CHECK(say(decode_answer(text)) == "data_loss order.answer_damaged");
  }
}

TEST_CASE("an answer stored before orders had a state is of a released one", "[smdpplus]") {
  CHECK(must(decode_answer(R"({"iccid":"8944500000000000018","matchingId":"A"})")).state ==
        "Released");
}

TEST_CASE("identifiers have 1 to 128 octets", "[smdpplus]") {
  CHECK(check_identifier("x").ok());
  CHECK(check_identifier(std::string(128, 'x')).ok());
  CHECK_FALSE(check_identifier("").ok());
  CHECK_FALSE(check_identifier(std::string(129, 'x')).ok());
}

}  // namespace berth::smdpplus::testing
