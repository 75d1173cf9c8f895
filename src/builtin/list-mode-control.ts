/**
 * builtin/list-mode-control — what the admin plane may ask of list modes: see them, set them, pin tools.
 */
import { type AccessRegister, findSet, findSpace } from '../access/index.ts';
import { shortText } from '../base/index.ts';
import { similarNames, type View } from '../catalogue/index.ts';
import { type Client, type ClientId, nameOf, type SpaceId } from '../model/index.ts';
import { builtInError } from './errors.ts';
import type { ListMode, ListModes, ModeScope, PinnedTool } from './list-modes.ts';
import { type LimitScope, leastLimit, type ResultLimits } from './result-limits.ts';

export interface ListModeOverview {
  readonly modes: readonly {
    readonly kind: ModeScope['kind'];
    readonly id: string;
    /** Of the client, set or Space; the id where it is gone. */
    readonly name: string;
    readonly mode: ListMode;
  }[];
  readonly pinned: readonly (PinnedTool & { readonly name: string })[];
  readonly resultLimits: readonly {
    readonly kind: LimitScope['kind'];
    readonly id: string;
    readonly name: string;
    /** From here on a result is kept whole and shown in part. */
    readonly characters: number;
  }[];
}

/** One of them at most; none = the default Space. */
export interface ModeTarget {
  readonly client?: string | undefined;
  readonly set?: string | undefined;
  readonly space?: string | undefined;
}

export interface ListModeControl {
  overview(): ListModeOverview;
  /** @param mode undefined = as the next wider setting says. @throws builtin.no_such_set, builtin.no_such_space, auth.no_such_client */
  setMode(target: ModeTarget, mode: ListMode | undefined): Promise<ListModeOverview>;
  /** @param tool as clients see it. @throws builtin.unknown_tool with the nearest names */
  pin(tool: string, isPinned: boolean): Promise<ListModeOverview>;
  /** @param characters undefined = no limit. @throws builtin.bad_limit, builtin.no_such_set, builtin.no_such_space */
  setResultLimit(
    target: Omit<ModeTarget, 'client'>,
    characters: number | undefined,
  ): Promise<ListModeOverview>;
}

export interface ListModeParts {
  readonly modes: ListModes;
  readonly limits: ResultLimits;
  readonly access: AccessRegister;
  readonly clients: { find(reference: string): Client; get(id: ClientId): Client | undefined };
  /** Everything of a Space. */
  viewOf(spaceId: SpaceId): View | undefined;
}

export class BuiltInListModeControl implements ListModeControl {
  readonly #parts: ListModeParts;

  constructor(parts: ListModeParts) {
    this.#parts = parts;
  }

  overview(): ListModeOverview {
    const { modes, limits } = this.#parts;
    return {
      resultLimits: limits.all.map(({ scope, characters }) => ({
        ...scope,
        name: this.#nameOf(scope),
        characters,
      })),
      modes: modes.settings.map(({ scope, mode }) => ({
        kind: scope.kind,
        id: scope.id,
        name: this.#nameOf(scope),
        mode,
      })),
      pinned: modes.pinned.map((pin) => ({ ...pin, name: this.#shownName(pin) })),
    };
  }

  async setMode(target: ModeTarget, mode: ListMode | undefined): Promise<ListModeOverview> {
    await this.#parts.modes.setMode(this.#scopeOf(target), mode);
    return this.overview();
  }

  async pin(tool: string, isPinned: boolean): Promise<ListModeOverview> {
    const spaceId = this.#parts.access.snapshot.defaultSpace.id;
    const pinned = this.#parts.modes.pinned.find((pin) => this.#shownName(pin) === tool);
    if (pinned !== undefined) {
      // Also of a tool that is not there any more.
      await this.#parts.modes.pin(pinned, isPinned);
      return this.overview();
    }
    const tools = this.#parts.viewOf(spaceId)?.tools;
    const target = tools?.get(tool);
    if (target === undefined)
      throw builtInError('unknown_tool', {
        tool: shortText(tool),
        nearest: similarNames(tool, tools?.keys() ?? []).join(', '),
      });
    const { alias, originalName } = target;
    await this.#parts.modes.pin({ spaceId, alias, originalName }, isPinned);
    return this.overview();
  }

  async setResultLimit(
    target: Omit<ModeTarget, 'client'>,
    characters: number | undefined,
  ): Promise<ListModeOverview> {
    if (characters !== undefined && characters < leastLimit)
      throw builtInError('bad_limit', { characters, least: leastLimit });
    await this.#parts.limits.set(this.#scopeOf(target) as LimitScope, characters);
    return this.overview();
  }

  #shownName({ spaceId, alias, originalName }: PinnedTool): string {
    for (const target of this.#parts.viewOf(spaceId)?.tools.values() ?? [])
      if (target.alias === alias && target.originalName === originalName) return target.shownName;
    return `${alias}_${originalName}`;
  }

  #scopeOf({ client, set, space }: ModeTarget): ModeScope {
    const { snapshot } = this.#parts.access;
    if (client !== undefined) return { kind: 'client', id: this.#parts.clients.find(client).id };
    if (set !== undefined) {
      const found = findSet(snapshot, set, undefined);
      if (found !== undefined) return { kind: 'set', id: found.id };
      const names = snapshot.parts.sets.map(({ name }) => name);
      throw builtInError('no_such_set', {
        set: shortText(set),
        nearest: similarNames(set, names).join(', '),
      });
    }
    if (space === undefined) return { kind: 'space', id: snapshot.defaultSpace.id };
    const found = findSpace(snapshot, space);
    if (found !== undefined) return { kind: 'space', id: found.id };
    const names = snapshot.parts.spaces.map(({ name }) => name);
    throw builtInError('no_such_space', {
      space: shortText(space),
      nearest: similarNames(space, names).join(', '),
    });
  }

  #nameOf(scope: ModeScope): string {
    const { snapshot } = this.#parts.access;
    switch (scope.kind) {
      case 'client': {
        const client = this.#parts.clients.get(scope.id);
        return client === undefined ? scope.id : nameOf(client);
      }
      case 'set':
        return snapshot.set(scope.id)?.name ?? scope.id;
      case 'space':
        return snapshot.parts.spaces.find(({ id }) => id === scope.id)?.name ?? scope.id;
    }
  }
}
