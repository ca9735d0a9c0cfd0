#include "tests/faults/process_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

namespace berth::faults {
namespace {

constexpr std::size_t kChunk = 1024 * 1024;

struct Range {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

std::vector<Range> readable_ranges(pid_t pid) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  std::vector<Range> ranges;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    Range range;
    char dash = 0;
    std::string rights;
    words >> std::hex >> range.from >> dash >> range.to >> rights;
    if (words && rights.starts_with('r')) ranges.push_back(range);
  }
  return ranges;
}

using Searcher = std::boyer_moore_horspool_searcher<Bytes::const_iterator>;

// Occurrences that begin in the first `own` octets of `text`.
std::size_t count_in(const Bytes& text, std::size_t own, const Searcher& searcher) {
  std::size_t count = 0;
  auto at = text.begin();
  for (;;) {
    at = std::search(at, text.end(), searcher);
    if (at == text.end() || static_cast<std::size_t>(at - text.begin()) >= own) return count;
    ++count;
    ++at;
  }
}

}  // namespace

std::optional<MemoryScan> scan_memory(pid_t pid, const Needles& needles) {
  const int memory =
      ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0) return std::nullopt;
  std::size_t longest = 1;
  std::vector<std::pair<std::string, Searcher>> searchers;
  for (const auto& [name, octets] : needles) {
    longest = std::max(longest, octets.size());
    searchers.emplace_back(name, Searcher(octets.begin(), octets.end()));
  }
  MemoryScan scan;
  Bytes chunk;
  for (const Range& range : readable_ranges(pid)) {
    bool any = false;
    for (std::uint64_t at = range.from; at < range.to; at += kChunk) {
      // A little of what follows, for what lies across.
      const std::size_t wanted = std::min<std::uint64_t>(kChunk + longest - 1, range.to - at);
      chunk.resize(wanted);
      const ssize_t got = ::pread(memory, chunk.data(), wanted, static_cast<off_t>(at));
      if (got <= 0) continue;  // the kernel's own pages, or unmapped meanwhile
      chunk.resize(static_cast<std::size_t>(got));
      any = true;
      const std::size_t own = std::min(chunk.size(), kChunk);
      scan.octets += own;
      for (const auto& [name, searcher] : searchers) {
        if (const std::size_t count = count_in(chunk, own, searcher)) scan.found[name] += count;
      }
    }
    scan.mappings += any ? 1 : 0;
  }
  ::close(memory);
  if (scan.mappings == 0) return std::nullopt;
  return scan;
}

Needles both_orders(const std::string& name, ByteView scalar) {
  Bytes reversed = to_bytes(scalar);
  std::reverse(reversed.begin(), reversed.end());
  return {{name, to_bytes(scalar)}, {name + " reversed", std::move(reversed)}};
}

}  // namespace berth::faults
