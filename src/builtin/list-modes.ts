/**
 * builtin/list-modes — who gets all tools listed, and who only ours and the pinned ones, to find the rest by search.
 *
 *     full   all tools are listed
 *     lazy   ours and the pinned ones; the rest is found by mcpmux_search_tools and called by mcpmux_call_tool
 *     auto   full for clients that leave tools out by themselves until they need them, and where there are few; else lazy
 *
 * Of several settings the closest counts: the client's, then its FeatureSets', then the Space's; else `full`.
 * Durable first: store, memory, then whoever is told.
 * Knows nothing of: how lists are written.
 */
import { isJsonObject, type JsonObject } from '../base/index.ts';
import type { ClientId, FeatureSetId, SettingRepository, SpaceId } from '../model/index.ts';

export type ListMode = 'full' | 'lazy' | 'auto';

export type ModeScope =
  | { readonly kind: 'client'; readonly id: ClientId }
  | { readonly kind: 'set'; readonly id: FeatureSetId }
  | { readonly kind: 'space'; readonly id: SpaceId };

export interface PinnedTool {
  readonly spaceId: SpaceId;
  /** As the server has it: alias and the tool's own name, so that no renaming unpins it. */
  readonly alias: string;
  readonly originalName: string;
}

const settingKey = 'builtin.lists';

export class ListModes {
  readonly #settings: SettingRepository;
  readonly #changed: () => void;
  #modes: ReadonlyMap<string, ListMode> = new Map();
  #pinned: readonly PinnedTool[] = [];
  #version = 0;

  constructor(settings: SettingRepository, changed: () => void) {
    this.#settings = settings;
    this.#changed = changed;
  }

  /** Counts up with every change. */
  get version(): number {
    return this.#version;
  }

  get pinned(): readonly PinnedTool[] {
    return this.#pinned;
  }

  /** All settings, in the order in which they were made. */
  get settings(): readonly { readonly scope: ModeScope; readonly mode: ListMode }[] {
    return [...this.#modes].map(([key, mode]) => ({ scope: scopeOf(key), mode }));
  }

  async load(): Promise<void> {
    const stored = await this.#settings.get(settingKey);
    if (stored === undefined) return;
    const { modes, pinned } = JSON.parse(stored) as { modes: JsonObject; pinned: PinnedTool[] };
    this.#modes = new Map(isJsonObject(modes) ? (Object.entries(modes) as [string, ListMode][]) : []);
    this.#pinned = pinned;
    this.#version += 1;
  }

  modeFor(of: {
    readonly clientId: ClientId | undefined;
    readonly setIds: readonly FeatureSetId[];
    readonly spaceId: SpaceId;
  }): ListMode {
    if (this.#modes.size === 0) return 'full';
    const own = of.clientId === undefined ? undefined : this.#modes.get(`client:${of.clientId}`);
    if (own !== undefined) return own;
    for (const id of of.setIds) {
      const mode = this.#modes.get(`set:${id}`);
      if (mode !== undefined) return mode;
    }
    return this.#modes.get(`space:${of.spaceId}`) ?? 'full';
  }

  isPinned(spaceId: SpaceId, alias: string, originalName: string): boolean {
    return this.#pinned.some(
      (pin) => pin.originalName === originalName && pin.alias === alias && pin.spaceId === spaceId,
    );
  }

  /** @param mode undefined takes the setting away */
  async setMode(scope: ModeScope, mode: ListMode | undefined): Promise<void> {
    const modes = new Map(this.#modes);
    if (mode === undefined) modes.delete(keyOf(scope));
    else modes.set(keyOf(scope), mode);
    await this.#keep(modes, this.#pinned);
  }

  async pin(tool: PinnedTool, isPinned: boolean): Promise<void> {
    const others = this.#pinned.filter(
      (pin) =>
        pin.spaceId !== tool.spaceId || pin.alias !== tool.alias || pin.originalName !== tool.originalName,
    );
    await this.#keep(this.#modes, isPinned ? [...others, tool] : others);
  }

  async #keep(modes: ReadonlyMap<string, ListMode>, pinned: readonly PinnedTool[]): Promise<void> {
    await this.#settings.set(settingKey, JSON.stringify({ modes: Object.fromEntries(modes), pinned }));
    this.#modes = modes;
    this.#pinned = pinned;
    this.#version += 1;
    this.#changed();
  }
}

function keyOf({ kind, id }: ModeScope): string {
  return `${kind}:${id}`;
}

function scopeOf(key: string): ModeScope {
  const at = key.indexOf(':');
  return { kind: key.slice(0, at), id: key.slice(at + 1) } as ModeScope;
}
