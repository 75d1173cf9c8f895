/**
 * sign-in/sign-in-need — what a server asks a person for.
 */
export interface SignInNeed {
  readonly kind: 'sign-in' | 'more-scope';
  /** One clause, for: server "x" asks for sign-in: <reason>. */
  readonly reason: string;
  /** What the sign-in should ask for; undefined = what discovery finds. */
  readonly scope: string | undefined;
  /** Another sign-in would not help: the server refuses although the scope was requested. */
  readonly isHopeless: boolean;
  /** The server refuses a new token. Another sign-in would not help; the doctor may find the reason. */
  readonly isTokenRefused: boolean;
  /** A token was sent. False: requests that need no token still work. */
  readonly hasToken: boolean;
}
