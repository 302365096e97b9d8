// liaison-web: what a browser meets, in front of the hub's Unix socket.

#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/web/answer_budget.h"
#include "server/web/channel_pool.h"
#include "server/web/http_server.h"
#include "server/web/limits.h"
#include "server/web/origin.h"
#include "server/web/publisher.h"
#include "server/web/site.h"
#include "server/web/tally.h"

namespace {

constexpr char kExamples[] = R"(
Examples:
  liaison-web --hub unix:/run/liaison/hub.sock --listen 127.0.0.1:0
  liaison-web --socket /run/liaison/hub.sock --tls-dir /var/lib/liaison/tls
  liaison-web --socket /run/liaison/hub.sock --listen 127.0.0.1:7480 --behind hub.example.org
  liaison-web --socket /run/liaison/hub.sock --tls-dir /var/lib/liaison/tls --host 0.0.0.0 \
    --port 443 --certificate /etc/letsencrypt/live/hub.example.org/fullchain.pem \
    --key /etc/letsencrypt/live/hub.example.org/privkey.pem

The hub makes the socket with its setting `socket`, and the files in tls-dir by itself. Browsers
believe the certificate of a public authority; `liaison join` believes the hub's own as well.
Without --tls-dir and --certificate it speaks plain HTTP, on loopback alone.
A proxy before it, which --behind names, passes Host on and sets X-Forwarded-For; the last address
in that is taken for whoever asks, from loopback and for that host alone. Nothing else of the kind
(Forwarded, X-Forwarded-Proto, ...) is believed: https is what --behind says. /metrics is there for
whoever asks on this machine, and not by the proxy.
When it is ready it prints one line of JSON on standard output. SIGTERM ends it; SIGHUP
does nothing, for a certificate that changes is read again by itself.)";

struct Settings {
  std::string hub;
  std::string socket;
  std::string tls_dir;
  std::string certificate;
  std::string key;
  std::string host = "127.0.0.1";
  std::string listen;
  std::string dashboard;
  std::string licence;
  std::string behind;
  liaison::web::Proxied proxied;
  int port = 7443;
  int witness_interval_s = 5;
};

// Where `make install` puts the dashboard, beside this program.
std::string InstalledDashboard() {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto folder = self.parent_path().parent_path() / "share/liaison/dashboard";
  return std::filesystem::is_directory(folder, failed) ? folder.string() : "";
}

// False, with a word on standard error, for settings that go with no hub.
bool Complete(Settings* settings) {
  if (!settings->socket.empty()) settings->hub = absl::StrCat("unix:", settings->socket);
  if (!absl::StartsWith(settings->hub, "unix:")) {
    std::cerr << "liaison-web: --hub is unix:PATH, the hub's setting `socket`\n";
    return false;
  }
  if (!settings->listen.empty()) {
    const size_t colon = settings->listen.rfind(':');
    if (colon == std::string::npos ||
        !absl::SimpleAtoi(settings->listen.substr(colon + 1), &settings->port) ||
        settings->port < 0 || settings->port > 65535) {
      std::cerr << "liaison-web: --listen is ADDRESS:PORT\n";
      return false;
    }
    absl::string_view host = absl::string_view(settings->listen).substr(0, colon);
    if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
    settings->host = std::string(host);
  }
  if (!settings->behind.empty()) {
    auto proxied = liaison::web::ParseProxied(settings->behind);
    if (!proxied.ok()) {
      std::cerr << "liaison-web: --behind: " << proxied.status().message() << "\n";
      return false;
    }
    settings->proxied = *std::move(proxied);
  }
  if (settings->certificate.empty() && !settings->tls_dir.empty()) {
    settings->certificate = settings->tls_dir + "/hub.pem";
    settings->key = settings->tls_dir + "/hub.key";
  }
  if (settings->dashboard.empty()) settings->dashboard = InstalledDashboard();
  return true;
}

int Run(Settings settings) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // Many programs read their files again then; this one does so by itself.
  sigaddset(&signals, SIGHUP);
  signal(SIGPIPE, SIG_IGN);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (!Complete(&settings)) return 2;
  liaison::web::Tally tally;
  liaison::web::AnswerBudget budget(liaison::web::kMaxAnswersSizeBytes);
  liaison::web::Site site(
      {settings.hub, settings.tls_dir.empty() ? "" : settings.tls_dir + "/authority.pem",
       settings.dashboard, settings.licence},
      &tally, &budget);
  liaison::web::HttpServerOptions options;
  options.host = settings.host;
  options.port = settings.port;
  options.certificate = settings.certificate;
  options.key = settings.key;
  options.proxied = settings.proxied;
  options.dispatch = [&site](auto request, auto exchange) {
    site.Handle(std::move(request), std::move(exchange));
  };
  options.body_limit = liaison::web::Site::BodyLimit;
  options.tally = &tally;
  options.budget = &budget;
  auto server = liaison::web::HttpServer::Start(std::move(options));
  if (!server.ok()) {
    std::cerr << "liaison-web: " << server.status().message() << "\n";
    return 1;
  }
  const bool is_v6 = absl::StrContains(settings.host, ':');
  liaison::web::ChannelPool own_calls(settings.hub);
  liaison::web::Publisher publisher(
      own_calls.first(),
      {std::chrono::seconds(settings.witness_interval_s),
       [](const std::string& line) { std::cerr << "liaison-web: " << line << std::endl; }});
  std::cout << nlohmann::ordered_json({{"ready", true},
                                       {settings.certificate.empty() ? "http" : "https",
                                        absl::StrCat(is_v6 ? "[" : "", settings.host,
                                                     is_v6 ? "]:" : ":", (*server)->port())}})
                   .dump()
            << std::endl;
  int taken = 0;
  do {
    sigwait(&signals, &taken);
  } while (taken == SIGHUP);
  site.Stop();
  server->reset();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("liaison-web: the way in for browsers, and for whoever has no certificate yet.",
               "liaison-web");
  app.footer(kExamples);
  app.set_version_flag("--version", "liaison-web " LIAISON_VERSION);
  Settings settings;
  auto* hub = app.add_option("--hub", settings.hub, "the hub's Unix socket, as unix:PATH");
  app.add_option("--socket", settings.socket, "the same, as PATH")->excludes(hub);
  app.add_option("--tls-dir", settings.tls_dir, "folder `tls` in the hub's data folder");
  auto* certificate = app.add_option("--certificate", settings.certificate,
                                     "certificate with its chain, PEM [the hub's own]");
  auto* key = app.add_option("--key", settings.key, "its key, PEM");
  certificate->needs(key);
  key->needs(certificate);
  auto* listen =
      app.add_option("--listen", settings.listen, "ADDRESS:PORT; port 0 takes a free one");
  app.add_option("--host", settings.host, "address to listen on [127.0.0.1]")->excludes(listen);
  app.add_option("--port", settings.port, "port; 0 takes a free one [7443]")
      ->check(CLI::Range(0, 65535))
      ->excludes(listen);
  app.add_option("--dashboard", settings.dashboard,
                 "folder with the dashboard's files [as installed]");
  app.add_option("--licence", settings.licence,
                 "licence of the public record as open data, CC-BY-4.0 [not stated]");
  app.add_option("--witness-interval-s", settings.witness_interval_s,
                 "the hub's checkpoints go to a witness of its policy at most so often [5]")
      ->check(CLI::Range(1, 3600));
  app.add_option("--behind", settings.behind,
                 "where a proxy on this machine serves this process: hub.example.org, or "
                 "http://hub.example.org");
  CLI11_PARSE(app, argc, argv);
  return Run(std::move(settings));
}
