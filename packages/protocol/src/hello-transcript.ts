/** What an agent signs to prove its key: bound to this coordinator, this connection and its own name. */
export function helloTranscript(challenge: { nonce: Uint8Array; coordinator: string }, name: string): Uint8Array {
  const head = new TextEncoder().encode(`sitewright agent hello v1\n${challenge.coordinator}\n${name}\n`);
  const transcript = new Uint8Array(head.length + challenge.nonce.length);
  transcript.set(head);
  transcript.set(challenge.nonce, head.length);
  return transcript;
}
