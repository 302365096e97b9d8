// The line between a browser and the gateway, which a test can cut.
import net from "node:net";

const PUBLISH = "POST /igf.liaison.v1.PublishService/Publish";

export class Line {
  constructor(target) {
    const [host, port] = target.split(":");
    this.target = { host, port: Number(port) };
    this.isDown = false;
    this.pairs = new Set();
    // `before`: the next publish does not reach the hub; `after`: its answer does not come back.
    this.nextPublish = [];
    this.publishes = 0;
    // What went over it, both ways, with everything that HTTP puts around it.
    this.bytes = 0;
  }

  async start() {
    this.server = net.createServer((browser) => this.#join(browser));
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.goDown();
    await new Promise((resolve) => this.server.close(resolve));
  }

  goDown() {
    this.isDown = true;
    for (const end of this.pairs) end();
  }

  comeBack() {
    this.isDown = false;
  }

  #join(browser) {
    if (this.isDown) return browser.destroy();
    const hub = net.connect(this.target);
    let cutsAnswer = false;
    const end = () => {
      browser.destroy();
      hub.destroy();
      this.pairs.delete(end);
    };
    this.pairs.add(end);
    for (const side of [browser, hub]) {
      side.on("data", (bytes) => (this.bytes += bytes.length));
      side.on("error", end);
      side.on("close", end);
    }
    browser.on("data", (bytes) => {
      if (bytes.includes(PUBLISH)) {
        this.publishes += 1;
        const fault = this.nextPublish.shift();
        if (fault === "before") return end();
        if (fault === "after") cutsAnswer = true;
      }
      hub.write(bytes);
    });
    hub.on("data", (bytes) => {
      if (cutsAnswer) return end();
      browser.write(bytes);
    });
  }
}
