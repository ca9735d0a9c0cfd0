#include "kernel/passthrough/feed.h"

namespace berth::passthrough {

Feed::Stamp Feed::stamp(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return {};
  return {facts.st_ino, facts.st_size,
          facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

Result<Feed::DirectoryPtr> Feed::read() {
  BERTH_TRY(loaded, tenancy::load_configuration(host_file_));
  if (!loaded.host.door) {
    return Error(
        ErrorCode::kInvalidArgument, "passthrough.no_door",
        host_file_.string() + ": door: is missing; say where devices connect (door.listen)");
  }
  BERTH_TRY(made, directory(loaded));
  configuration_ = std::move(loaded);
  return std::move(made);
}

Result<Feed::DirectoryPtr> Feed::look() {
  const std::filesystem::path& file = door().signed_routes;
  if (file.empty() || stamp(file) == seen_) return DirectoryPtr();
  return directory(configuration_);
}

Result<Feed::DirectoryPtr> Feed::directory(const tenancy::Configuration& configuration) {
  const tenancy::DoorConfiguration& door = *configuration.host.door;
  if (door.signed_routes.empty()) {
    if (configuration.host.profile == tenancy::Profile::kProduction) {
      return Error(ErrorCode::kFailedPrecondition, "passthrough.routes_unsigned",
                   host_file_.string() +
                       ": door.signedRoutes is missing; in production the door goes by the routes "
                       "that people agreed on, which the host signs, not by a plain file");
    }
    return std::make_shared<const Directory>(configuration);
  }
  seen_ = stamp(door.signed_routes);  // before: what is written meanwhile is looked at again
  BERTH_TRY(key, read_route_key(door.routes_key));
  BERTH_TRY(routes, read_routes_in_force(door.signed_routes, key));
  if (routes.number < number_ || (routes.number == number_ && routes.statement != statement_)) {
    return Error(ErrorCode::kFailedPrecondition, "passthrough.routes_older",
                 door.signed_routes.string() + " has version " + std::to_string(routes.number) +
                     " after version " + std::to_string(number_) +
                     " was in force; if the host's ledger was restored, restart the door");
  }
  number_ = routes.number;
  statement_ = std::move(routes.statement);
  return std::make_shared<const Directory>(configuration, std::move(routes.table), number_);
}

}  // namespace berth::passthrough
