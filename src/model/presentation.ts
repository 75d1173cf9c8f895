/**
 * model/presentation — how a person wants a server's tool to look to clients.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';
import type { FeatureId, FeatureSetId, SpaceId } from './ids.ts';

export interface ArgumentPatch {
  /** Not shown and never sent. */
  readonly isHidden?: boolean;
  /** Not shown, and always sent with this value. */
  readonly pinned?: JsonValue;
  /** Shown as optional, and sent with this value where the caller gives none. */
  readonly default?: JsonValue;
  readonly description?: string;
}

export interface ToolPatch {
  /** The whole name that clients see. */
  readonly name?: string;
  readonly title?: string;
  readonly description?: string;
  /** By the name of the argument. */
  readonly arguments?: Readonly<Record<string, ArgumentPatch>>;
}

/** What a patch was made over: of each part that it changes a hash; null = there was none. */
export interface PatchBase {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly arguments?: Readonly<Record<string, string | null>>;
}

/** A patch of one tool, for all of a Space or for those who come by one FeatureSet. */
export interface Presentation {
  readonly spaceId: SpaceId;
  /** Undefined = for all of the Space. */
  readonly setId: FeatureSetId | undefined;
  /** Whatever the tool is called. */
  readonly featureId: FeatureId;
  readonly patch: ToolPatch;
  readonly base: PatchBase;
  /** Epoch ms. */
  readonly updatedAt: number;
}

export interface PresentationRepository {
  list(): Promise<readonly Presentation[]>;
  /** In place of what that tool had there. */
  save(presentation: Presentation): Promise<void>;
  delete(presentation: Pick<Presentation, 'spaceId' | 'setId' | 'featureId'>): Promise<void>;
}

/** A patch as it is stored, read with care. @returns undefined when it is none */
export function readPatch(value: unknown): ToolPatch | undefined {
  if (!isJsonObject(value)) return undefined;
  const text = (name: string): string | undefined =>
    typeof value[name] === 'string' ? (value[name] as string) : undefined;
  const given: JsonObject = isJsonObject(value['arguments']) ? value['arguments'] : {};
  const entries = Object.entries(given).flatMap(([name, one]) => (isJsonObject(one) ? [[name, one]] : []));
  return {
    ...(text('name') !== undefined && { name: text('name') as string }),
    ...(text('title') !== undefined && { title: text('title') as string }),
    ...(text('description') !== undefined && { description: text('description') as string }),
    ...(entries.length > 0 && { arguments: Object.fromEntries(entries) as Record<string, ArgumentPatch> }),
  };
}
