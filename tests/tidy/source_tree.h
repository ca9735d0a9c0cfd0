// The project's own files, for tests that read the sources.

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace berth::tidy {

struct SourceFile {
  std::string path;  // relative to the root, '/' separated
  std::vector<std::string> lines;
};

// Every file below `folder` with one of these extensions, ascending by path.
std::vector<SourceFile> files_below(const std::string& folder,
                                    const std::vector<std::string>& extensions);
// One file; empty lines when it is not there.
SourceFile read_source(const std::string& path);
bool exists(const std::string& path);

// The arrow table of kernel/README.md: room → rooms it may include; "everything" allows all.
std::map<std::string, std::vector<std::string>> arrow_table();
// The longest room of the table that holds this path; empty: none.
std::string room_of(const std::map<std::string, std::vector<std::string>>& table,
                    const std::string& path);

}  // namespace berth::tidy
