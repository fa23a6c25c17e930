/** Name to content. */
export type FilesOfClients = ReadonlyMap<string, string>;

/** Client files that are lost, that exist twice or that have another content than was written. @param written How many were. */
export function clientFileFaults(written: number, there: FilesOfClients, collected: FilesOfClients): string[] {
  const found: string[] = [];
  for (let number = 0; number < written; number++) {
    const name = `PC${String(number).padStart(7, "0")}.ccr`;
    const places = [there, collected].flatMap((files) => (files.has(name) ? [files.get(name)] : []));
    if (places.length !== 1) found.push(places.length === 0 ? `${name} is lost` : `${name} exists twice`);
    else if (places[0] !== `request ${number}`) found.push(`${name} has other content`);
  }
  const more = there.size + collected.size - written;
  return found.length === 0 && more > 0 ? [`${more} files more than clients wrote`] : found;
}
