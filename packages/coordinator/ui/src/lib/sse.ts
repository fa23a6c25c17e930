export interface ServerEvent {
  event: string;
  data: string;
}

/**
 * Takes a stream of server-sent events apart, piece by piece as they arrive. Comments (the server's signs of life) yield nothing.
 * @returns what takes the next piece and gives the events that it completed.
 */
export function createEventParser(): (piece: string) => ServerEvent[] {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    return blocks.flatMap(parseBlock);
  };
}

function parseBlock(block: string): ServerEvent[] {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field, value = ""] = /^([a-z]+):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length > 0 ? [{ event, data: data.join("\n") }] : [];
}
