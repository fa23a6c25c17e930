import type { Socket } from "node:net";

/**
 * The first line that arrives. Not by `node:readline`, which reports errors of the socket once more, where nobody may handle them any more.
 * @param most Characters. Throws.
 */
export function firstLine(socket: Socket, most: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      text += part;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > most) socket.destroy(new Error(`more than ${most} characters arrived`));
    });
    socket.on("error", reject);
    for (const event of ["end", "close"]) socket.on(event, () => reject(new Error("it closed without a word")));
  });
}
