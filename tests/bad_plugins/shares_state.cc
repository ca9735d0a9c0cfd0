// Defect: all instances keep their objects in one place.

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class SharesState final : public Store {
 public:
  using Store::Store;
  ObjectInfo put(const Op& op, std::string_view name, const PutOptions& options,
                 const Source& body) override {
    return everybodys().put(op, name, options, body);
  }
  ObjectInfo get(const Op& op, std::string_view name, std::uint64_t offset, std::uint64_t length,
                 const Sink& body) override {
    return everybodys().get(op, name, offset, length, body);
  }
  void remove(const Op& op, std::string_view name) override { everybodys().remove(op, name); }
  void list(const Op& op, std::string_view prefix, std::string_view after, std::size_t max,
            const ListSink& out) override {
    everybodys().list(op, prefix, after, max, out);
  }

 private:
  static Store& everybodys() {
    static Store store{Host(nullptr), Config("{}")};
    return store;
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(SharesState, "org.example.test", "1.0.0")
