import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A TCP proxy to `target` that flips one bit in every `every`-th large piece from there. */
export async function flippingProxy(target: URL, every: number): Promise<{ url: string; flips: () => number } & AsyncDisposable> {
  let flips = 0;
  let pieces = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on("data", (data: Buffer) => {
      if (data.length > 8000 && ++pieces % every === 0) {
        const at = data.length >> 1;
        data[at] = (data[at] ?? 0) ^ 4;
        flips += 1;
      }
      near.write(data);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    flips: () => flips,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
