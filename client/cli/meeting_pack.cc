#include "client/cli/meeting_pack.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/meeting_pack_html.h"
#include "client/cli/meeting_pack_text.h"

namespace liaison::cli {
namespace {

constexpr size_t kMaxSlugSizeBytes = 60;

// What is safe in the name of a file anywhere.
std::string Slug(const std::string& topic) {
  std::string slug;
  for (const char c : topic) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c));
    if (plain) slug += absl::ascii_tolower(static_cast<unsigned char>(c));
    if (!plain && !slug.empty() && slug.back() != '-') slug += '-';
    if (slug.size() == kMaxSlugSizeBytes) break;
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

std::string FileName(const v1::GetMeetingPackResponse& pack, int page, const char* ending) {
  return absl::StrFormat("%02d-%s.%s", page + 1, Slug(pack.pages(page).topic().topic()), ending);
}

}  // namespace

std::string WholePack(const v1::GetMeetingPackResponse& pack, PackFormat format) {
  return format == PackFormat::kHtml ? PackToHtml(pack) : PackToText(pack);
}

std::vector<PackFile> PackFiles(const v1::GetMeetingPackResponse& pack, PackFormat format) {
  const bool html = format == PackFormat::kHtml;
  const char* const ending = html ? "html" : "txt";
  std::vector<std::string> names;
  names.reserve(pack.pages_size());
  for (int i = 0; i < pack.pages_size(); ++i) names.push_back(FileName(pack, i, ending));
  std::vector<PackFile> files;
  files.push_back({absl::StrCat("00-overview.", ending),
                   html ? OverviewToHtml(pack, names) : OverviewToText(pack, names)});
  for (int i = 0; i < pack.pages_size(); ++i) {
    files.push_back({names[i], html ? PageToHtml(pack, i) : PageToText(pack, i)});
  }
  return files;
}

}  // namespace liaison::cli
