// Runs the unit tests, tests/unit/client/dashboard, bundled as the dashboard itself is.
import { spawnSync } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const tests = path.join(here, "../../tests/unit/client/dashboard");
const out = path.join(here, "../../build/dashboard-tests");

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const entryPoints = (await readdir(tests)).filter((name) => name.endsWith("_test.ts")).map((name) => path.join(tests, name));
await build({
  entryPoints,
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  jsx: "automatic",
  jsxImportSource: "preact",
  nodePaths: [path.join(here, "node_modules")],
  define: { DASHBOARD_SOURCE: JSON.stringify(path.join(here, "src")) },
  logLevel: "warning",
});
const files = (await readdir(out)).filter((name) => name.endsWith(".mjs")).map((name) => path.join(out, name));
process.exit(spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1);
