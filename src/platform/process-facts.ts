/**
 * platform/process-facts — what a system knows about processes, whichever system it is.
 *
 * A pid alone says nothing, because the system gives it to somebody else later; a pid with its start is one process for
 * good.
 */

export interface ProcessFacts {
  readonly pid: number;
  readonly parentId: number;
  /** Where there are no groups: 0. */
  readonly groupId: number;
  /** As `ps` shows it; `Z` has ended but was not collected. */
  readonly state: string;
  /** Ticks since boot on Linux, a time in UTC elsewhere: compare, do not read. */
  readonly startedAt: string;
  readonly residentBytes: number;
  /** Processor time used since its start. */
  readonly cpuMs: number;
  /** Since its start. */
  readonly uptimeMs: number;
  /** The program's short name; for people. */
  readonly name: string;
}

/** One system's process table. */
export interface ProcessTable {
  /** All processes that we may see. Empty when the system tells nothing. */
  list(): Promise<readonly ProcessFacts[]>;
  /** When `pid` started, cheaply and at once; undefined where that cannot be had without waiting, and when it is not there. */
  startTimeOf(pid: number): string | undefined;
  /** Changes with every start of the machine; what was written before belongs to processes that are gone. */
  bootId(): string;
  /** A variable of another process, as it was at its start; undefined when it has none or we may not look. */
  environmentVariableOf(pid: number, name: string): Promise<string | undefined>;
  /** The value of a variable in every process that has it and that we may look at, by pid. Empty where none is shown. */
  environmentVariables(name: string): Promise<ReadonlyMap<number, string>>;
  /** False: `environmentVariableOf` finds nothing though it may be there, so it proves nothing. */
  readonly showsEnvironment: boolean;
}
