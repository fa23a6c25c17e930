/** Who asks for a change. Every use case that changes something takes one, so that rights and records are decided in one place. */
export interface Principal {
  /** For the record. A user name sent by a program proves nothing. */
  name: string;
  /** How the principal was authenticated: by the operator token, or by a session that it opened. */
  proof: "operator-token" | "session";
  /** Address that the request came from. */
  address: string;
}
