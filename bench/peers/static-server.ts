import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** Serves the files of a folder; tells its parent the port. */
const [folder = "."] = process.argv.slice(2);
const server = createServer((request, response) => {
  const path = join(folder, normalize(`/${decodeURIComponent(new URL(request.url ?? "/", "http://local").pathname)}`));
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { "content-length": size });
  createReadStream(path).pipe(response);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
