#include "kernel/api/operator_api.h"

namespace berth::api {

Services smdpplus_services() {
  return {smdpplus::import_profile, smdpplus::create_order, smdpplus::tell_story};
}

}  // namespace berth::api
