import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { createDirection } from "./direction.ts";
import type { LinkAnswer, LinkAsk } from "./messages.ts";
import { relay } from "./relay.ts";
import { createTroublemaker } from "./trouble.ts";

/** The line, as a process of its own: it shares no event loop with either end. All its ports share its rate. */
const up = createDirection();
const down = createDirection();
const trouble = createTroublemaker();
let delay = 0;

process.on("message", (message: LinkAsk) => void answer(message).then((reply) => process.send?.(reply)));
process.on("disconnect", () => process.exit());

async function answer(message: LinkAsk): Promise<LinkAnswer> {
  const { id } = message;
  switch (message.ask) {
    case "open": {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
        if (trouble.takes(near)) trouble.add(relay(near, message, { up, down, delay: () => delay }));
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return { id, port: (server.address() as AddressInfo).port };
    }
    case "shape":
      delay = message.delay;
      up.shape(message.rate, delay);
      down.shape(message.rate, delay);
      return { id };
    case "suffer":
      trouble.suffer(message.from);
      return { id };
    case "count":
      return { id, count: { down: down.count(), up: up.count() } };
  }
}
