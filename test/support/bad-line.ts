import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { createDirection } from "../../bench/link/direction.ts";
import type { Trouble } from "../../bench/link/messages.ts";
import { relay } from "../../bench/link/relay.ts";
import { createTroublemaker } from "../../bench/link/trouble.ts";

/** A line of this rate to a server, with faults on command. */
export interface BadLine extends AsyncDisposable {
  url: string;
  suffer(from: Trouble): void;
  /** Connections that broke. */
  breaks(): number;
  /** Bytes that entered it towards the connecting client. */
  crossed(): number;
}

export async function badLine(target: URL, rate: number): Promise<BadLine> {
  const trouble = createTroublemaker();
  const [up, down] = [createDirection(), createDirection()];
  for (const way of [up, down]) way.shape(rate, 5);
  const far = { host: target.hostname, port: Number(target.port) };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    if (trouble.takes(near)) trouble.add(relay(near, far, { up, down, delay: () => 5 }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    suffer: (from) => trouble.suffer(from),
    breaks: () => trouble.breaks(),
    crossed: () => down.count(),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      trouble.stop();
      await closed;
    },
  };
}
