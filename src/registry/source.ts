/**
 * registry/source — where definitions come from: one adapter for each kind of catalogue.
 *
 * A source that cannot be reached gives what it gave last; a source never fails a search.
 */
import type { ServerDefinition } from './definition.ts';

/** What a source says of itself. */
export interface SourceState {
  /** Short, for commands: `built-in`, `official`. */
  readonly name: string;
  readonly title: string;
  /** Where it is asked; undefined for what comes with McpMux. */
  readonly url: string | undefined;
  readonly isEnabled: boolean;
  readonly count: number;
  /** Epoch ms of the last answer that was read. Undefined = never, or nothing to ask. */
  readonly refreshedAt: number | undefined;
  /** Epoch ms since when it does not answer. */
  readonly offlineSince: number | undefined;
  /** Why it does not answer, or how many of its records were left out. */
  readonly problem: string | undefined;
  /** What its owner wants to be shown beside its records. */
  readonly attribution: { readonly text: string; readonly url: string } | undefined;
}

export interface CatalogueSource {
  readonly name: string;
  /** What is here already, without asking anybody. */
  definitions(): Promise<readonly ServerDefinition[]>;
  state(): SourceState;
  /** Asks, when the last answer is old enough. Never throws: the state says how it went. */
  refresh(): Promise<void>;
}
