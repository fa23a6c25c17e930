/** Headers of IPv4 and of TCP with time stamps, in every packet. */
const HEADERS = 52;
/** Bytes of a stream that fit one packet beside them, where 1,500 may cross at once. */
const SEGMENT = 1448;
/** What TLS adds to each record, and how much one carries. */
const RECORD_EXTRA = 22;
const RECORD = 16 * 1024;
/** What it costs to open a connection, both ways together: its packets with the head of a request and of its reply, and what TLS adds to them. */
export const CONNECTION_BYTES = 1300 + 3400;

/** What payload that is written at once is on the line, headers included. */
export function ipBytes(payload: number, isSecured: boolean): number {
  const stream = payload + (isSecured ? Math.ceil(payload / RECORD) * RECORD_EXTRA : 0);
  return stream + Math.ceil(stream / SEGMENT) * HEADERS;
}
