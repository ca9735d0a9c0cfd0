// Defect: get starts a child process.

#include <unistd.h>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class Forks final : public Store {
 public:
  using Store::Store;
  ObjectInfo get(const Op& op, std::string_view name, std::uint64_t offset, std::uint64_t length,
                 const Sink& body) override {
    if (::fork() == 0) ::_exit(0);
    return Store::get(op, name, offset, length, body);
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(Forks, "org.example.test", "1.0.0")
