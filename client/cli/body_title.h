// What an event is called, by its body.
#ifndef LIAISON_CLIENT_CLI_BODY_TITLE_H_
#define LIAISON_CLIENT_CLI_BODY_TITLE_H_

#include <google/protobuf/message.h>

#include <string>

namespace liaison::cli {

// Title or name, whatever the type calls it; empty where it has none. Thread-safe.
std::string TitleOf(const google::protobuf::Message& body);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_BODY_TITLE_H_
