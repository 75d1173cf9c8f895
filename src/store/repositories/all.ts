/**
 * store/repositories/all — the ports of the model, made real over one database and one keyring.
 */
import type { Repositories } from '../../model/index.ts';
import { apiKeyRepository } from './api-keys.ts';
import { approvalRepository } from './approvals.ts';
import { auditRepository } from './audit.ts';
import { callHistoryRepository } from './call-history.ts';
import { catalogueRepository } from './catalogue.ts';
import { clientRepository } from './clients.ts';
import { credentialRepository } from './credentials.ts';
import { definitionPinRepository } from './definition-pins.ts';
import { eraVerdictRepository } from './era-verdicts.ts';
import { featureSetRepository } from './feature-sets.ts';
import { mappingRepository } from './mappings.ts';
import { oauthArtifactRepository } from './oauth-artifacts.ts';
import type { RepositoryParts } from './parts.ts';
import { presentationRepository } from './presentations.ts';
import { serverRepository } from './servers.ts';
import { sessionRepository } from './sessions.ts';
import { settingRepository } from './settings.ts';
import { spaceRepository } from './spaces.ts';

export function repositoriesOver(parts: RepositoryParts): Repositories {
  return {
    spaces: spaceRepository(parts),
    featureSets: featureSetRepository(parts),
    mappings: mappingRepository(parts),
    servers: serverRepository(parts),
    catalogue: catalogueRepository(parts),
    eraVerdicts: eraVerdictRepository(parts),
    sessions: sessionRepository(parts),
    apiKeys: apiKeyRepository(parts),
    clients: clientRepository(parts),
    oauthArtifacts: oauthArtifactRepository(parts),
    settings: settingRepository(parts),
    audit: auditRepository(parts),
    credentials: credentialRepository(parts),
    definitionPins: definitionPinRepository(parts),
    callHistory: callHistoryRepository(parts),
    approvals: approvalRepository(parts),
    presentations: presentationRepository(parts),
  };
}
