// Answers of an operator's server: the pieces they arrive in make no difference.

#include "kernel/egress/answer_reader.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

using egress::AnswerReader;
using egress::HttpsAnswer;

struct Read {
  AnswerReader::State state = AnswerReader::State::kMore;
  HttpsAnswer answer;
};

Read read(std::string_view wire, std::size_t piece) {
  AnswerReader reader;
  Read result;
  while (!wire.empty() && result.state == AnswerReader::State::kMore) {
    const std::string_view input = wire.substr(0, piece);
    result.state = reader.feed(input);
    wire.remove_prefix(input.size());
  }
  if (result.state == AnswerReader::State::kMore) result.state = reader.end();
  if (result.state == AnswerReader::State::kComplete) result.answer = reader.take();
  return result;
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const std::size_t piece = 1 + choices.below(32);
  const std::string_view wire = choices.rest_text();
  const Read whole = read(wire, wire.size());
  const Read pieces = read(wire, piece);
  must_hold(whole.state == pieces.state, "the verdict is the same in pieces");
  must_hold(whole.state != AnswerReader::State::kMore, "the end decides");
  if (whole.state != AnswerReader::State::kComplete) return;
  must_hold(whole.answer.status == pieces.answer.status, "so is the status");
  must_hold(whole.answer.body == pieces.answer.body, "so is the body");
  must_hold(whole.answer.status >= 200 && whole.answer.status <= 599, "the answer is the last one");
  must_hold(whole.answer.body.size() <= egress::kMaxAnswerBodyBytes, "a body is bounded");
}

}  // namespace berth::fuzz
