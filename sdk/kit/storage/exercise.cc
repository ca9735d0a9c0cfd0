// Objects stored, read, listed and removed, each round under a name of its own.

#include <chrono>
#include <string>
#include <thread>

#include "berth/abi/storage.h"
#include "kit/exercise.h"

namespace berth::storage_kit {
namespace {

using kit::Caller;
using kit::str;

constexpr std::size_t kContent = 1000;          // octets
constexpr std::uint64_t kTrickleOctets = 2400;  // one each 5 ms: 12 s, unless somebody gives up

class StorageExercise final : public kit::Exercise {
 public:
  StorageExercise(const berth_storage* table, berth_instance* instance)
      : table_(table), instance_(instance) {}

  berth_status round(Caller& caller, std::uint64_t number) override {
    const std::string name = "exercise/" + std::to_string(number);
    const std::string content = name + std::string(kContent - name.size(), 'x');
    berth_status status = put(caller, name, content);
    if (status != BERTH_OK) return status;
    std::string back;
    status = get(caller, name, back);
    if (status == BERTH_OK && back != content) {
      status = caller.wrong("get gave other octets than put took (" + name + ")");
    }
    if (status == BERTH_OK) status = listed(caller, name);
    const berth_status removed = caller(
        "remove", [&](const berth_op* op) { return table_->remove(instance_, op, str(name)); });
    if (status != BERTH_OK || removed != BERTH_OK) return status != BERTH_OK ? status : removed;
    return get(caller, name, back) == BERTH_NOT_FOUND
               ? BERTH_OK
               : caller.wrong("get of a removed object is not NOT_FOUND (" + name + ")");
  }

  bool long_call(Caller& caller) override {
    berth_source source{};
    source.read = [](berth_source*, berth_buf* into) noexcept -> berth_status {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      into->data[0] = 'x';
      into->len = 1;
      return BERTH_OK;
    };
    berth_object_put options{};
    options.struct_size = sizeof options;
    options.content_len = kTrickleOctets;
    caller("put", [&](const berth_op* op) {
      return table_->put(instance_, op, str("exercise/slow"), &options, &source, nullptr);
    });
    return true;
  }

  std::string seen_by(kit::Exercise& other, Caller& caller) override {
    std::string back;
    if (put(caller, "exercise/mine", "mine") != BERTH_OK) return {};
    const berth_status seen =
        static_cast<StorageExercise&>(other).get(caller, "exercise/mine", back);
    caller("remove",
           [&](const berth_op* op) { return table_->remove(instance_, op, str("exercise/mine")); });
    return seen == BERTH_NOT_FOUND ? "" : "an object put into one instance is found in the other";
  }

 private:
  berth_status put(Caller& caller, const std::string& name, const std::string& content) {
    kit::TextSource source(content, 300);
    berth_object_put options{};
    options.struct_size = sizeof options;
    options.content_len = content.size();
    berth_object_info info{};
    info.struct_size = sizeof info;
    return caller("put", [&](const berth_op* op) {
      return table_->put(instance_, op, str(name), &options, source.raw(), &info);
    });
  }
  berth_status get(Caller& caller, const std::string& name, std::string& content) {
    kit::CollectingSink sink;
    berth_object_info info{};
    info.struct_size = sizeof info;
    const berth_status status = caller("get", [&](const berth_op* op) {
      return table_->get(instance_, op, str(name), 0, 0, sink.raw(), &info);
    });
    content = sink.content();
    return status;
  }
  berth_status listed(Caller& caller, const std::string& name) {
    std::string first;
    const berth_status status = caller("list", [&](const berth_op* op) {
      return table_->list(
          instance_, op, str(name), str(""), 1, &first,
          [](void* into, berth_str found, const berth_object_info*) noexcept -> berth_status {
            static_cast<std::string*>(into)->assign(found.data, found.len);
            return BERTH_OK;
          });
    });
    if (status != BERTH_OK || first == name) return status;
    return caller.wrong("list with the prefix " + name + " begins with '" + first + "'");
  }

  const berth_storage* table_;
  berth_instance* instance_;
};

}  // namespace

std::unique_ptr<kit::Exercise> make_exercise(const berth_plugin_entry& entry,
                                             berth_instance* instance) {
  return std::make_unique<StorageExercise>(
      static_cast<const berth_storage*>(entry.get_interface(instance, BERTH_STORAGE_V1)), instance);
}

}  // namespace berth::storage_kit
