/**
 * clients/table/client-row — what is known of one client: its files, its words, its programs.
 */
import type { Dialect } from '../dialects.ts';
import type { Endpoint } from '../endpoint.ts';
import { join, type Place } from '../place.ts';

export interface ClientRow {
  /** What a person types: `claude-code`. */
  readonly id: string;
  readonly name: string;
  /** Other words for it. */
  readonly aliases?: readonly string[];
  readonly dialect: Dialect;
  /**
   * The person's own file, the likeliest first: the first one that is there counts, else the first. Empty where the client has
   * none on this system, or keeps its servers out of reach.
   */
  readonly userFiles: (place: Place) => readonly string[];
  /** The file of a project, from its folder, the likeliest first; undefined where there is none. */
  readonly projectFiles?: (place: Place, folder: string) => readonly string[];
  /** Where a project's file is written in other words. */
  readonly projectDialect?: Dialect;
  /** Files and folders that only this client makes: one of them says that it is used here. */
  readonly traces: (place: Place) => readonly string[];
  /** Its program on the command line. */
  readonly program?: string;
  /** What its own program says of its servers, asked after a write. */
  readonly readBack?: ReadBack;
  /** What it does not take; files are left as they are, and the person is told. */
  readonly refuses?: readonly ('bom' | 'comment' | 'trailing-comma')[];
  /** What a new file needs besides the entry. */
  readonly newFile?: string;
  /** When it reads its file. */
  readonly reads?: string;
  /** What a project's file needs besides. */
  readonly projectNote?: string;
  /** For a person, with every connection. */
  readonly note?: string;
  /** Where a person pastes the entry, in a client without a file. */
  readonly pasteInto?: string;
  /** An address that makes the client ask whether to add the server. */
  readonly link?: (endpoint: Endpoint, entry: string) => string;
}

export interface ReadBack {
  readonly args: readonly string[];
  /** Some sentence that it prints when it cannot read its file. */
  readonly complaint: RegExp;
}

export function inFolder(...names: readonly string[]): NonNullable<ClientRow['projectFiles']> {
  return (place, folder) => names.map((name) => join(place, folder, ...name.split('/')));
}
