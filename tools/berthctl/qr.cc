#include "tools/berthctl/qr.h"

#include <qrencode.h>

#include <memory>

namespace berth::berthctl {
namespace {

constexpr int kQuietZone = 4;

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

Result<std::string> qr_text(std::string_view text) {
  const std::unique_ptr<QRcode, FreeCode> code(
      QRcode_encodeString(std::string(text).c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (!code) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.qr", "the text does not fit a QR code");
  }
  const int width = code->width;
  const auto light = [&code, width](int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= width) return true;
    return (code->data[y * width + x] & 1U) == 0;
  };
  // Light modules are the ink: most terminals are dark, and cameras want a light quiet zone.
  std::string drawn;
  for (int y = -kQuietZone; y < width + kQuietZone; y += 2) {
    for (int x = -kQuietZone; x < width + kQuietZone; ++x) {
      const bool upper = light(x, y);
      const bool lower = light(x, y + 1) && y + 1 < width + kQuietZone;
      drawn += upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " ");
    }
    drawn += '\n';
  }
  return drawn;
}

}  // namespace berth::berthctl
