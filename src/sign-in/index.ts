/**
 * sign-in — signing in to servers as an OAuth client: discovery, registration, sign-in, tokens, doctor.
 */
export { authorizationUrlFault } from './authorization-url.ts';
export { callbackPath, callbackUri, defaultCallbackPort } from './callback-listener.ts';
export { type BearerChallenge, bearerChallenge, type OAuthNeed, oauthNeed } from './challenge.ts';
export { type Discovered, type DiscoveryStep, discover } from './discovery.ts';
export { type DoctorOptions, type DoctorReport, type DoctorStep, diagnose } from './doctor.ts';
export { hasFixedAuthorization, type OAuthLog, type OAuthServer, oauthServerOf } from './oauth-server.ts';
export { openBrowser } from './open-browser.ts';
export { type PublicOAuthUrls, publicOAuthRoutes, publicOAuthUrls } from './public-routes.ts';
export type { GivenClient } from './registration.ts';
export type { ResultPage } from './result-page.ts';
export { SignInFlows, signInTimeoutMs } from './sign-in.ts';
export type { SignInNeed } from './sign-in-need.ts';
export type { SignInOptions, SignInOutcome, SignInStarted, StartOptions } from './sign-in-options.ts';
export { TokenService, type TokenStatus } from './token-service.ts';
export type { TokenServiceOptions } from './token-service-options.ts';
export { maskUrl } from './url-secrets.ts';
