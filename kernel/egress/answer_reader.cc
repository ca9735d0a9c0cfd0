#include "kernel/egress/answer_reader.h"

#include <algorithm>
#include <charconv>

namespace berth::egress {
namespace {

constexpr std::size_t kMaxChunkLine = 256;

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&lower](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <class Number>
std::optional<Number> number_of(std::string_view text, int base = 10) {
  Number number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || text[0] == '-' || failure != std::errc()) return std::nullopt;
  if (end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "HTTP/1.1 200 Fine"; the reason may be empty or absent.
std::optional<int> status_of(std::string_view line) {
  if (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 ")) return std::nullopt;
  line.remove_prefix(9);
  if (line.size() < 3 || (line.size() > 3 && line[3] != ' ')) return std::nullopt;
  const auto status = number_of<int>(line.substr(0, 3));
  return status && *status >= 100 && *status <= 599 ? status : std::nullopt;
}

}  // namespace

AnswerReader::State AnswerReader::feed(std::string_view octets) {
  raw_.append(octets);
  for (;;) {
    const State state = read_part();
    if (state != State::kComplete) return state;
    if (part_ == Part::kDone) return State::kComplete;
  }
}

AnswerReader::State AnswerReader::end() const {
  return part_ == Part::kUntilEnd || part_ == Part::kDone ? State::kComplete : State::kMalformed;
}

AnswerReader::State AnswerReader::read_part() {
  switch (part_) {
    case Part::kHead:
      return read_head();
    case Part::kCounted:
      return take_body(left_);
    case Part::kUntilEnd: {
      left_ = raw_.size() + 1;  // never reached: only the end of the connection completes it
      return take_body(raw_.size());
    }
    case Part::kChunkSize:
      return read_chunk_size();
    case Part::kChunk:
      return take_body(left_);
    case Part::kChunkEnd: {
      if (raw_.size() < 2) return State::kMore;
      if (!raw_.starts_with("\r\n")) return State::kMalformed;
      raw_.erase(0, 2);
      part_ = Part::kChunkSize;
      return State::kComplete;
    }
    case Part::kTrailer:
      return read_trailer();
    case Part::kDone:
      break;
  }
  return State::kComplete;
}

AnswerReader::State AnswerReader::read_head() {
  const std::size_t end = raw_.find("\r\n\r\n");
  // Three octets of the mark that ends the head may be there already.
  if (std::min(end, raw_.size() - std::min<std::size_t>(raw_.size(), 3)) > kMaxAnswerHeadBytes) {
    return State::kTooLarge;
  }
  if (end == std::string::npos) return State::kMore;
  const std::string head = raw_.substr(0, end + 2);
  raw_.erase(0, end + 4);
  const std::size_t line_end = head.find("\r\n");
  const auto status = status_of(std::string_view(head).substr(0, line_end));
  if (!status) return State::kMalformed;
  answer_.status = *status;
  chunked_ = false;
  length_.reset();
  const State fields = read_fields(std::string_view(head).substr(line_end + 2));
  if (fields != State::kComplete) return fields;
  if (*status == 101) return State::kMalformed;       // no other protocol was asked for
  if (*status < 200) return State::kComplete;         // interim; the answer follows
  if (chunked_ && length_) return State::kMalformed;  // two readers could disagree
  if (*status == 204 || *status == 304) {
    part_ = Part::kDone;
  } else if (chunked_) {
    part_ = Part::kChunkSize;
  } else if (length_) {
    if (*length_ > kMaxAnswerBodyBytes) return State::kTooLarge;
    left_ = *length_;
    part_ = left_ == 0 ? Part::kDone : Part::kCounted;
  } else {
    part_ = Part::kUntilEnd;
  }
  return State::kComplete;
}

AnswerReader::State AnswerReader::read_fields(std::string_view fields) {
  answer_.content_type.clear();
  answer_.retry_after.reset();
  while (!fields.empty()) {
    const std::size_t end = fields.find("\r\n");
    const std::string_view line = fields.substr(0, end);
    fields.remove_prefix(end + 2);
    const std::size_t colon = line.find(':');
    const bool named = colon != std::string_view::npos && colon > 0;
    if (!named || line.substr(0, colon).find_first_of(" \t") != std::string_view::npos) {
      return State::kMalformed;
    }
    if (!read_field(line.substr(0, colon), trimmed(line.substr(colon + 1)))) {
      return State::kMalformed;
    }
  }
  return State::kComplete;
}

bool AnswerReader::read_field(std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "content-length")) {
    const auto length = number_of<std::size_t>(value);
    if (!length || (length_ && *length_ != *length)) return false;
    length_ = length;
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    if (chunked_ || !equal_ignoring_case(value, "chunked")) return false;
    chunked_ = true;
  } else if (equal_ignoring_case(name, "content-type")) {
    answer_.content_type = value;
  } else if (equal_ignoring_case(name, "retry-after")) {
    if (const auto seconds = number_of<std::uint32_t>(value)) {
      answer_.retry_after = std::chrono::seconds(*seconds);
    }
  }
  return true;
}

std::optional<std::string> AnswerReader::take_line(std::size_t max_bytes, State& state) {
  const std::size_t end = raw_.find("\r\n");
  if (std::min(end, raw_.size() - std::min<std::size_t>(raw_.size(), 1)) > max_bytes) {
    state = State::kMalformed;
    return std::nullopt;
  }
  if (end == std::string::npos) {
    state = State::kMore;
    return std::nullopt;
  }
  std::string line = raw_.substr(0, end);
  raw_.erase(0, end + 2);
  return line;
}

AnswerReader::State AnswerReader::read_chunk_size() {
  State state = State::kComplete;
  const auto line = take_line(kMaxChunkLine, state);
  if (!line) return state;
  const auto size = number_of<std::size_t>(
      trimmed(std::string_view(*line).substr(0, line->find(';'))), 16);  // extensions are dropped
  if (!size) return State::kMalformed;
  if (*size > kMaxAnswerBodyBytes - answer_.body.size()) return State::kTooLarge;
  left_ = *size;
  part_ = left_ == 0 ? Part::kTrailer : Part::kChunk;
  return State::kComplete;
}

AnswerReader::State AnswerReader::read_trailer() {
  State state = State::kComplete;
  const auto line = take_line(kMaxAnswerHeadBytes, state);
  if (!line) return state;
  trailer_bytes_ += line->size() + 2;
  if (trailer_bytes_ > kMaxAnswerHeadBytes) return State::kTooLarge;
  if (line->empty()) part_ = Part::kDone;
  return State::kComplete;
}

AnswerReader::State AnswerReader::take_body(std::size_t octets) {
  const std::size_t taken = std::min(octets, raw_.size());
  if (taken > kMaxAnswerBodyBytes - answer_.body.size()) return State::kTooLarge;
  answer_.body.append(raw_, 0, taken);
  raw_.erase(0, taken);
  left_ -= taken;
  if (left_ > 0) return State::kMore;
  part_ = part_ == Part::kChunk ? Part::kChunkEnd : Part::kDone;
  return State::kComplete;
}

}  // namespace berth::egress
