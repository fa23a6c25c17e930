/** Headers of IPv4 and of TCP with time stamps, in every packet. */
const HEADERS = 52;
/** Bytes of a stream that fit one packet beside the headers, with an MTU of 1,500. */
const SEGMENT = 1448;
/** Overhead of a TLS record, and its maximum payload. */
const RECORD_EXTRA = 22;
const RECORD = 16 * 1024;
/** Bytes to open a connection, both ways together: its packets with the head of a request and of its reply, and the TLS handshake. */
export const CONNECTION_BYTES = 1300 + 3400;

/** IP bytes of payload that is written at once, headers included. */
export function ipBytes(payload: number, isSecured: boolean): number {
  const stream = payload + (isSecured ? Math.ceil(payload / RECORD) * RECORD_EXTRA : 0);
  return stream + Math.ceil(stream / SEGMENT) * HEADERS;
}
