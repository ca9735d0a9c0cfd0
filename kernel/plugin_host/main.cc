// berth-plugin-host: one plugin library in a process of its own. berthd starts it with a socket as
// descriptor 3 and the library as descriptor 4; it is of no use by hand.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "kernel/plugin_host/sandbox.h"
#include "kernel/plugin_host/server.h"

int main() {
  using berth::plugin_host::Server;
  if (::fcntl(berth::wire::kSocketDescriptor, F_GETFD) < 0 ||
      ::fcntl(berth::wire::kLibraryDescriptor, F_GETFD) < 0) {
    std::fputs(
        "berth-plugin-host is started by berthd, which hands it a plugin; see the host "
        "file's plugins.hostProgram\n",
        stderr);
    return 2;
  }
  berth::plugin_host::harden();
  try {
    static Server server(berth::wire::kSocketDescriptor);
    server.run();
  } catch (const std::exception&) {  // memory ran out: the host sees the process end
    ::_exit(1);
  }
}
