/**
 * sign-in/sign-in-need — what a server asks a person for.
 */
export interface SignInNeed {
  readonly kind: 'sign-in' | 'more-scope';
  /** One clause, for: server "x" asks for sign-in: <reason>. */
  readonly reason: string;
  /** What the sign-in should ask for; undefined = what discovery finds. */
  readonly scope: string | undefined;
  /** A further sign-in would not help: it was asked for already and the server still refuses. */
  readonly isHopeless: boolean;
  /** The server refuses a token that was just made: another sign-in gives another such token, the doctor may say why. */
  readonly isTokenRefused: boolean;
  /** A token was sent. False: what works without one goes on working. */
  readonly hasToken: boolean;
}
