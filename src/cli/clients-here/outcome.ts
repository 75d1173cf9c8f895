/**
 * cli/clients-here/outcome — how it ended with one client.
 */

export interface Outcome {
  readonly ok: boolean;
  readonly json: unknown;
}
