/**
 * cli/clients-here/connect-options — what a person may say with `mcpmux connect`.
 */

export interface ConnectOptions {
  readonly all: boolean;
  readonly project?: string;
  readonly print: boolean;
  readonly yes: boolean;
  readonly replace: boolean;
  /** The bridge in the place of URL and key, or the other way round; undefined = what suits the client. */
  readonly bridge?: boolean;
}
