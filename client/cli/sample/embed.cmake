# Writes OUTPUT, which defines SampleFiles() over the bytes of FILES, in order; commas separate
# them.
string(REPLACE "," ";" files "${FILES}")
set(arrays "")
set(table "")
set(index 0)
foreach(path IN LISTS files)
  get_filename_component(name ${path} NAME)
  file(SIZE ${path} size)
  file(READ ${path} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char kFile${index}[] = {${bytes}};\n")
  string(APPEND table
    "      {\"${name}\", {reinterpret_cast<const char*>(kFile${index}), ${size}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"client/cli/sample/sample.h\"

namespace liaison::cli {
namespace {

${arrays}
}  // namespace

absl::Span<const SampleFile> SampleFiles() {
  static const SampleFile files[] = {
${table}  };
  return files;
}

}  // namespace liaison::cli
")
