/** Who asks for a change. Every use case that changes something takes one, so that rights and records have a single place to ask. */
export interface Principal {
  /** For the record. What a program says about its user is no proof. */
  name: string;
  /** What was proved: possession of the operator token, or of a session that it opened. */
  proof: "operator-token" | "session";
  /** Where the request came from. */
  address: string;
}
