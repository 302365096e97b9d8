#include "client/cli/https.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace liaison::cli {
namespace {

constexpr size_t kMaxAnswerSizeBytes = 1 << 20;

struct EndCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

size_t Take(const char* data, size_t size, size_t count, void* body) {
  std::string& taken = *static_cast<std::string*>(body);
  if (taken.size() + size * count > kMaxAnswerSizeBytes) return 0;  // ends the transfer
  taken.append(data, size * count);
  return size * count;
}

}  // namespace

absl::StatusOr<HttpsAnswer> Fetch(const HttpsRequest& request) {
  const std::unique_ptr<CURL, EndCurl> curl(curl_easy_init());
  if (curl == nullptr) return absl::InternalError("libcurl does not start");
  HttpsAnswer answer;
  std::string why(CURL_ERROR_SIZE, '\0');
  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, absl::ToInt64Milliseconds(request.timeout));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, why.data());
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "liaison-cli/" LIAISON_VERSION);
  if (request.believes_anybody) {
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  } else if (!request.authority.empty()) {
    curl_blob authority = {};
    authority.data = const_cast<char*>(request.authority.data());
    authority.len = request.authority.size();
    authority.flags = CURL_BLOB_COPY;
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO_BLOB, &authority);
  }
  const std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"));
  if (!request.body.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.data());
  }
  const CURLcode done = curl_easy_perform(curl.get());
  if (done == CURLE_PEER_FAILED_VERIFICATION) {
    return absl::InvalidArgumentError(
        absl::StrCat(request.url, ": whoever answers there is not who they should be (",
                     why.c_str(), "); check the address, and the clock of this machine"));
  }
  if (done != CURLE_OK) {
    return absl::UnavailableError(absl::StrCat(
        request.url, ": ", why.front() == '\0' ? curl_easy_strerror(done) : why.c_str()));
  }
  long code = 0;  // NOLINT(google-runtime-int): libcurl's
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &code);
  answer.code = static_cast<int>(code);
  return answer;
}

}  // namespace liaison::cli
