/** `1 unit`, `2 units`: a number with the word for what it counts. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
