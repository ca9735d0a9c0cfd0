// A store that keeps nothing and answers at once: what a call of it takes is what the layers around
// a plugin take.

#include "berth/sdk/storage.h"

namespace {

using namespace berth::sdk;

class NullStore final : public ObjectStore {
 public:
  NullStore(Host, const Config&) {}

  ObjectInfo put(const Op&, std::string_view, const PutOptions&, const Source&) override {
    throw Error(BERTH_UNSUPPORTED, "null_store.put", "this store keeps nothing");
  }
  ObjectInfo get(const Op&, std::string_view, std::uint64_t, std::uint64_t, const Sink&) override {
    return {0, 0, "0"};
  }
  ObjectInfo stat(const Op&, std::string_view) override { return {0, 0, "0"}; }
  void remove(const Op&, std::string_view) override {}
  void list(const Op&, std::string_view, std::string_view, std::size_t, const ListSink&) override {}
};

}  // namespace

BERTH_STORAGE_PLUGIN(NullStore, "berth.bench.null-store", BERTH_PLUGIN_VERSION)
