/**
 * clients/found-server — a server as another program's file describes it, in one form whatever the dialect.
 */
import type { EntryPath } from './formats/format.ts';

export type FoundLaunch =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | undefined;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** `sse`: the old transport; `auto`: whatever it answers. */
      readonly flavour: 'auto' | 'http' | 'sse';
    };

export interface FoundServer {
  readonly name: string;
  /** Where it stands in the value that was read; undefined for an entry without a name. */
  readonly at: EntryPath | undefined;
  readonly launch: FoundLaunch;
  readonly isDisabled: boolean;
  /** Ids of inputs that its values name, and what is known of them. */
  readonly inputs: readonly { readonly id: string; readonly label: string | undefined }[];
  /** What the file says and nobody here understands; told, not taken. */
  readonly ignored: readonly string[];
  /** For a person: what was made of it. */
  readonly notes: readonly string[];
  /** It is McpMux itself. */
  readonly isOurs: boolean;
}

export interface UnreadServer {
  readonly name: string;
  readonly reason: string;
}

export interface ReadServers {
  readonly servers: readonly FoundServer[];
  readonly refused: readonly UnreadServer[];
}
