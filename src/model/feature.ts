/**
 * model/feature — one tool, prompt, resource or resource template that a server offers.
 */
import type { RawJson } from '../protocol/index.ts';
import type { FeatureId, ServerId } from './ids.ts';

export type FeatureKind = 'tool' | 'prompt' | 'resource' | 'template';
export const featureKinds: readonly FeatureKind[] = ['tool', 'prompt', 'resource', 'template'];

export interface Feature {
  /** Stays the same as long as (server, kind, originalName) does, also over removal and return. */
  readonly id: FeatureId;
  readonly serverId: ServerId;
  readonly kind: FeatureKind;
  /** The name of a tool or prompt, the URI of a resource, the URI template of a template. */
  readonly originalName: string;
  /** The item exactly as the server wrote it: unknown fields, the spelling of numbers, the order of keys. */
  readonly item: RawJson;
  /** Its place in the server's own order. */
  readonly position: number;
  /** Can it be used now? False while its server cannot be reached. */
  readonly isAvailable: boolean;
  /**
   * Another server of the Space had that URI first: clients see this one in a form of its own, for good, also while the
   * other server is switched off or after it was removed.
   */
  readonly isRenamed?: boolean;
}

/** A server's items of one kind in its own order, as one discovery found them. `undefined` = that list failed; keep the old one. */
export interface DiscoveredFeatures {
  readonly tools: readonly RawJson[] | undefined;
  readonly prompts: readonly RawJson[] | undefined;
  readonly resources: readonly RawJson[] | undefined;
  readonly templates: readonly RawJson[] | undefined;
}

/** What names an item of that kind, or undefined when it has no usable name. */
export function nameOfItem(kind: FeatureKind, item: RawJson): string | undefined {
  const name = item.text(nameKeys[kind]);
  return name === '' ? undefined : name;
}

/** The member that names an item of that kind. */
export const nameKeys: Readonly<Record<FeatureKind, 'name' | 'uri' | 'uriTemplate'>> = {
  tool: 'name',
  prompt: 'name',
  resource: 'uri',
  template: 'uriTemplate',
};
