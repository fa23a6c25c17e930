import { openSync, read, writeSync } from "node:fs";
import koffi from "koffi";
import { makeRandom, type Random } from "../../scripts/sample/random.ts";

/**
 * A line of packets between two TUN devices, which it creates: each direction has a rate, a queue that drops what does not fit, a delay,
 * and random loss. Tells its parent `up`, and lives as long as that.
 */
const [first = "", second = "", rate, delay, loss] = process.argv.slice(2);
const BYTES_PER_MS = Number(rate) / 8 / 1000;
const DELAY = Number(delay);
const LOSS = Number(loss);
const QUEUE_BYTES = 256 * 1024;
const LARGEST_PACKET = 2048;

const TUNSETIFF = 0x400454ca;
const IFF_TUN_NO_PI = 0x1001;
const ioctl = koffi.load(null).func("int ioctl(int, unsigned long, void *)") as (fd: number, request: number, data: Buffer) => number;

const [a, b] = [openTun(first), openTun(second)];
carry(a, b, makeRandom(1, "there"));
carry(b, a, makeRandom(2, "back"));
process.send?.("up");
// Not exit(): that waits for the threads that wait for packets.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

function openTun(name: string): number {
  const fd = openSync("/dev/net/tun", "r+");
  const request = Buffer.alloc(40);
  request.write(name, "latin1");
  request.writeUInt16LE(IFF_TUN_NO_PI, 16);
  if (ioctl(fd, TUNSETIFF, request) < 0) throw new Error(`the device ${name} cannot be made: errno ${koffi.errno()}`);
  return fd;
}

function carry(from: number, to: number, random: Random): void {
  const under: { at: number; packet: Buffer }[] = [];
  let leftAt = 0;
  let timer: NodeJS.Timeout | undefined;

  function next(): void {
    // Waits in a thread of its own until there is a packet.
    read(from, Buffer.allocUnsafe(LARGEST_PACKET), 0, LARGEST_PACKET, null, (error, bytes, buffer) => {
      if (!error) put(buffer.subarray(0, bytes));
      next();
    });
  }

  function put(packet: Buffer): void {
    const now = performance.now();
    if (random.integer(1_000_000) < LOSS * 1_000_000 || (leftAt - now) * BYTES_PER_MS > QUEUE_BYTES) return;
    leftAt = Math.max(leftAt, now) + packet.length / BYTES_PER_MS;
    under.push({ at: leftAt + DELAY, packet });
    schedule();
  }

  function schedule(): void {
    const first = under[0];
    if (first && timer === undefined) timer = setTimeout(deliver, Math.max(0, first.at - performance.now()));
  }

  function deliver(): void {
    timer = undefined;
    const now = performance.now();
    let due = 0;
    while (due < under.length && (under[due]?.at ?? Infinity) <= now) due += 1;
    for (const { packet } of under.splice(0, due)) {
      try {
        writeSync(to, packet);
      } catch {
        // The device is not up yet, or no longer: the packet is lost.
      }
    }
    schedule();
  }

  next();
}
