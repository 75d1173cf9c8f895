/**
 * model/ids — the identifiers of the nouns. All are opaque strings; the brand keeps them apart.
 */
import type { Brand } from '../base/index.ts';

export type SpaceId = Brand<string, 'SpaceId'>;
export type ServerId = Brand<string, 'ServerId'>;
export type FeatureId = Brand<string, 'FeatureId'>;
export type FeatureSetId = Brand<string, 'FeatureSetId'>;
export type MappingId = Brand<string, 'MappingId'>;
export type ApiKeyId = Brand<string, 'ApiKeyId'>;
export type ClientId = Brand<string, 'ClientId'>;
/** A legacy session's public id (`Mcp-Session-Id`). It is a name, not a credential. */
export type SessionId = Brand<string, 'SessionId'>;
