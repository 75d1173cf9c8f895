/**
 * cli/clients-here/connect-options — what a person may say with `mcpmux connect`.
 */

export interface ConnectOptions {
  readonly all: boolean;
  readonly project?: string;
  readonly print: boolean;
  readonly yes: boolean;
  readonly replace: boolean;
  /** An address that makes the client ask, in the place of its file. */
  readonly link: boolean;
  /** False with --no-verify: the client's own program is not asked. */
  readonly verify: boolean;
  /** The bridge in the place of URL and key, or the other way round; undefined = what suits the client. */
  readonly bridge?: boolean;
}
