// A hub and its gateway under test, with the programs of the build, and what a test publishes from
// outside.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
export const PROJECT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
export const BIN = process.env.LIAISON_BIN ?? path.join(PROJECT, "build/release/bin");
export const DASHBOARD = process.env.LIAISON_DASHBOARD ?? path.join(PROJECT, "build/dashboard");

// Starts a program and waits for the line of JSON that says it is ready.
async function startProgram(name, words, environment) {
  const started = spawn(path.join(BIN, name), words, { stdio: ["ignore", "pipe", "ignore"], env: environment });
  const line = await new Promise((resolve, reject) => {
    let text = "";
    started.stdout.on("data", (bytes) => {
      text += bytes;
      if (text.includes("\n")) resolve(text);
    });
    started.on("exit", (code) => reject(new Error(`${name} ended with ${code}`)));
    started.on("error", reject);
  });
  return { process: started, ready: JSON.parse(line) };
}

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export class Hub {
  // `secure`: with identities, and over TLS, as people meet it. `flags` are the hub's.
  async start({ sample = false, walk = false, secure = false, identities = secure, flags = [] } = {}) {
    this.folder = await mkdtemp(path.join(os.tmpdir(), "liaison-browser-"));
    // Only flags and defaults: the caller's environment is none of the test's.
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("LIAISON_")));
    const socket = path.join(this.folder, "hub.sock");
    // With identities nobody is taken at their word any more.
    const keys = path.join(this.folder, "keys");
    const strict = identities ? ["--keys-dir", keys, "--hosts", "localhost"] : [];
    const port = secure ? await freePort() : 0;
    const webPort = secure ? await freePort() : 0;
    if (identities) {
      const where = secure ? ["--port", String(port)] : [];
      await run(path.join(BIN, "liaisond"), ["init", "--data-dir", path.join(this.folder, "data"), ...strict, ...where], { env: environment });
      this.administrator = path.join(keys, "administrator");
      this.token = (await readFile(path.join(keys, "administrator/token"), "utf8")).trim();
    }
    this.hub = await startProgram(
      "liaisond",
      ["--data-dir", path.join(this.folder, "data"), "--listen", `127.0.0.1:${port}`, "--socket", socket, ...strict,
        ...(secure ? ["--web", `https://localhost:${webPort}`] : []), ...flags],
      environment,
    );
    this.address = this.hub.ready.grpc;
    this.gateway = await startProgram(
      "liaison-web",
      ["--hub", `unix:${socket}`, "--dashboard", DASHBOARD,
        ...(secure ? ["--tls-dir", path.join(this.folder, "data/tls"), "--port", String(webPort)] : ["--listen", "127.0.0.1:0"])],
      environment,
    );
    this.web = secure ? `localhost:${webPort}` : this.gateway.ready.http;
    this.url = `${secure ? "https" : "http"}://${this.web}`;
    if (sample || walk) await this.cli("", "import", "--sample", "--quiet");
    if (walk) await run(path.join(BIN, "liaison_walk"), ["--hub", this.address]);
    return this;
  }

  async stop() {
    for (const { process: one } of [this.gateway, this.hub].filter(Boolean)) {
      if (!one || one.exitCode !== null) continue;
      const ended = new Promise((resolve) => one.on("exit", resolve));
      one.kill("SIGTERM");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  async cli(as, ...words) {
    const identity = as ? ["--as", as] : [];
    return (await run(path.join(BIN, "liaison"), ["--hub", this.address, ...identity, ...words], { maxBuffer: 1 << 28 })).stdout;
  }

  // What the administrator of a hub with identities does on the command line.
  async administer(...words) {
    return (await run(path.join(BIN, "liaison"), ["--profile", this.administrator, ...words], { env: { PATH: process.env.PATH, HOME: this.folder } })).stdout;
  }

  async register(organisation, kind) {
    const file = path.join(this.folder, "organisation.json");
    const name = "A fictional organisation";
    await writeFile(file, JSON.stringify({ author: "org/igf-secretariat", audience: "igf/public", organisation: { organisation, name, kind: `ORGANISATION_KIND_${kind}` } }));
    await this.administer("publish", file);
  }

  // The link that an organisation is sent.
  async invite(organisation) {
    return JSON.parse(await this.administer("admin", "invite", organisation, "--output", "json")).link;
  }

  // Takes its invitation up on the command line. Returns what calls it with its own keys.
  async join(organisation) {
    const profile = path.join(this.folder, organisation.replaceAll("/", "-"));
    const partner = async (...words) =>
      (await run(path.join(BIN, "liaison"), ["--profile", profile, ...words], { env: { PATH: process.env.PATH, HOME: this.folder } })).stdout;
    await partner("join", await this.invite(organisation));
    return partner;
  }

  async publish(draft) {
    const file = path.join(this.folder, "draft.json");
    await writeFile(file, JSON.stringify(draft));
    return JSON.parse(await this.cli(draft.author, "publish", "--output", "json", file));
  }

  async events(filter) {
    const text = await this.cli("org/igf-secretariat", "list", "--filter", filter, "--output", "json");
    return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }
}
