/**
 * contract/schemas — the zod schemas of the admin API. Loads zod (some 85 ms): for the server side only.
 */
export { clientDto, keyDto } from './client.ts';
export { eventDto, logEntryDto, settingDto, statusDto } from './daemon.ts';
export { callOutcomeDto, featureDto, toolDto } from './feature.ts';
export { errorKind, problemDto } from './problem.ts';
export { schemaRegistry } from './registry.ts';
export { type RouteSchemas, routeSchemas } from './routes.ts';
export { serverDetailDto, serverDto, serverStateDto } from './server.ts';
export { signInStateDto } from './sign-in.ts';
export { vaultDto } from './vault.ts';
