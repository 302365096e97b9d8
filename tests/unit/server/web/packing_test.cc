#include "server/web/packing.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "server/web/limits.h"

namespace liaison::web {
namespace {

HttpRequest Taking(const std::string& encodings) {
  HttpRequest request;
  if (!encodings.empty()) request.headers["accept-encoding"] = encodings;
  return request;
}

std::string Unpacked(const std::string& packed, size_t size) {
  std::string text(size + 1, '\0');
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = packed;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(PackingTest, WhoTakesWhat) {
  for (const char* text : {"gzip", "br, gzip", "GZIP", "gzip;q=1", "br;q=0, gzip; q=0.001"}) {
    EXPECT_TRUE(TakesEncoding(Taking(text), "gzip")) << text;
  }
  for (const char* text :
       {"", "br", "gzip;q=0", "gzip;q=0.000", "gzip; q=0.0", "gzip;q=x", "x-gzip"}) {
    EXPECT_FALSE(TakesEncoding(Taking(text), "gzip")) << text;
  }
}

TEST(PackingTest, WhatComesOutIsWhatWentIn) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{5000}, size_t{300'000}}) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text.push_back(static_cast<char>(i * i % 251));
    EXPECT_EQ(Unpacked(Gzipped(text), size), text);
  }
}

TEST(PackingTest, WhatIsSmallAndWhoTakesNothingGetItAsItIs) {
  HttpResponse page;
  page.headers["Vary"] = "Accept-Language";
  page.body = std::string(kMinPackedSizeBytes, 'x');
  EXPECT_LT(Packed(Taking("gzip"), page).body.size(), page.body.size());
  EXPECT_EQ(Packed(Taking("gzip"), page).headers["Content-Encoding"], "gzip");
  EXPECT_EQ(Packed(Taking(""), page).body, page.body);
  EXPECT_EQ(Packed(Taking(""), page).headers["Vary"], "Accept-Language, Accept-Encoding");
  page.body.pop_back();
  EXPECT_EQ(Packed(Taking("gzip"), page).body, page.body);
}

}  // namespace
}  // namespace liaison::web
