// liaison-web: what a browser meets, in front of the hub's Unix socket.

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "server/web/enrolment.h"
#include "server/web/https_server.h"

namespace {

constexpr char kExamples[] = R"(
Examples:
  liaison-web --socket /run/liaison/hub.sock --tls-dir /var/lib/liaison/tls
  liaison-web --socket /run/liaison/hub.sock --tls-dir /var/lib/liaison/tls --host 0.0.0.0 \
    --port 443 --certificate /etc/letsencrypt/live/hub.example.org/fullchain.pem \
    --key /etc/letsencrypt/live/hub.example.org/privkey.pem

The hub makes the socket with its setting `socket`, and the files in tls-dir by itself. Browsers
believe the certificate of a public authority; `liaison join` believes the hub's own as well.
When it is ready it prints one line of JSON on standard output. SIGTERM ends it.)";

struct Settings {
  std::string socket;
  std::string tls_dir;
  std::string certificate;
  std::string key;
  std::string host = "127.0.0.1";
  int port = 7443;
};

int Run(Settings settings) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (settings.certificate.empty()) {
    settings.certificate = settings.tls_dir + "/hub.pem";
    settings.key = settings.tls_dir + "/hub.key";
  }
  liaison::web::Enrolment enrolment(
      grpc::CreateChannel("unix:" + settings.socket, grpc::InsecureChannelCredentials()),
      settings.tls_dir + "/authority.pem");
  liaison::web::HttpsServerOptions options;
  options.host = settings.host;
  options.port = settings.port;
  options.certificate = settings.certificate;
  options.key = settings.key;
  options.handler = [&enrolment](const liaison::web::HttpRequest& request) {
    return enrolment.Handle(request);
  };
  const auto server = liaison::web::HttpsServer::Start(std::move(options));
  if (!server.ok()) {
    std::cerr << "liaison-web: " << server.status().message() << "\n";
    return 1;
  }
  std::cout << nlohmann::ordered_json(
                   {{"ready", true},
                    {"https", settings.host + ":" + std::to_string((*server)->port())}})
                   .dump()
            << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("liaison-web: the way in for browsers, and for whoever has no certificate yet.",
               "liaison-web");
  app.footer(kExamples);
  app.set_version_flag("--version", "liaison-web " LIAISON_VERSION);
  Settings settings;
  app.add_option("--socket", settings.socket, "the hub's Unix socket")->required();
  app.add_option("--tls-dir", settings.tls_dir, "folder `tls` in the hub's data folder")
      ->required();
  auto* certificate = app.add_option("--certificate", settings.certificate,
                                     "certificate with its chain, PEM [the hub's own]");
  auto* key = app.add_option("--key", settings.key, "its key, PEM");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--host", settings.host, "address to listen on [127.0.0.1]");
  app.add_option("--port", settings.port, "port; 0 takes a free one [7443]")
      ->check(CLI::Range(0, 65535));
  CLI11_PARSE(app, argc, argv);
  return Run(std::move(settings));
}
