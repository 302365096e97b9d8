#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/meeting_pack.h"
#include "client/cli/plain_json.h"
#include "client/cli/view_arguments.h"
#include "liaison/radar_client.h"
#include "proto/record/counted.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using record::Counted;

struct PackArguments {
  WindowArguments window;
  std::vector<std::string> weights;
  uint32_t max_topics = 10;
  uint32_t inputs = 5;
  std::string format;
  std::string file;
  std::string output_dir;
};

PackFormat FormatOf(const PackArguments& arguments) {
  if (arguments.format == "html") return PackFormat::kHtml;
  if (arguments.format == "text") return PackFormat::kText;
  const bool html = !arguments.output_dir.empty() || absl::EndsWith(arguments.file, ".html");
  return html ? PackFormat::kHtml : PackFormat::kText;
}

std::string ErrnoText(const char* what, const std::string& path) {
  return absl::StrCat(what, " ", path, ": ", std::generic_category().message(errno));
}

absl::Status WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (file.good()) return absl::OkStatus();
  return absl::InvalidArgumentError(ErrnoText("cannot write", path));
}

// Pages of an earlier pack that its overview leads to: beside another overview they would be taken
// for pages of it.
void RemovePagesOf(const std::string& folder, const std::string& overview) {
  std::ifstream file(absl::StrCat(folder, "/", overview), std::ios::binary);
  const std::string links{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool is_page = name.size() > 3 && absl::ascii_isdigit(name[0]) &&
                         absl::ascii_isdigit(name[1]) && name[2] == '-' && name != overview;
    if (is_page && absl::StrContains(links, name)) std::filesystem::remove(entry.path(), ignored);
  }
}

absl::Status WriteFiles(const std::string& folder, const std::vector<PackFile>& files) {
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
    return absl::InvalidArgumentError(ErrnoText("cannot make", folder));
  }
  RemovePagesOf(folder, files[0].name);
  for (const PackFile& file : files) {
    LIAISON_RETURN_IF_ERROR(WriteFile(absl::StrCat(folder, "/", file.name), file.content));
  }
  return absl::OkStatus();
}

absl::Status RunPack(Session* session, const PackArguments& arguments) {
  const RadarClient client(session->connection());
  v1::GetMeetingPackRequest request;
  *request.mutable_window() = arguments.window.Window();
  request.set_max_topics(arguments.max_topics);
  request.set_inputs_per_topic(arguments.inputs);
  if (!arguments.weights.empty()) {
    LIAISON_ASSIGN_OR_RETURN(*request.mutable_weights(),
                             UsualBut(client, request.window(), arguments.weights));
  }
  LIAISON_ASSIGN_OR_RETURN(const auto pack, client.MeetingPack(request));
  const PackFormat format = FormatOf(arguments);
  Console& console = session->console();
  if (!arguments.output_dir.empty()) {
    const std::vector<PackFile> files = PackFiles(pack, format);
    LIAISON_RETURN_IF_ERROR(WriteFiles(arguments.output_dir, files));
    console.Note(absl::StrCat(Counted(files.size(), "file"), " in ", arguments.output_dir,
                              "; begin with ", files[0].name));
    return absl::OkStatus();
  }
  if (!arguments.file.empty() && arguments.file != "-") {
    LIAISON_RETURN_IF_ERROR(WriteFile(arguments.file, WholePack(pack, format)));
    console.Note(absl::StrCat(Counted(pack.pages_size(), "topic"), " in ", arguments.file));
    return absl::OkStatus();
  }
  if (arguments.format.empty() && session->format() == Format::kJson) {
    return console.Line(ToLine(ToPlainJson(pack)));
  }
  return console.Bytes(WholePack(pack, format));
}

}  // namespace

void AddPack(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "pack", "For a meeting: a page for each topic, as HTML or text",
      "  liaison pack --cycle 2027 --output-dir pack/          # an HTML page for each topic\n"
      "  liaison pack --cycle 2027 --file pack.html            # all in one\n"
      "  liaison pack --cycle 2027 --format text | less\n"
      "  liaison pack --cycle 2027 --max 5 --inputs 3 --output json\n"
      "\n"
      "The HTML needs nothing beside itself: no script, nothing to load; it prints a topic to a\n"
      "page. Texts stand in the language they were written in.\n",
      "The radar");
  auto arguments = std::make_shared<PackArguments>();
  arguments->window.AddTo(command);
  command->add_option("--weights", arguments->weights, "As of `liaison radar`")
      ->check(CheckWeights)
      ->type_name("PART=N,...");
  command->add_option("--max", arguments->max_topics, "Topics")
      ->check(CLI::Range(1, 50))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--inputs", arguments->inputs, "Inputs on each page")
      ->check(CLI::Range(1, 50))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--format", arguments->format,
                   "html or text (default: html for a folder or *.html)")
      ->check(CLI::IsMember({"html", "text"}))
      ->type_name("FORMAT");
  CLI::Option* file =
      command->add_option("--file", arguments->file, "All in one file; - is stdout");
  file->type_name("FILE");
  command
      ->add_option("--output-dir", arguments->output_dir,
                   "A file for each topic in this folder, made where it is not there")
      ->excludes(file)
      ->type_name("DIR");
  command->callback([=] { session->Choose([=] { return RunPack(session, *arguments); }); });
}

}  // namespace liaison::cli
