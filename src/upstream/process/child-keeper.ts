/**
 * upstream/process/child-keeper — what all children of one daemon share. The seam between a wire and the care for processes.
 */

export interface ChildKeeper {
  /** Value of MCPMUX_CHILD in every child; random, one a daemon. */
  readonly marker: string;
  /** Where commands are searched. */
  searchPath(): Promise<string>;
  /** A child leads the process group `pid`. Told in the moment it is started. */
  started(pid: number, server: string): void;
  /** Nothing of the group is left. */
  ended(pid: number): void;
}

/** For tests and tools: our own PATH, no care beyond the transport's own stop ladder. */
export function plainChildKeeper(marker = 'none'): ChildKeeper {
  return {
    marker,
    searchPath: () => Promise.resolve(process.env['PATH'] ?? ''),
    started() {},
    ended() {},
  };
}
