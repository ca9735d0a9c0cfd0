// What the door counted, for whoever watches it: GET /v1/door on its status socket.

#pragma once

#include "kernel/ingress/http.h"
#include "kernel/passthrough/door.h"

namespace berth::passthrough {

ingress::HttpResponse answer(const Door& door, const ingress::HttpRequest& request);

}  // namespace berth::passthrough
