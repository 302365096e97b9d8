#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/examples.h"

namespace liaison::cli {
namespace {

std::vector<std::string> LongOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(absl::StrCat("--", name));
  }
  return names;
}

// The script is made of the program's own commands, so that the two cannot disagree.
std::string BashScript(const CLI::App& app) {
  const std::string global = absl::StrJoin(LongOptions(app), " ");
  std::vector<std::string> commands;
  std::string cases;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    commands.push_back(command->get_name());
    std::vector<std::string> words = LongOptions(*command);
    for (const CLI::App* inner : command->get_subcommands(nullptr)) {
      words.push_back(inner->get_name());
    }
    if (command->get_name() == "example") {
      words.insert(words.end(), ExampleTypes().begin(), ExampleTypes().end());
    }
    absl::StrAppend(&cases, "    ", command->get_name(), ") words=\"", absl::StrJoin(words, " "),
                    "\" ;;\n");
  }
  return absl::StrCat(
      "# Completion of `liaison` for bash: eval \"$(liaison completion bash)\"\n"
      "_liaison() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  local words command=\"\" i\n"
      "  case \"$previous\" in\n"
      "    --output) COMPREPLY=($(compgen -W \"json table\" -- \"$current\")); return ;;\n"
      "    --map) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"
      "  esac\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"${COMP_WORDS[i]}\" in\n"
      "      --hub|--as|--output|--timeout) ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) command=\"${COMP_WORDS[i]}\"; break ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n"
      "    \"\") words=\"",
      absl::StrJoin(commands, " "), "\" ;;\n", cases,
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words ",
      global,
      "\" -- \"$current\"))\n"
      "  case \"$command\" in\n"
      "    publish|import) COMPREPLY+=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -o filenames -F _liaison liaison\n");
}

std::string ScriptOf(const std::string& shell, const CLI::App& app) {
  return shell == "bash" ? BashScript(app) : "";
}

}  // namespace

void AddCompletion(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "completion", "Print the completion script of a shell",
                                 "  eval \"$(liaison completion bash)\"\n", "Other");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  command->callback(
      [=] { session->Choose([=] { return session->console().Bytes(ScriptOf(*shell, *app)); }); });
}

}  // namespace liaison::cli
