// Whose connection the common door handed on.
//
// The door sends a PROXY protocol v2 header before the client's first octet. A connection without
// one in form is nobody's and ends; so does one from an address that is not the door's, since
// whoever can write a header can claim any address.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace berth::ingress {

// Reads the header from a connected socket, and no octet more; blocks until it is there or the
// socket is shut down. nullopt: it ended first or is out of form.
std::optional<std::string> read_proxied_peer(int fd);

// Is this one of the door's addresses? An IPv4 address is also known as ::ffff:a.b.c.d.
bool is_peer(const std::vector<std::string>& peers, const std::string& address);

}  // namespace berth::ingress
