// Builds the dashboard into a folder of static files: build.mjs [FOLDER], ../../build/dashboard.
// Names carry a hash of what is in them, but for index.html: they may be kept for ever. Beside each
// file stands the same one compressed.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, "../../build/dashboard"));

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: { main: "src/main.tsx", style: "src/style.css" },
  outdir: out,
  entryNames: "assets/[name]-[hash]",
  chunkNames: "assets/part-[hash]",
  assetNames: "assets/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2020"],
  minify: true,
  metafile: true,
  legalComments: "none",
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
});

const outputOf = (entry) =>
  Object.entries(result.metafile.outputs).find(([, one]) => one.entryPoint === entry)[0];
const relative = (output) => path.relative(out, path.resolve(here, output));
const nameOf = (entry) => relative(outputOf(entry));
// What a browser has to fetch before it shows anything: the page, the style, the program and the
// parts that it imports outright.
function firstView() {
  const files = new Set(["index.html", nameOf("src/style.css")]);
  const visit = (output) => {
    if (files.has(relative(output))) return;
    files.add(relative(output));
    for (const one of result.metafile.outputs[output].imports) {
      if (one.kind === "import-statement") visit(one.path);
    }
  };
  visit(outputOf("src/main.tsx"));
  return files;
}

// Asked for with the page, not after the program that imports them: a slow line has one wait less.
const parts = [...firstView()].filter((name) => name.endsWith(".js") && name !== nameOf("src/main.tsx"));
const html = (await readFile(path.join(here, "src/index.html"), "utf8"))
  .replace("style.css", nameOf("src/style.css"))
  .replace("main.js", nameOf("src/main.tsx"))
  .replace("  </head>", parts.map((name) => `    <link rel="modulepreload" href="${name}" />\n`).join("") + "  </head>");
await writeFile(path.join(out, "index.html"), html);
await writeFile(path.join(out, "icon.svg"), await readFile(path.join(here, "src/icon.svg")));

const sizes = {};
const written = (await readdir(out, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(out, path.join(entry.parentPath ?? entry.path, entry.name)));
for (const name of written.sort()) {
  const bytes = await readFile(path.join(out, name));
  const packed = gzipSync(bytes, { level: 9 });
  await writeFile(path.join(out, `${name}.gz`), packed);
  await writeFile(path.join(out, `${name}.br`), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  sizes[name] = packed.length;
}
const first = [...firstView()].reduce((sum, name) => sum + sizes[name], 0);
const all = Object.values(sizes).reduce((sum, size) => sum + size, 0);
const hash = createHash("sha256").update(JSON.stringify(sizes)).digest("hex").slice(0, 12);
console.log(JSON.stringify({ first_view_bytes: first, all_bytes: all, files: Object.keys(sizes).length, hash }));
