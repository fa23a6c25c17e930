import { once } from "node:events";
import { connect } from "node:net";

/** Sends this many bytes to a local port, as fast as they are received. */
const [port, bytes] = process.argv.slice(2).map(Number);
const piece = Buffer.alloc(256 * 1024);
const socket = connect(port as number, "127.0.0.1");
for (let left = bytes as number; left > 0; left -= piece.length) {
  if (!socket.write(left < piece.length ? piece.subarray(0, left) : piece)) await once(socket, "drain");
}
socket.end();
process.disconnect?.();
