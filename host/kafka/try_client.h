// Whether a client starts with these properties: what only librdkafka and OpenSSL can tell, above all whether the files of TLS are what they
// should be. Asks no broker. Any thread.
#pragma once
#include <map>
#include <string>

namespace sluice::kafka {

// Why none starts, in librdkafka's words; empty where one does. Not tried with Kerberos, for which librdkafka would run kinit.
std::string why_no_client(const std::map<std::string, std::string>& properties);

}  // namespace sluice::kafka
