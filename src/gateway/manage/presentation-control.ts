/**
 * gateway/manage/presentation-control — how a person changes the look of a tool: name, words, arguments.
 *
 * A change names what it changes; the rest of the patch stays. What is changed is measured anew against the server's own
 * definition, so a warning about it is settled. The store is written first, then the access snapshot is published.
 * Knows nothing of: HTTP, how views are made.
 */
import {
  type AccessRegister,
  baseOf,
  faultOfPatch,
  isEmptyPatch,
  mergePatches,
  patchesFor,
  patchTool,
} from '../../access/index.ts';
import { type Clock, type JsonValue, shortText } from '../../base/index.ts';
import { type Catalogue, similarNames } from '../../catalogue/index.ts';
import type {
  ArgumentPatch,
  DomainEvents,
  Feature,
  FeatureSet,
  InstalledServer,
  PatchBase,
  Presentation,
  PresentationRepository,
  ProblemSource,
  Space,
  ToolPatch,
} from '../../model/index.ts';
import type { RawJson } from '../../protocol/index.ts';
import { gatewayError } from '../errors.ts';
import type { Views } from '../serve/views.ts';
import { requireSet, requireSpace } from './find-access.ts';
import type { InstalledServerList } from './installed-server-list.ts';

/** What is to be different. null takes away; what is not named stays. */
export interface ToolPatchChange {
  readonly name?: string | null | undefined;
  readonly title?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly arguments?: Readonly<Record<string, ArgumentChange | null>> | undefined;
}

export interface ArgumentChange {
  readonly isHidden?: boolean | null | undefined;
  readonly pinned?: { readonly value: JsonValue } | null | undefined;
  readonly default?: { readonly value: JsonValue } | null | undefined;
  readonly description?: string | null | undefined;
}

/** Where a patch counts. */
export interface PresentationScope {
  readonly space?: string | undefined;
  /** Undefined = all of the Space. */
  readonly set?: string | undefined;
}

/** One tool: what its server shows, what was changed, what clients see. */
export interface PresentedOverview {
  readonly space: Space;
  readonly server: InstalledServer;
  readonly feature: Feature;
  /** Without any patch. */
  readonly qualifiedName: string;
  /** To clients of all of the Space; undefined while it cannot be offered. */
  readonly shownName: string | undefined;
  readonly patches: readonly { readonly set: FeatureSet | undefined; readonly patch: ToolPatch }[];
  /** As clients of all of the Space see it, under its original name. */
  readonly item: RawJson;
  readonly warnings: readonly string[];
  readonly fault: string | undefined;
}

interface Found {
  readonly space: Space;
  readonly server: InstalledServer;
  readonly feature: Feature;
  readonly qualifiedName: string;
}

export class PresentationControl {
  readonly #access: AccessRegister;
  readonly #installed: InstalledServerList;
  readonly #catalogue: Catalogue;
  readonly #views: Views;
  readonly #repository: PresentationRepository;
  readonly #events: DomainEvents;
  readonly #clock: Clock;

  constructor(options: {
    readonly access: AccessRegister;
    readonly installed: InstalledServerList;
    readonly catalogue: Catalogue;
    readonly views: Views;
    readonly repository: PresentationRepository;
    readonly events: DomainEvents;
    readonly clock: Clock;
  }) {
    this.#access = options.access;
    this.#installed = options.installed;
    this.#catalogue = options.catalogue;
    this.#views = options.views;
    this.#repository = options.repository;
    this.#events = options.events;
    this.#clock = options.clock;
  }

  /** All tools that look other than their servers show them. */
  list(): readonly PresentedOverview[] {
    const seen = new Set<string>();
    return this.#all().flatMap(({ spaceId, featureId }) => {
      const key = `${spaceId} ${featureId}`;
      const found = seen.has(key) ? undefined : this.#byId(spaceId, featureId);
      seen.add(key);
      return found === undefined ? [] : [this.#overview(found)];
    });
  }

  /** @param reference what clients call it, or its qualified name. @throws gateway.unknown_tool, gateway.no_such_space */
  show(reference: string, space?: string): PresentedOverview {
    return this.#overview(this.#find(reference, space));
  }

  /** @throws gateway.unknown_tool, gateway.bad_presentation, gateway.no_such_space, gateway.no_such_set */
  async change(
    reference: string,
    scope: PresentationScope,
    change: ToolPatchChange,
  ): Promise<PresentedOverview> {
    const found = this.#find(reference, scope.space);
    const set = this.#setOf(scope, found.space);
    const old = this.#stored(found, set);
    const patch = changedPatch(old?.patch ?? {}, change);
    this.#check(found, set, patch);
    const touched = changedPatch({}, change);
    const presentation: Presentation = {
      spaceId: found.space.id,
      setId: set?.id,
      featureId: found.feature.id,
      patch,
      base: mergedBase(old?.base, baseOf(touched, found.feature.item), patch),
      updatedAt: this.#clock.now(),
    };
    if (isEmptyPatch(patch)) await this.#delete(presentation);
    else {
      await this.#repository.save(presentation);
      this.#publish([...this.#all().filter((one) => !isSameKey(one, presentation)), presentation]);
    }
    this.#tell(found);
    return this.#overview(found);
  }

  /** As its server shows it again. @throws gateway.unknown_tool, gateway.no_such_space, gateway.no_such_set */
  async reset(reference: string, scope: PresentationScope): Promise<PresentedOverview> {
    const found = this.#find(reference, scope.space);
    const set = this.#setOf(scope, found.space);
    await this.#delete({ spaceId: found.space.id, setId: set?.id, featureId: found.feature.id });
    this.#tell(found);
    return this.#overview(found);
  }

  async #delete(key: Pick<Presentation, 'spaceId' | 'setId' | 'featureId'>): Promise<void> {
    await this.#repository.delete(key);
    this.#publish(this.#all().filter((one) => !isSameKey(one, key)));
  }

  #publish(presentations: readonly Presentation[]): void {
    this.#access.publish({ presentations });
  }

  #tell({ server, feature }: Found): void {
    this.#events.publish({ type: 'access.tool_presented', serverId: server.id, tool: feature.originalName });
    this.#events.publish({ type: 'catalogue.changed', serverId: server.id, kinds: ['tool'] });
  }

  /** @throws gateway.bad_presentation */
  #check(found: Found, set: FeatureSet | undefined, patch: ToolPatch): void {
    const refuse = (reason: string): never => {
      throw gatewayError('bad_presentation', { tool: found.qualifiedName, reason });
    };
    const beneath = set === undefined ? {} : (this.#stored(found, undefined)?.patch ?? {});
    const fault = faultOfPatch(mergePatches([beneath, patch]), found.feature.item);
    if (fault !== undefined) refuse(fault);
    const { name } = patch;
    if (name === undefined) return;
    const holder = this.#views.namesOf(found.space.id).find('tool', name);
    if (holder !== undefined && holder.feature.id !== found.feature.id)
      refuse(
        `"${name}" is the name of another tool, ${holder.feature.originalName} of ${holder.server.alias}`,
      );
    const other = this.#all().find(
      (one) =>
        one.spaceId === found.space.id && one.featureId !== found.feature.id && one.patch.name === name,
    );
    if (other !== undefined) refuse(`another tool was given the name "${name}" already`);
  }

  #find(reference: string, space: string | undefined): Found {
    const { id: spaceId } = requireSpace(this.#access.snapshot, space);
    const names = this.#views.namesOf(spaceId);
    const direct = names.find('tool', reference);
    const named =
      direct === undefined
        ? this.#all().find((one) => one.spaceId === spaceId && one.patch.name === reference)?.featureId
        : direct.feature.id;
    const found = named === undefined ? undefined : this.#byId(spaceId, named);
    if (found !== undefined) return found;
    const known = [...names.all('tool')].map(([name]) => name);
    throw gatewayError('unknown_tool', {
      tool: shortText(reference),
      nearest: similarNames(reference, known).join(', '),
    });
  }

  #byId(spaceId: Space['id'], featureId: Feature['id']): Found | undefined {
    const space = this.#access.snapshot.space(spaceId);
    if (space === undefined) return undefined;
    for (const server of this.#installed.all()) {
      if (server.spaceId !== spaceId) continue;
      const feature = this.#catalogue.everythingOf(server.id).find(({ id }) => id === featureId);
      if (feature === undefined) continue;
      const names = this.#views.namesOf(spaceId);
      const qualifiedName = names.shownName(server.id, 'tool', feature.originalName) ?? feature.originalName;
      return { space, server, feature, qualifiedName };
    }
    return undefined;
  }

  #overview({ space, server, feature, qualifiedName }: Found): PresentedOverview {
    const { snapshot } = this.#access;
    const here = this.#all().filter((one) => one.spaceId === space.id && one.featureId === feature.id);
    const whole = patchesFor(here, space.id, [])?.get(feature.id);
    const patched = whole && patchTool(feature.item, whole.patch, whole.base);
    // A set's own patch may have moved too.
    const ofSets = here.flatMap((one) =>
      one.setId === undefined ? [] : patchTool(feature.item, one.patch, one.base).warnings,
    );
    return {
      space,
      server,
      feature,
      qualifiedName,
      shownName: patched?.fault === undefined ? (whole?.patch.name ?? qualifiedName) : undefined,
      patches: here.map((one) => ({
        set: one.setId === undefined ? undefined : snapshot.set(one.setId),
        patch: one.patch,
      })),
      item: patched?.item ?? feature.item,
      warnings: [...new Set([...(patched?.warnings ?? []), ...ofSets])],
      fault: patched?.fault,
    };
  }

  #setOf({ set }: PresentationScope, space: Space): FeatureSet | undefined {
    return set === undefined ? undefined : requireSet(this.#access.snapshot, set, space.id);
  }

  #stored(found: Found, set: FeatureSet | undefined): Presentation | undefined {
    return this.#all().find((one) =>
      isSameKey(one, { spaceId: found.space.id, setId: set?.id, featureId: found.feature.id }),
    );
  }

  #all(): readonly Presentation[] {
    return this.#access.snapshot.parts.presentations ?? [];
  }
}

/** Tools that are kept back because what a person fixed would not hold any more. */
export function presentationProblems(control: PresentationControl): ProblemSource {
  return {
    name: 'tools that look other',
    find: () =>
      control.list().flatMap(({ server, feature, qualifiedName, fault }) => {
        if (fault === undefined) return [];
        const command = `mcpmux tool show ${qualifiedName}`;
        return [
          {
            id: `tool:${feature.id}:look`,
            code: 'access.bad_presentation',
            harm: 'held' as const,
            about: { kind: 'feature' as const, id: feature.id, name: qualifiedName },
            title: `${qualifiedName} of ${server.name} is not offered`,
            cause: fault,
            fix: {
              says: command,
              command,
              act: { route: 'getPresentedTool', params: { tool: qualifiedName } },
            },
          },
        ];
      }),
  };
}

function isSameKey(
  one: Pick<Presentation, 'spaceId' | 'setId' | 'featureId'>,
  other: Pick<Presentation, 'spaceId' | 'setId' | 'featureId'>,
): boolean {
  return one.spaceId === other.spaceId && one.setId === other.setId && one.featureId === other.featureId;
}

function changedPatch(old: ToolPatch, change: ToolPatchChange): ToolPatch {
  const name = changed(old.name, change.name);
  const title = changed(old.title, change.title);
  const description = changed(old.description, change.description);
  const given = new Map(Object.entries(old.arguments ?? {}));
  for (const [argument, wish] of Object.entries(change.arguments ?? {})) {
    const next = wish === null ? {} : changedArgument(given.get(argument) ?? {}, wish);
    if (Object.keys(next).length === 0) given.delete(argument);
    else given.set(argument, next);
  }
  return {
    ...(name !== undefined && { name }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(given.size > 0 && { arguments: Object.fromEntries(given) }),
  };
}

function changedArgument(old: ArgumentPatch, wish: ArgumentChange): ArgumentPatch {
  const hidden = changed(old.isHidden, wish.isHidden);
  const pinned = changed(old.pinned === undefined ? undefined : { value: old.pinned }, wish.pinned);
  const preset = changed(old.default === undefined ? undefined : { value: old.default }, wish.default);
  const description = changed(old.description, wish.description);
  return {
    ...(hidden === true && { isHidden: true }),
    ...(pinned !== undefined && { pinned: pinned.value }),
    ...(preset !== undefined && { default: preset.value }),
    ...(description !== undefined && { description }),
  };
}

function changed<Value>(old: Value | undefined, wish: Value | null | undefined): Value | undefined {
  return wish === undefined ? old : (wish ?? undefined);
}

/** What is changed now is measured anew, what is gone is forgotten. */
function mergedBase(old: PatchBase | undefined, now: PatchBase, patch: ToolPatch): PatchBase {
  const kept = Object.entries({ ...old?.arguments, ...now.arguments }).filter(
    ([name]) => patch.arguments !== undefined && Object.hasOwn(patch.arguments, name),
  );
  const { arguments: _, ...rest } = { ...old, ...now };
  return { ...rest, ...(kept.length > 0 && { arguments: Object.fromEntries(kept) }) };
}
