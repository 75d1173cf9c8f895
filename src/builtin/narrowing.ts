/**
 * builtin/narrowing — what of a view is listed to a caller: all of it, or our own tools and the pinned ones.
 *
 * Knows nothing of: where modes are kept.
 */
import { tokensOfBytes } from '../base/index.ts';
import type { Narrowing, Target, View } from '../catalogue/index.ts';
import type { GrantedView } from '../gateway/index.ts';
import { type Caller, nameOfClient, type ServerId, type SpaceId } from '../model/index.ts';
import { clientListsOf } from './client-lists.ts';
import type { ListMode, ListModes } from './list-modes.ts';

/** Up to here a full list costs less than the searches that it saves. */
const autoTokens = 16_000;

/** What has to be listed for the others to be found and called. */
const neededForLazy = ['search_tools', 'call_tool'] as const;

export class Narrowings {
  readonly #modes: ListModes;
  readonly #ownId: ServerId;
  readonly #made = new Map<SpaceId, { readonly version: number; readonly narrowing: Narrowing }>();
  /** A view never changes, and neither does what it would cost. */
  readonly #sizes = new WeakMap<View, { readonly tools: number; readonly tokens: number }>();

  constructor(modes: ListModes, ownId: ServerId) {
    this.#modes = modes;
    this.#ownId = ownId;
  }

  /** @param off our own tools that this Space does not offer */
  for(caller: Caller, granted: GrantedView, off: ReadonlySet<string>): Narrowing | undefined {
    const { grant, view } = granted;
    // Whoever has none of our tools has no way to find the rest.
    if (view.servers[0]?.id !== this.#ownId) return undefined;
    if (grant.usesOriginalNames || neededForLazy.some((name) => off.has(name))) return undefined;
    return this.isLazy(caller, granted) ? this.#narrowingOf(grant.spaceId) : undefined;
  }

  isLazy(caller: Caller, granted: GrantedView): boolean {
    const mode = this.modeFor(caller, granted);
    return mode === 'lazy' || (mode === 'auto' && this.#isTooMuch(caller, granted.view));
  }

  modeFor({ principal }: Caller, { grant }: GrantedView): ListMode {
    return this.#modes.modeFor({
      clientId: principal.clientId,
      setIds: grant.setIds,
      spaceId: grant.spaceId,
    });
  }

  #isTooMuch(caller: Caller, view: View): boolean {
    const { tools, tokens } = this.sizeOf(view);
    const lists = clientListsOf(nameOfClient(caller));
    if (lists?.maxTools !== undefined && tools > lists.maxTools) return true;
    return lists?.defers !== true && tokens > autoTokens;
  }

  sizeOf(view: View): { readonly tools: number; readonly tokens: number } {
    let size = this.#sizes.get(view);
    if (size === undefined) {
      let tools = 0;
      let bytes = 0;
      for (const { item } of view.list('tool')) {
        tools += 1;
        bytes += item.byteLength;
      }
      size = { tools, tokens: tokensOfBytes(bytes) };
      this.#sizes.set(view, size);
    }
    return size;
  }

  #narrowingOf(spaceId: SpaceId): Narrowing {
    const made = this.#made.get(spaceId);
    const { version } = this.#modes;
    if (made !== undefined && made.version === version) return made.narrowing;
    const narrowing: Narrowing = {
      key: `lazy ${version}`,
      shows: ({ serverId, alias, originalName }: Target) =>
        serverId === this.#ownId || this.#modes.isPinned(spaceId, alias, originalName),
    };
    this.#made.set(spaceId, { version, narrowing });
    return narrowing;
  }
}
